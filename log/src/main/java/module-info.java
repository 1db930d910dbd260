/** The append-only log: sequence, journal, tiles, checkpoints, reading, checking. */
@org.jspecify.annotations.NullMarked
module dev.counterfoil.log {
  requires transitive dev.counterfoil.format;
  requires transitive java.net.http;
  requires transitive org.jspecify;

  exports dev.counterfoil.log;
}
