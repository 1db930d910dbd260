package dev.counterfoil.log;

import dev.counterfoil.log.disk.FaultyDisk;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;

/**
 * A simulated machine: its disks, what goes wrong with them, and its crashes. Every operation of a
 * disk asks {@link #operation} first.
 */
public final class Machine {
  /** The process or the machine ends here: nothing of the log may catch it. */
  public static final class CrashError extends Error {
    private static final long serialVersionUID = 1L;

    /** Without a stack trace: there are millions of them. */
    CrashError() {
      super("the machine crashed", null, false, false);
    }
  }

  public final RandomGenerator random;
  final List<FaultyDisk> disks = new ArrayList<>();

  public long freeBytes = Long.MAX_VALUE;
  long operations;
  private long crashAfter = Long.MAX_VALUE;
  private long failAfter = Long.MAX_VALUE;

  public Machine(RandomGenerator random) {
    this.random = random;
  }

  public FaultyDisk disk(String name) {
    FaultyDisk disk = new FaultyDisk(this, name);
    disks.add(disk);
    return disk;
  }

  /** Crashes inside one of the next operations that change a disk. */
  public void crashWithin(int next) {
    crashAfter = operations + random.nextInt(next);
  }

  /** Has one of the next operations that change a disk fail. */
  public void failWithin(int next) {
    failAfter = operations + random.nextInt(next);
  }

  public void healthy() {
    crashAfter = Long.MAX_VALUE;
    failAfter = Long.MAX_VALUE;
    freeBytes = Long.MAX_VALUE;
  }

  /** What becomes of the operation that comes now. */
  public enum Fate {
    DONE,
    /** It has an effect in part, and then the crash comes. */
    CRASHED,
    /** It has an effect in part, and says that it failed. */
    FAILED
  }

  public Fate operation() {
    long now = operations++;
    if (now >= crashAfter) {
      crashAfter = Long.MAX_VALUE;
      return Fate.CRASHED;
    }
    if (now >= failAfter) {
      failAfter = Long.MAX_VALUE;
      return Fate.FAILED;
    }
    return Fate.DONE;
  }

  /** Ends an operation that was not done. */
  public static void end(Fate fate) throws IOException {
    switch (fate) {
      case DONE -> {}
      case CRASHED -> throw new CrashError();
      case FAILED -> throw new IOException("simulated input/output error");
    }
  }

  /** The process died; the kernel keeps what was written. */
  public void restartProcess() {
    healthy();
    disks.forEach(disk -> disk.locked = false);
  }

  /** The power failed: what was not synced survives in part, in any order. */
  public void restartMachine() {
    restartProcess();
    disks.forEach(FaultyDisk::losePower);
  }
}
