package dev.counterfoil.authority.cosigners;

import dev.counterfoil.authority.settings.CosignerEntry;
import dev.counterfoil.authority.signers.SignerView;
import dev.counterfoil.http.listener.LinePace;
import dev.counterfoil.log.read.CosignerClient;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.LongAdder;

/**
 * A cosigner of one log, and how asking it goes: when it is due, what is wrong with it. What it
 * does about one log says nothing of another.
 */
public final class AskedCosigner {
  private static final System.Logger LOG = System.getLogger(AskedCosigner.class.getName());
  private static final Duration AGAIN_FIRST = Duration.ofMillis(250);
  private static final Duration AGAIN_MAX = Duration.ofSeconds(30);

  /** A custodian is asked only to say that it is there, which is to be known soon. */
  private static final Duration CUSTODIAN_AGAIN_MAX = Duration.ofSeconds(2);

  /**
   * While nothing grows a cosignature is renewed so often: it tells the time too. A custodian that
   * was heard is asked so often whether it is still there, however the log grows.
   */
  private static final Duration RENEWED_EVERY = Duration.ofSeconds(10);

  /** From when on it is called slow. */
  private static final Duration SLOW = Duration.ofSeconds(1);

  public final CosignerEntry entry;
  final CosignerClient client;
  final AtomicBoolean busy = new AtomicBoolean();
  private final String log;
  private final LongAdder failures;
  private final LinePace lines;
  private String logged = "";
  private long askedNanos = Long.MIN_VALUE;
  private long notBeforeNanos = Long.MIN_VALUE;
  private int failedInRow;
  private long largest = -1;
  private volatile long size = -1;
  private volatile String problem = "";
  private volatile Optional<Instant> cosignedAt = Optional.empty();

  /**
   * One that was not asked yet.
   *
   * @param log short name of the log
   * @param failures counts the questions that brought no cosignature, of all logs
   * @param lines what the process's log takes of them, of all logs and cosigners of one signer
   */
  AskedCosigner(
      String log, CosignerEntry entry, CosignerClient client, LongAdder failures, LinePace lines) {
    this.log = log;
    this.entry = entry;
    this.client = client;
    this.failures = failures;
    this.lines = lines;
  }

  /**
   * Whether there is something to ask. Of a log without entries there is nothing to cosign, unless
   * its start waits for it. A custodian says what it holds, whatever is published; one that failed
   * or was heard is asked again, also when nobody waits for it: else it would be said to fail, or
   * to be well, for good.
   */
  synchronized boolean isWanted(boolean isPublished, long wanted, boolean needed) {
    return entry.kind() == CosignerEntry.Kind.WITNESS
        ? isPublished && (wanted > 0 || needed)
        : needed || failedInRow > 0 || isHeard();
  }

  /**
   * Whether it is to be asked now.
   *
   * @param wanted size of the checkpoint
   * @param needed whether the signer waits for it
   */
  synchronized boolean isDue(long wanted, boolean needed, long nanos) {
    if (busy.get()) {
      return false;
    }
    if (askedNanos == Long.MIN_VALUE) {
      return true;
    }
    long interval = entry.interval().toNanos();
    // On a common grid, so that two with the same interval are asked about the same checkpoint.
    if (interval > 0 && Math.floorDiv(nanos, interval) == Math.floorDiv(askedNanos, interval)) {
      return false;
    }
    if (failedInRow > 0) {
      return nanos - notBeforeNanos >= 0;
    }
    boolean grown = size != wanted && entry.kind() == CosignerEntry.Kind.WITNESS;
    return needed || grown || nanos - askedNanos >= RENEWED_EVERY.toNanos();
  }

  synchronized void asked(long nanos) {
    busy.set(true);
    askedNanos = nanos;
  }

  /**
   * Notes that it cosigned. Less than before is no word of one that is well: it lost what it held.
   *
   * @param cosignedSize what its cosignature names, and not what the log has by now
   */
  synchronized void cosigned(long cosignedSize, Instant now, long nanos) {
    size = cosignedSize;
    cosignedAt = Optional.of(now);
    if (cosignedSize < largest) {
      failed(
          "its cosignature names %d entries, and named %d before".formatted(cosignedSize, largest),
          false,
          nanos);
      return;
    }
    largest = cosignedSize;
    failedInRow = 0;
    problemIs(
        nanos - askedNanos > SLOW.toNanos() ? "it takes longer than a second to answer" : "",
        nanos);
  }

  /**
   * Notes that it did not cosign.
   *
   * @param why in words that may be another's, a stolen signer's too: as much is kept as is shown
   */
  synchronized void failed(String why, boolean needed, long nanos) {
    failures.increment();
    Duration pause = AGAIN_FIRST.multipliedBy(1L << Math.min(failedInRow, 10));
    Duration most =
        needed
            ? AGAIN_FIRST
            : entry.kind() == CosignerEntry.Kind.CUSTODIAN ? CUSTODIAN_AGAIN_MAX : AGAIN_MAX;
    notBeforeNanos = nanos + (pause.compareTo(most) < 0 ? pause : most).toNanos();
    failedInRow++;
    problemIs(SignerView.shown(why), nanos);
  }

  /** What there is no room for in the log now stands there when it holds still, and in health. */
  private void problemIs(String now, long nanos) {
    problem = now;
    if (!now.equals(logged) && lines.take(nanos)) {
      logged = now;
      LOG.log(
          now.isEmpty() ? System.Logger.Level.INFO : System.Logger.Level.WARNING,
          "cosigner {0}, log {1}: {2}",
          entry.name(),
          log,
          now.isEmpty() ? "cosigns" : now);
    }
  }

  /** Short name of the log. */
  public String log() {
    return log;
  }

  /** Size of the last tree that it cosigned, by its own note; -1 for none. */
  public long size() {
    return size;
  }

  /** What is wrong with it; empty when nothing is. */
  public String problem() {
    return problem;
  }

  /** Whether it cosigned once; one that nobody waits for may never be asked. */
  public boolean isHeard() {
    return cosignedAt.isPresent();
  }

  /** When it cosigned last. */
  public Optional<Instant> cosignedAt() {
    return cosignedAt;
  }
}
