package dev.counterfoil.log.journal;

/**
 * Sizes of a journal.
 *
 * @param segmentBytes longest segment file, allocated ahead; 64 KiB to 1 GiB
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

  /** For revocations, of which a log is for an hour alone: small segments, the same reserve. */
  public static final JournalOptions REVOCATIONS = new JournalOptions(256L << 10, 8L << 20);

  private static final long SEGMENT_BYTES_MIN = 64L << 10;
  private static final long SEGMENT_BYTES_MAX = 1L << 30;

  /** Segments of a journal that is small, where they may be longer. */
  private static final long FIRST_BYTES = 2L << 20;

  /**
   * A segment is this part of what the journal has: what is allocated ahead, the end of one segment
   * and a spare one, is a 24th of it at most, so that a log stays below 1.2 times its records and
   * 32.1 bytes also where its entries come one by one.
   */
  private static final long SHARE = 48;

  private static final long STEP_BYTES = 1L << 20;

  public JournalOptions {
    if (segmentBytes < SEGMENT_BYTES_MIN
        || segmentBytes > SEGMENT_BYTES_MAX
        || segmentBytes % SegmentFormat.ALIGNMENT != 0
        || reserveBytes < 0) {
      throw new IllegalArgumentException("segments have 64 KiB to 1 GiB, in steps of 8 bytes");
    }
  }

  /** Length of the shortest segment. */
  long firstSegmentBytes() {
    return Math.min(segmentBytes, FIRST_BYTES);
  }

  /** Length of the segment that follows where the others have so many bytes. */
  public long nextSegmentBytes(long journalBytes) {
    long share = journalBytes / SHARE / STEP_BYTES * STEP_BYTES;
    return Math.min(segmentBytes, Math.max(firstSegmentBytes(), share));
  }
}
