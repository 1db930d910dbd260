package dev.counterfoil.signer;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.List;

/**
 * What the process does against being read by others of the same user. Each measure is tried and
 * the outcome said; docs/custody.md has what each one stops.
 */
// Restricted: two calls of libc are what this class is for.
@SuppressWarnings("restricted")
final class SelfProtection {
  private static final int PR_SET_DUMPABLE = 4;
  private static final int RLIMIT_CORE = 4;

  private SelfProtection() {}

  /**
   * A measure.
   *
   * @param name of it
   * @param holds whether it is in force
   * @param advice what to do where it is not
   */
  record Measure(String name, boolean holds, String advice) {}

  /** Takes the measures. */
  static List<Measure> take() {
    List<Measure> measures = new ArrayList<>();
    measures.add(
        new Measure(
            "not-dumpable",
            call("prctl", PR_SET_DUMPABLE, 0),
            "start java with --enable-native-access=ALL-UNNAMED"));
    measures.add(
        new Measure(
            "no-core-files", noCoreFiles(), "start java with --enable-native-access=ALL-UNNAMED"));
    boolean attachOff =
        ManagementFactory.getRuntimeMXBean()
            .getInputArguments()
            .contains("-XX:+DisableAttachMechanism");
    measures.add(
        new Measure("no-attach", attachOff, "start java with -XX:+DisableAttachMechanism"));
    return measures;
  }

  private static boolean call(String function, int option, long argument) {
    try {
      MethodHandle prctl =
          Linker.nativeLinker()
              .downcallHandle(
                  Linker.nativeLinker().defaultLookup().findOrThrow(function),
                  FunctionDescriptor.of(
                      ValueLayout.JAVA_INT, ValueLayout.JAVA_INT, ValueLayout.JAVA_LONG),
                  Linker.Option.firstVariadicArg(1));
      return (int) prctl.invokeExact(option, argument) == 0;
    } catch (Throwable e) {
      // Not allowed or not there: the measure does not hold, and the start says so.
      return false;
    }
  }

  private static boolean noCoreFiles() {
    try (Arena arena = Arena.ofConfined()) {
      MethodHandle setrlimit =
          Linker.nativeLinker()
              .downcallHandle(
                  Linker.nativeLinker().defaultLookup().findOrThrow("setrlimit"),
                  FunctionDescriptor.of(
                      ValueLayout.JAVA_INT, ValueLayout.JAVA_INT, ValueLayout.ADDRESS));
      // struct rlimit: soft and hard limit, both zero.
      MemorySegment zero = arena.allocate(ValueLayout.JAVA_LONG, 2);
      return (int) setrlimit.invokeExact(RLIMIT_CORE, zero) == 0;
    } catch (Throwable e) {
      return false;
    }
  }
}
