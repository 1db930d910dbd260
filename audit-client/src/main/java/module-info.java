/** Reports audit events: a spool on disk, and a thread that delivers it. */
@org.jspecify.annotations.NullMarked
module dev.counterfoil.auditclient {
  requires transitive dev.counterfoil.format;
  requires transitive java.net.http;
  requires transitive org.jspecify;

  exports dev.counterfoil.auditclient;
}
