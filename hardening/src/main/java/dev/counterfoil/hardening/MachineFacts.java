package dev.counterfoil.hardening;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.OptionalInt;

/** What the kernel offers, asked of itself: for the doctor, whose own process is not filtered. */
public final class MachineFacts {
  private static final int LANDLOCK_VERSION = 1;
  private static final int TIMEX_BYTES = 208;
  private static final int TIMEX_STATUS_AT = 40;
  private static final int UNSYNCHRONIZED = 0x40;

  private final Kernel kernel;

  private MachineFacts(Kernel kernel) {
    this.kernel = kernel;
  }

  /** Of the machine that this process runs on. */
  public static MachineFacts ofThisMachine() {
    return new MachineFacts(Kernel.ofThisProcess());
  }

  /** Landlock's version; empty where the kernel has none. */
  public OptionalInt landlockVersion() {
    long version = kernel.call(SystemCall.LANDLOCK_CREATE_RULESET, 0, 0, LANDLOCK_VERSION);
    return version > 0 ? OptionalInt.of((int) version) : OptionalInt.empty();
  }

  /** Whether there is memory that the kernel itself does not map (memfd_secret(2)). */
  public boolean hasSecretMemory() {
    long file = kernel.call(SystemCall.MEMFD_SECRET, 0);
    if (file < 0) {
      return false;
    }
    kernel.call(SystemCall.CLOSE, file);
    return true;
  }

  /** Whether somebody keeps the clock synchronized, as the kernel is told (adjtimex(2)). */
  public boolean isClockSynchronized() {
    try (Arena arena = Arena.ofConfined()) {
      // struct timex with no mode set: nothing is adjusted.
      MemorySegment timex = arena.allocate(TIMEX_BYTES, 8);
      return kernel.call(SystemCall.ADJTIMEX, timex.address()) >= 0
          && (timex.get(ValueLayout.JAVA_INT, TIMEX_STATUS_AT) & UNSYNCHRONIZED) == 0;
    }
  }
}
