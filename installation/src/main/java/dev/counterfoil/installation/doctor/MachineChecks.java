package dev.counterfoil.installation.doctor;

import dev.counterfoil.hardening.MachineFacts;
import dev.counterfoil.installation.doctor.Check.About;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/** What the machine gives. */
final class MachineChecks {
  private MachineChecks() {}

  static List<Check> checks() {
    MachineFacts facts = MachineFacts.ofThisMachine();
    List<Check> checks = new ArrayList<>();
    OptionalInt landlock = facts.landlockVersion();
    checks.add(
        machine(
            "kernel-landlock",
            landlock.isPresent(),
            landlock.isPresent() ? "version " + landlock.getAsInt() : "the kernel has none",
            "a kernel of 6.2 or later with landlock among its lsm="));
    Optional<String> actions = read("/proc/sys/kernel/seccomp/actions_avail");
    checks.add(
        machine(
            "kernel-seccomp",
            actions.filter(text -> text.contains("errno")).isPresent(),
            actions.orElse("the kernel has no filters"),
            "a kernel with CONFIG_SECCOMP_FILTER"));
    boolean secret = facts.hasSecretMemory();
    checks.add(
        machine(
            "kernel-secret-memory",
            secret,
            secret
                ? "memfd_secret is available; keys of software custody are not in it"
                : "memfd_secret is not available",
            "nothing needs it now"));
    Optional<String> swaps = read("/proc/swaps");
    boolean noSwap = swaps.map(text -> text.lines().count() <= 1).orElse(true);
    checks.add(
        machine(
            "no-swap",
            noSwap,
            noSwap ? "the machine has no swap" : "the machine has swap",
            "fine if not-swapped is held; otherwise run swapoff, or set"
                + " MemorySwapMax=0 in the unit"));
    Optional<String> scope = read("/proc/sys/kernel/yama/ptrace_scope");
    checks.add(
        machine(
            "ptrace-scope",
            scope.filter(text -> !text.equals("0")).isPresent(),
            scope.map(text -> "ptrace_scope is " + text).orElse("the kernel has no Yama"),
            "kernel.yama.ptrace_scope=1 or more in /etc/sysctl.d; not-dumpable holds without it"));
    Optional<String> core = read("/proc/sys/kernel/core_pattern");
    boolean piped = core.filter(text -> text.startsWith("|")).isPresent();
    checks.add(
        machine(
            "core-pattern",
            !piped,
            core.map(text -> "core_pattern is " + text).orElse("core_pattern cannot be read"),
            "the limit does not stop a program that takes cores; not-dumpable keeps it"
                + " from getting one"));
    checks.add(
        machine(
            "clock",
            facts.isClockSynchronized(),
            facts.isClockSynchronized()
                ? "the kernel reports a synchronized clock"
                : "as far as the kernel knows, nothing keeps the clock synchronized",
            "run systemd-timesyncd or chrony. Keys begin and end by the clock"));
    return checks;
  }

  private static Check machine(String name, boolean held, String seen, String advice) {
    return Check.of(About.MACHINE, name, held, false, seen, advice);
  }

  private static Optional<String> read(String file) {
    try {
      return Optional.of(Files.readString(Path.of(file), StandardCharsets.UTF_8).strip());
    } catch (IOException e) {
      return Optional.empty();
    }
  }
}
