package dev.counterfoil.verifier.leaves;

import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.format.leaf.LeafBatch;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * The newest leaf hashes of a log in full, 2 MiB, for neighbours on the same host. One thread
 * writes, any number ask.
 */
public final class SharedLeaves {
  private static final int LEAVES = LeafBatch.LEAVES_MAX;

  private final ReentrantLock lock = new ReentrantLock();
  private final Condition grew = lock.newCondition();
  private final byte[] ring = new byte[LEAVES * Hash.BYTES];

  /** First position that is held, position after the last, and after the last that is proven. */
  private long first;

  private long staged;
  private long proven;
  private byte[] note = new byte[0];

  /** Begins anew at a position. */
  public void begin(long position) {
    lock.lock();
    try {
      first = position;
      staged = position;
      proven = position;
      note = new byte[0];
    } finally {
      lock.unlock();
    }
  }

  /** Takes a leaf that does not count yet. */
  public void stage(LeafBatch batch, long from, long end) {
    lock.lock();
    try {
      for (long position = from; position < end; position++) {
        batch.leaf(position).write(ring, (int) (position % LEAVES) * Hash.BYTES);
      }
      staged = end;
      first = Math.max(first, staged - LEAVES);
    } finally {
      lock.unlock();
    }
  }

  /** What was taken leads to a checkpoint's root. */
  public void prove(byte[] signedNote) {
    lock.lock();
    try {
      proven = staged;
      note = signedNote;
      grew.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /** What was taken and not proven is dropped; what it may have written over is too. */
  public void discard() {
    lock.lock();
    try {
      staged = proven;
    } finally {
      lock.unlock();
    }
  }

  /** Waits while the position is the one after the last. */
  public void await(long position, Duration wait) throws InterruptedException {
    long left = wait.toNanos();
    lock.lockInterruptibly();
    try {
      while (position == proven && left > 0) {
        left = grew.awaitNanos(left);
      }
    } finally {
      lock.unlock();
    }
  }

  /** A batch from a position on; empty when nothing so old is held, or nothing yet. */
  public Optional<byte[]> from(long position) {
    lock.lock();
    try {
      if (note.length == 0 || position < first || position > proven) {
        return Optional.empty();
      }
      byte[] leaves = new byte[(int) (proven - position) * Hash.BYTES];
      for (long at = position; at < proven; at++) {
        System.arraycopy(
            ring,
            (int) (at % LEAVES) * Hash.BYTES,
            leaves,
            (int) (at - position) * Hash.BYTES,
            Hash.BYTES);
      }
      return Optional.of(LeafBatch.write(position, note, leaves));
    } finally {
      lock.unlock();
    }
  }
}
