package dev.counterfoil.configuration;

import com.sun.management.HotSpotDiagnosticMXBean;
import java.lang.management.GarbageCollectorMXBean;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryPoolMXBean;
import java.time.Duration;
import java.util.Optional;

/**
 * Has a process that stands idle give back the heap that it does not use, and take it again under
 * load. The serial collector changes the size of its young generation at a whole collection alone,
 * to a part of the old one's, and the old one's by how much of it is to be free. So each change is
 * two manageable flags and one collection (docs/decisions/idle-memory.md).
 */
public final class IdleHeap {
  private static final System.Logger LOG = System.getLogger(IdleHeap.class.getName());

  static final Duration LOOK_EVERY = Duration.ofSeconds(5);

  /** Looks in a row without load, after which the process stands idle. */
  static final int QUIET_LOOKS = 6;

  /** Young collections in all of these that are no load. */
  static final int QUIET_COLLECTIONS = 3;

  /**
   * Young collections between two looks that are load. What makes so many of a small young
   * generation makes more than the quiet ones of a large one, so the size does not swing.
   */
  static final int BUSY_COLLECTIONS = 4;

  /**
   * What an idle process may promote before it collects all again: of a small young generation much
   * outlives it.
   */
  private static final long IDLE_GROWTH_BYTES = 4 << 20;

  private static final int IDLE_FREE_PERCENT = 10;
  private static final int WORKING_FREE_PERCENT_MIN = 40;
  private static final int FREE_PERCENT_MAX = 99;

  private final HotSpotDiagnosticMXBean runtime;
  private final GarbageCollectorMXBean young;
  private final MemoryPoolMXBean old;
  private final long oldWanted;

  private IdleHeap(
      HotSpotDiagnosticMXBean runtime, GarbageCollectorMXBean young, MemoryPoolMXBean old) {
    this.runtime = runtime;
    this.young = young;
    this.old = old;
    this.oldWanted = number("MaxNewSize") * number("NewRatio");
  }

  /**
   * How the heap is.
   *
   * @param isIdle whether it is small
   * @param quietLooks how many looks in a row saw no load
   * @param quietCollections young collections in these
   */
  record Pace(boolean isIdle, int quietLooks, long quietCollections) {
    static final Pace WORKING = new Pace(false, 0, 0);
    private static final Pace IDLE = new Pace(true, 0, 0);

    /** What it is after a look that saw so many young collections since the last. */
    Pace after(long collections) {
      if (isIdle) {
        return collections >= BUSY_COLLECTIONS ? WORKING : this;
      }
      long all = quietCollections + collections;
      if (all > QUIET_COLLECTIONS) {
        return WORKING;
      }
      return quietLooks + 1 == QUIET_LOOKS ? IDLE : new Pace(false, quietLooks + 1, all);
    }
  }

  /**
   * Begins, where this process was started for it: with the serial collector, a young generation
   * between two sizes, and {@code -XX:-ShrinkHeapInSteps}.
   */
  public static void begin() {
    ofThisProcess()
        .ifPresent(
            heap -> {
              heap.work();
              Thread.ofPlatform().daemon().name("idle-heap").start(heap::look);
            });
  }

  static Optional<IdleHeap> ofThisProcess() {
    HotSpotDiagnosticMXBean runtime =
        ManagementFactory.getPlatformMXBean(HotSpotDiagnosticMXBean.class);
    if (isOn(runtime, "ShrinkHeapInSteps") || !isOn(runtime, "UseSerialGC")) {
      return Optional.empty();
    }
    for (GarbageCollectorMXBean young : ManagementFactory.getGarbageCollectorMXBeans()) {
      for (MemoryPoolMXBean old : ManagementFactory.getMemoryPoolMXBeans()) {
        if (young.getName().equals("Copy") && old.getName().equals("Tenured Gen")) {
          return Optional.of(new IdleHeap(runtime, young, old));
        }
      }
    }
    return Optional.empty();
  }

  private static boolean isOn(HotSpotDiagnosticMXBean runtime, String flag) {
    return Boolean.parseBoolean(runtime.getVMOption(flag).getValue());
  }

  private long number(String flag) {
    return Long.parseLong(runtime.getVMOption(flag).getValue());
  }

  private void look() {
    Pace pace = Pace.WORKING;
    long usedMost = 0;
    long before = young.getCollectionCount();
    try {
      while (true) {
        Thread.sleep(LOOK_EVERY);
        long now = young.getCollectionCount();
        Pace next = pace.after(now - before);
        if (next.isIdle() && (!pace.isIdle() || old.getUsage().getUsed() > usedMost)) {
          idle();
          usedMost = old.getUsage().getUsed() + IDLE_GROWTH_BYTES;
        } else if (pace.isIdle() && !next.isIdle()) {
          work();
        }
        before = young.getCollectionCount();
        pace = next;
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (RuntimeException e) {
      LOG.log(System.Logger.Level.WARNING, "the heap keeps its size", e);
    }
  }

  /** An old generation so large that the young one gets all that it may have. */
  void work() {
    resize(freePercent(old.getUsage().getUsed(), oldWanted), FREE_PERCENT_MAX);
  }

  void idle() {
    resize(0, IDLE_FREE_PERCENT);
  }

  /** How much of an old generation is free that has the wanted size. */
  static int freePercent(long used, long wanted) {
    // One more, since the runtime rounds, and the young generation is a part of what comes of it.
    long percent = 100 - used * 100 / Math.max(1, wanted) + 1;
    return Math.clamp(percent, WORKING_FREE_PERCENT_MIN, FREE_PERCENT_MAX);
  }

  private void resize(int freeMin, int freeMax) {
    // Never the least above the most, on the way either.
    runtime.setVMOption("MinHeapFreeRatio", "0");
    runtime.setVMOption("MaxHeapFreeRatio", Integer.toString(freeMax));
    runtime.setVMOption("MinHeapFreeRatio", Integer.toString(freeMin));
    System.gc();
  }
}
