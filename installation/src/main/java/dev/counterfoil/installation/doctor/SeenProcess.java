package dev.counterfoil.installation.doctor;

import dev.counterfoil.hardening.ProcessFacts;
import dev.counterfoil.installation.ProgramProcesses;
import dev.counterfoil.installation.doctor.Check.About;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** A process seen from outside: the kernel's word, not its own. */
final class SeenProcess {
  private static final String RUN = "start it with counterfoil run, or its unit of deploy/";

  private final long pid;
  private final ProcessFacts facts;
  private final List<Check> checks = new ArrayList<>();

  private SeenProcess(long pid) {
    this.pid = pid;
    this.facts = ProcessFacts.of(pid);
  }

  static List<Check> checks(long pid) {
    SeenProcess process = new SeenProcess(pid);
    process.look();
    return process.checks;
  }

  /** Something that a file of the kernel says. */
  @FunctionalInterface
  private interface Look {
    boolean holds() throws IOException;
  }

  private void add(String name, boolean essential, String held, String not, Look look) {
    try {
      boolean holds = look.holds();
      checks.add(Check.of(About.OUTSIDE, name, holds, essential, holds ? held : not, RUN));
    } catch (IOException | NumberFormatException e) {
      checks.add(Check.unknown(About.OUTSIDE, name, essential, "/proc/" + pid + " cannot be read"));
    }
  }

  private void look() {
    add(
        "seen-filtered",
        true,
        "Seccomp: 2",
        "Seccomp is not 2",
        () -> facts.status("Seccomp").equals(Optional.of("2")));
    add(
        "seen-without-new-privileges",
        true,
        "NoNewPrivs: 1",
        "NoNewPrivs is not 1",
        () -> facts.status("NoNewPrivs").equals(Optional.of("1")));
    add(
        "seen-without-core-files",
        true,
        "the limit is 0, soft and hard",
        "the limit is not 0",
        () -> facts.hasLimit("Max core file size", "0"));
    add(
        "seen-not-traced",
        true,
        "TracerPid: 0",
        "a debugger is attached",
        () -> facts.status("TracerPid").equals(Optional.of("0")));
    add(
        "seen-not-swapped",
        false,
        "VmSwap: 0 kB",
        "some of its memory is in swap now",
        () -> facts.bytes("VmSwap") == 0);
    memory();
    users();
  }

  /**
   * Who may open its memory. The files in {@code /proc} of a process that is not dumpable belong to
   * root, whoever runs it.
   */
  private void memory() {
    try {
      String user = owner();
      Object owner = Files.getAttribute(facts.folder().resolve("status"), "unix:uid");
      if (user.equals("0")) {
        checks.add(
            new Check(
                About.OUTSIDE,
                "seen-not-dumpable",
                Check.State.UNKNOWN,
                false,
                "it runs as root, so its files in /proc show nothing",
                "run it as a user of its own"));
      } else {
        boolean ofRoot = owner.equals(0);
        checks.add(
            Check.of(
                About.OUTSIDE,
                "seen-not-dumpable",
                ofRoot,
                true,
                ofRoot
                    ? "its files in /proc belong to root"
                    : "its files in /proc belong to its user",
                RUN));
      }
    } catch (IOException e) {
      checks.add(
          Check.unknown(
              About.OUTSIDE, "seen-not-dumpable", true, "/proc/" + pid + " cannot be read"));
    }
  }

  private String owner() throws IOException {
    return facts.status("Uid").orElse("").split("\t", -1)[0];
  }

  /** Two processes of one user are one when it comes to files and sockets. */
  private void users() {
    try {
      String user = owner();
      List<String> same = new ArrayList<>();
      for (ProgramProcesses.Running other : ProgramProcesses.all()) {
        if (other.pid() != pid
            && ProcessFacts.of(other.pid())
                .status("Uid")
                .filter(uid -> uid.startsWith(user + "\t"))
                .isPresent()) {
          same.add(other.program() + " " + other.pid());
        }
      }
      checks.add(
          Check.of(
              About.OUTSIDE,
              "seen-own-user",
              same.isEmpty(),
              false,
              same.isEmpty()
                  ? "no other process of Counterfoil has its user"
                  : "has the user of " + String.join(", ", same),
              "give each process its own user. See docs/operate/installing.md"));
    } catch (IOException e) {
      checks.add(Check.unknown(About.OUTSIDE, "seen-own-user", false, "users cannot be read"));
    }
  }

  /** Where its threads stand, for a bundle: names and states need no rights. */
  static List<String> threads(long pid) {
    List<String> lines = new ArrayList<>();
    try (var threads = Files.newDirectoryStream(Path.of("/proc/" + pid + "/task"))) {
      for (Path thread : threads) {
        lines.add(
            thread.getFileName()
                + " "
                + Files.readString(thread.resolve("comm")).strip()
                + " "
                + Files.readString(thread.resolve("stat")).strip());
      }
    } catch (IOException e) {
      lines.add("cannot be read: " + e.getClass().getSimpleName());
    }
    return lines;
  }
}
