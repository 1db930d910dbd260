package dev.counterfoil.audit.bundle;

import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.time.Duration;
import java.util.function.LongSupplier;

/**
 * Ends an export that is read, or made, too slowly, as others wait for its place: some time to
 * begin, and then as long as it goes on at a rate, up to the longest time that there is.
 */
public final class ExportTime extends FilterOutputStream {
  /** For whom it does not become more bytes. */
  static final Duration GRACE = Duration.ofMinutes(10);

  /** Longest time for one export: a day's at the rate is 5 GiB. */
  static final Duration TIME_MAX = Duration.ofHours(24);

  /** Least number of bytes a second, over all of the time. */
  static final long BYTES_PER_SECOND = 64 << 10;

  private final LongSupplier nanoTime;
  private final long begun;
  private long bytes;

  /**
   * Begins.
   *
   * @param nanoTime as {@link System#nanoTime} says it
   */
  public ExportTime(OutputStream out, LongSupplier nanoTime) {
    super(out);
    this.nanoTime = nanoTime;
    this.begun = nanoTime.getAsLong();
  }

  @Override
  public void write(int one) throws IOException {
    write(new byte[] {(byte) one}, 0, 1);
  }

  @Override
  public void write(byte[] from, int begin, int length) throws IOException {
    Duration gone = Duration.ofNanos(nanoTime.getAsLong() - begun);
    Duration due = GRACE.plusSeconds(bytes / BYTES_PER_SECOND);
    if (gone.compareTo(due) > 0 || gone.compareTo(TIME_MAX) > 0) {
      throw new IOException(
          "an export took too long: read %d KiB a second at least, or export less at a time, with since or by time"
              .formatted(BYTES_PER_SECOND >> 10));
    }
    out.write(from, begin, length);
    bytes += length;
  }
}
