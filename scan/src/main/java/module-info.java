/** Searches files, dumps and archives for private keys, and lets out only what holds none. */
@org.jspecify.annotations.NullMarked
module dev.counterfoil.scan {
  requires transitive org.jspecify;
  requires transitive dev.counterfoil.format;
  requires org.apache.commons.compress;
  requires com.github.luben.zstd_jni;
  requires org.tukaani.xz;

  exports dev.counterfoil.scan;
}
