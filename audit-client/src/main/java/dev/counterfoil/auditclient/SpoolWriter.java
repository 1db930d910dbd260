package dev.counterfoil.auditclient;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;

/**
 * Writes what waits, and knows what the disk takes. What it does not take is refused; of that, what
 * contains a theft goes into the reserve. Writes and probes on one thread; which nobody interrupts,
 * since that would close its file.
 */
final class SpoolWriter {
  private static final System.Logger LOG = System.getLogger(SpoolWriter.class.getName());

  private final SpoolFiles files;
  private final Spool.Settings settings;
  private volatile @Nullable SpoolUnavailableException trouble;

  /** An event on its way. */
  static final class Waiting {
    private final byte[] content;
    private final Share share;
    private final boolean heard;
    private final CountDownLatch done = new CountDownLatch(1);
    private volatile @Nullable SpoolUnavailableException refused;

    /**
     * One.
     *
     * @param heard whether somebody waits for it; else it counts as lost when it is refused
     */
    Waiting(byte[] content, Share share, boolean heard) {
      this.content = content;
      this.share = share;
      this.heard = heard;
    }

    /** Bytes that it takes. */
    long bytes() {
      return (long) content.length + SpoolSegment.RECORD_HEAD_BYTES;
    }

    private void end(@Nullable SpoolUnavailableException why) {
      refused = why;
      done.countDown();
    }

    /** Waits until it is durable. */
    void await() throws SpoolUnavailableException {
      boolean interrupted = false;
      while (true) {
        try {
          done.await();
          break;
        } catch (InterruptedException e) {
          interrupted = true;
        }
      }
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
      SpoolUnavailableException why = refused;
      if (why != null) {
        throw copy(why);
      }
    }
  }

  SpoolWriter(SpoolFiles files, Spool.Settings settings) {
    this.files = files;
    this.settings = settings;
  }

  private static SpoolUnavailableException copy(SpoolUnavailableException one) {
    return new SpoolUnavailableException(one.code(), String.valueOf(one.getMessage()));
  }

  /** Why the disk takes nothing; empty when it took what came last. */
  Optional<SpoolUnavailableException> trouble() {
    return Optional.ofNullable(trouble).map(SpoolWriter::copy);
  }

  /**
   * Writes, and tells each what became of it.
   *
   * @param forgets whether the oldest go when it is full
   * @param done runs when nothing more is written of them, before they are told
   * @return how many events are lost: forgotten, or refused and nobody hears it
   */
  long write(List<Waiting> taken, boolean forgets, Runnable done) {
    long lost = 0;
    List<Waiting> kept = taken;
    @Nullable SpoolUnavailableException refused = null;
    try {
      files.roll(settings.segmentBytes());
      if (forgets) {
        lost += forgetOldest();
      }
      files.append(contents(taken));
      writable();
    } catch (IOException | RuntimeException e) {
      refused = unwritable(e);
      kept = inReserve(taken);
    }
    done.run();
    kept.forEach(one -> one.end(null));
    if (refused != null) {
      List<Waiting> left = new ArrayList<>(taken);
      left.removeAll(kept);
      lost += left.stream().filter(one -> !one.heard).count();
      for (Waiting one : left) {
        one.end(refused);
      }
    }
    return lost;
  }

  private static List<byte[]> contents(List<Waiting> some) {
    return some.stream().map(one -> one.content).toList();
  }

  private long forgetOldest() throws IOException {
    long lost = 0;
    long gone = 1;
    while (gone > 0 && files.bytes() > settings.bytesMax() - settings.reserveBytes()) {
      gone = files.forgetOldest();
      lost += gone;
    }
    return lost;
  }

  /** The disk takes nothing: what contains a theft goes into what was laid by for it. */
  private List<Waiting> inReserve(List<Waiting> taken) {
    List<Waiting> containing =
        taken.stream().filter(one -> one.share == Share.CONTAINMENT).toList();
    if (containing.isEmpty()) {
      return containing;
    }
    try {
      long left = files.appendToReserve(contents(containing));
      LOG.log(
          System.Logger.Level.WARNING,
          "an event that contains a theft went into the audit spool''s reserve, of which {0} bytes"
              + " are left",
          Long.toString(left));
      return containing;
    } catch (IOException | RuntimeException e) {
      LOG.log(
          System.Logger.Level.ERROR,
          "the audit spool in {0} cannot keep what contains a theft: {1}",
          settings.folder(),
          e.toString());
      return List.of();
    }
  }

  private SpoolUnavailableException unwritable(Exception why) {
    SpoolUnavailableException unwritable =
        new SpoolUnavailableException(
            "spool-unwritable",
            "the audit spool in %s cannot be written (%s): make room on its disk or look at it; it is tried again by itself"
                .formatted(settings.folder(), why.getMessage()));
    if (trouble == null) {
      LOG.log(
          System.Logger.Level.ERROR,
          "{0}. Until then nothing is done that needs an audit event, but what contains a theft",
          unwritable.getMessage());
    }
    trouble = unwritable;
    return unwritable;
  }

  private void writable() {
    if (trouble != null) {
      files.layBy();
      trouble = null;
      LOG.log(
          System.Logger.Level.INFO, "the audit spool in {0} is written again", settings.folder());
    }
  }

  /** Looks whether the disk takes something again. */
  void probe() {
    try {
      files.probe();
      writable();
    } catch (IOException | RuntimeException e) {
      SpoolUnavailableException unused = unwritable(e);
    }
  }
}
