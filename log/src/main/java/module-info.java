/** The append-only log: sequence, journal, tiles, checkpoints, reading, checking. */
@org.jspecify.annotations.NullMarked
module dev.counterfoil.log {
  requires transitive dev.counterfoil.format;
  requires transitive java.net.http;
  requires transitive org.jspecify;

  exports dev.counterfoil.log;
  exports dev.counterfoil.log.care;
  exports dev.counterfoil.log.checkpoint;
  exports dev.counterfoil.log.disk;
  exports dev.counterfoil.log.journal;
  exports dev.counterfoil.log.read;
  exports dev.counterfoil.log.record;
  exports dev.counterfoil.log.tiles;
  exports dev.counterfoil.log.tools;
}
