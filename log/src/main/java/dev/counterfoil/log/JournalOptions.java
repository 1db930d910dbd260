package dev.counterfoil.log;

/**
 * Sizes of a journal.
 *
 * @param segmentBytes length of a segment file, allocated ahead; 64 KiB to 1 GiB
 * @param reserveBytes the journal says that it is full while this much is still free on its file
 *     system, so that others on it, who revoke and withdraw, can go on
 */
public record JournalOptions(long segmentBytes, long reserveBytes) {
  /** For tokens: 64 MiB hold some 100,000 counterfoils. */
  public static final JournalOptions TOKENS = new JournalOptions(64L << 20, 256L << 20);

  /** For digests from outside, which stop while there is still room for tokens. */
  public static final JournalOptions DIGESTS = new JournalOptions(16L << 20, 512L << 20);

  /**
   * For audit events: 16 MiB hold some 15,000 of them. They stop while there is room for tokens.
   */
  public static final JournalOptions EVENTS = new JournalOptions(16L << 20, 512L << 20);

  /** For statements: few and small, and written from the reserve that the tokens leave. */
  public static final JournalOptions STATEMENTS = new JournalOptions(1L << 20, 8L << 20);

  private static final long SEGMENT_BYTES_MIN = 64L << 10;
  private static final long SEGMENT_BYTES_MAX = 1L << 30;

  public JournalOptions {
    if (segmentBytes < SEGMENT_BYTES_MIN
        || segmentBytes > SEGMENT_BYTES_MAX
        || segmentBytes % SegmentFormat.ALIGNMENT != 0
        || reserveBytes < 0) {
      throw new IllegalArgumentException("segments have 64 KiB to 1 GiB, in steps of 8 bytes");
    }
  }
}
