package dev.counterfoil.benchmarks.log;

import dev.counterfoil.format.keys.TokenId;
import dev.counterfoil.log.Refusal;
import dev.counterfoil.log.Submission;
import dev.counterfoil.log.checkpoint.Level;
import dev.counterfoil.log.record.Counterfoil;
import java.nio.ByteBuffer;
import java.util.Optional;
import org.HdrHistogram.Histogram;
import org.jspecify.annotations.Nullable;

/**
 * An entry of {@link #RECORD_BYTES}. Its own signing input names its position, so that no two
 * leaves are alike. A refusal or failure voids the run.
 */
final class TimedEntry implements Submission {
  /** Length of each record in the journal, without the header of 8 bytes. */
  static final int RECORD_BYTES = 250;

  private static final int FIXED_BYTES = 37;
  private static final int SIGNING_INPUT_BYTES = 160;
  private static final byte[] SALT = new byte[TokenId.SALT_BYTES];
  private static final byte[] CONTEXT = new byte[RECORD_BYTES - FIXED_BYTES - SIGNING_INPUT_BYTES];

  private final Level level;
  private final long dueNanos;
  private final @Nullable Histogram into;

  TimedEntry(Level level) {
    this.level = level;
    this.dueNanos = 0;
    this.into = null;
  }

  /**
   * An entry whose time is taken.
   *
   * @param dueNanos when it was due to be submitted
   * @param into written by the thread that releases entries of this level, and by no other
   */
  TimedEntry(Level level, long dueNanos, Histogram into) {
    this.level = level;
    this.dueNanos = dueNanos;
    this.into = into;
  }

  @Override
  public Level level() {
    return level;
  }

  @Override
  public Optional<Counterfoil> compose(long position, long timeMillis) {
    byte[] signingInput = new byte[SIGNING_INPUT_BYTES];
    ByteBuffer.wrap(signingInput).putLong(position);
    return Optional.of(new Counterfoil(position, timeMillis, signingInput, SALT, CONTEXT));
  }

  @Override
  public void recorded(long position) {
    if (into != null) {
      into.recordValue(System.nanoTime() - dueNanos);
    }
  }

  @Override
  public void unreached(long position) {
    throw new IllegalStateException("no checkpoint covered position " + position + " in time");
  }

  @Override
  public void refused(Refusal refusal) {
    if (refusal != Refusal.CLOSED) {
      throw new IllegalStateException("the log refused an entry: " + refusal);
    }
  }

  @Override
  public void failed(Throwable cause) {
    throw new IllegalStateException("the log failed", cause);
  }
}
