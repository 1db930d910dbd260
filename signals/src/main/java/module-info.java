/** Streams of security events by OpenID Shared Signals. */
@org.jspecify.annotations.NullMarked
module dev.counterfoil.signals {
  requires transitive dev.counterfoil.directory;
  requires transitive dev.counterfoil.format;
  requires transitive dev.counterfoil.http;
  requires transitive org.jspecify;
  requires java.sql;
  requires transitive org.jdbi.v3.core;

  exports dev.counterfoil.signals;
  exports dev.counterfoil.signals.sending;

  // Flyway reads the migrations as resources.
  opens dev.counterfoil.signals.sending;
}
