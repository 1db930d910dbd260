package dev.counterfoil.scan;

/** Hears how far a scan is. Called from the thread that scans. */
@FunctionalInterface
public interface Progress {
  /** Bytes of files and standard input that were read so far, archives as they are. */
  void read(long bytes);

  /** Says nothing. */
  static Progress none() {
    return bytes -> {};
  }
}
