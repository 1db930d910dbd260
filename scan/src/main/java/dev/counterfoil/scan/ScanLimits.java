package dev.counterfoil.scan;

/**
 * How far the scan goes into archives, against those that are made to never end. What lies beyond
 * is reported as not looked into, and nothing is called clean then.
 *
 * @param depth of archives within archives
 * @param expandedBytes that all archives together may expand to
 * @param ratio of expanded to read bytes of one archive that is larger than a gigabyte expanded
 * @param entries of all archives together
 */
public record ScanLimits(int depth, long expandedBytes, int ratio, long entries) {
  /** Expanded size from which the ratio counts: a core dump of zeros is no attack. */
  static final long RATIO_FROM_BYTES = 1L << 30;

  /** Memory that a decompressor may ask for, in bytes. */
  static final long DECODER_BYTES = 256L << 20;

  public ScanLimits {
    if (depth < 0 || expandedBytes < 0 || ratio < 1 || entries < 0) {
      throw new IllegalArgumentException("a limit is negative");
    }
  }

  /** Eight deep, 256 GiB, 2000 to 1, a million entries. */
  public static ScanLimits standard() {
    return new ScanLimits(8, 256L << 30, 2000, 1_000_000);
  }
}
