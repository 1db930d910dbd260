package dev.counterfoil.hardening;

import com.sun.management.HotSpotDiagnosticMXBean;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * The flags of this Java runtime that decide who can read its memory, as they are in force: from
 * the command line, the environment or a file.
 */
final class JavaFlags {
  private static final List<String> AGENTS =
      List.of(
          "-agentlib:",
          "-agentpath:",
          "-javaagent:",
          "-Xdebug",
          "-Xrun",
          "-Dcom.sun.management.jmxremote");

  private static final List<String> HEAP_DUMPS =
      List.of("HeapDumpOnOutOfMemoryError", "HeapDumpBeforeFullGC", "HeapDumpAfterFullGC");

  private final HotSpotDiagnosticMXBean runtime;
  private final List<String> arguments;

  private JavaFlags(HotSpotDiagnosticMXBean runtime, List<String> arguments) {
    this.runtime = runtime;
    this.arguments = arguments;
  }

  static JavaFlags ofThisProcess() {
    return new JavaFlags(
        ManagementFactory.getPlatformMXBean(HotSpotDiagnosticMXBean.class),
        ManagementFactory.getRuntimeMXBean().getInputArguments());
  }

  /** Why tools of the Java runtime could get in; empty when they cannot. */
  Optional<String> attachObjection() {
    if (!isOn("DisableAttachMechanism")) {
      return Optional.of("DisableAttachMechanism is off");
    }
    return arguments.stream()
        .filter(argument -> AGENTS.stream().anyMatch(argument::startsWith))
        .findFirst()
        // Only the name: what follows may be anything.
        .map(argument -> argument.split("[:=]", 2)[0] + " is among the arguments");
  }

  /** The flag by which the runtime would write its memory to a file; empty when there is none. */
  Optional<String> heapDumpObjection() {
    return HEAP_DUMPS.stream().filter(this::isOn).findFirst().map(flag -> flag + " is on");
  }

  /** Where crash reports go; a name without a folder for the working folder. */
  Path errorFile() {
    return Path.of(runtime.getVMOption("ErrorFile").getValue());
  }

  boolean hasPerformanceData() {
    return isOn("UsePerfData");
  }

  private boolean isOn(String flag) {
    return Boolean.parseBoolean(runtime.getVMOption(flag).getValue());
  }
}
