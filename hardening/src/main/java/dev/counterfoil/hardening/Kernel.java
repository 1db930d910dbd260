package dev.counterfoil.hardening;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.VarHandle;
import org.jspecify.annotations.Nullable;

/**
 * System calls that Java has no method for, through the C library's {@code syscall}. Where they
 * cannot be made (another machine, no native access) each answers {@link #NOT_CALLED}.
 */
// Restricted: a call of libc is what this class is for.
@SuppressWarnings("restricted")
final class Kernel {
  /** Answer of a call that was not made. */
  static final long NOT_CALLED = Long.MIN_VALUE;

  static final int EPERM = 1;
  static final int EACCES = 13;
  static final int ENOSYS = 38;
  static final int EAFNOSUPPORT = 97;
  static final int EADDRNOTAVAIL = 99;
  static final int ENETUNREACH = 101;

  private static final StructLayout STATE = Linker.Option.captureStateLayout();
  private static final VarHandle ERRNO =
      STATE.varHandle(java.lang.foreign.MemoryLayout.PathElement.groupElement("errno"));

  private final @Nullable Architecture machine;
  private final @Nullable MethodHandle call;

  private Kernel(@Nullable Architecture machine, @Nullable MethodHandle call) {
    this.machine = machine;
    this.call = call;
  }

  /** The kernel under this process. */
  static Kernel ofThisProcess() {
    Architecture machine = Architecture.ofThisProcess().orElse(null);
    if (machine == null || !Kernel.class.getModule().isNativeAccessEnabled()) {
      return new Kernel(machine, null);
    }
    ValueLayout.OfLong word = ValueLayout.JAVA_LONG;
    return new Kernel(
        machine,
        Linker.nativeLinker()
            .downcallHandle(
                Linker.nativeLinker().defaultLookup().findOrThrow("syscall"),
                FunctionDescriptor.of(word, word, word, word, word, word, word),
                Linker.Option.firstVariadicArg(1),
                Linker.Option.captureCallState("errno")));
  }

  /**
   * Makes a call.
   *
   * @return its result, the error as a negative number, or {@link #NOT_CALLED}
   */
  long call(SystemCall what, long... arguments) {
    if (call == null || machine == null || what.number(machine).isEmpty()) {
      return NOT_CALLED;
    }
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment state = arena.allocate(STATE);
      long result =
          (long)
              call.invokeExact(
                  state,
                  (long) what.number(machine).getAsInt(),
                  argument(arguments, 0),
                  argument(arguments, 1),
                  argument(arguments, 2),
                  argument(arguments, 3),
                  argument(arguments, 4));
      return result == -1 ? -(int) ERRNO.get(state, 0L) : result;
    } catch (Throwable e) {
      throw new IllegalStateException("a system call can be made", e);
    }
  }

  /** Sets soft and hard value of a resource's limit. */
  long setLimit(int resource, long value) {
    try (Arena arena = Arena.ofConfined()) {
      // struct rlimit64: soft, hard.
      MemorySegment limit = arena.allocateFrom(ValueLayout.JAVA_LONG, value, value);
      return call(SystemCall.PRLIMIT64, 0, resource, limit.address(), 0);
    }
  }

  private static long argument(long[] arguments, int index) {
    return index < arguments.length ? arguments[index] : 0;
  }

  /** Whose calls these are; null on a machine that is not known here. */
  @Nullable Architecture machine() {
    return machine;
  }
}
