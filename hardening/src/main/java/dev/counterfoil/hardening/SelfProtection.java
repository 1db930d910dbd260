package dev.counterfoil.hardening;

import dev.counterfoil.configuration.UnixUsers;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * What the process does against being read by others, and against being of use to who took it over.
 * Each measure is taken, and then proved by what it does or by the kernel's own word: a call that
 * returned is no proof. docs/operate/protection.md has what each one stops.
 */
public final class SelfProtection {
  private static final int PR_GET_DUMPABLE = 3;
  private static final int PR_SET_DUMPABLE = 4;
  private static final int PR_SET_NO_NEW_PRIVS = 38;
  private static final int RLIMIT_CORE = 4;
  private static final int CAP_IPC_LOCK = 14;
  private static final int MCL_CURRENT = 1;
  private static final int MCL_FUTURE = 2;
  private static final int MCL_ONFAULT = 4;
  private static final int AF_UNIX = 1;
  private static final int AF_INET = 2;
  private static final int SOCK_STREAM = 1;
  private static final int SOCK_DGRAM = 2;

  /** Of the memory that a core file would have: none (core(5)). */
  private static final String NO_MAPPINGS = "0";

  private static final Path CORE_FILTER = Path.of("/proc/self/coredump_filter");

  private final Kernel kernel;
  private final JavaFlags flags;
  private final ProcessFacts facts = ProcessFacts.ofThisProcess();
  private final boolean network;
  private final List<Measure> measures = new ArrayList<>();

  private SelfProtection(Kernel kernel, JavaFlags flags, boolean network) {
    this.kernel = kernel;
    this.flags = flags;
    this.network = network;
  }

  /**
   * A measure as it turned out.
   *
   * @param holds whether it is in force
   * @param proof how that was seen, or what was seen instead
   */
  public record Measure(Protection protection, boolean holds, String proof) {}

  /**
   * Takes the measures for the rest of this process's life and of its children's.
   *
   * @param reach says which protections its own folders give
   * @param isServed whether a user may connect to a service socket of the process
   */
  public static List<Measure> protect(Reach reach, Predicate<UnixUsers> isServed)
      throws IOException {
    SelfProtection protection =
        new SelfProtection(Kernel.ofThisProcess(), JavaFlags.ofThisProcess(), reach.network());
    protection.protectAll(reach.folder(), isServed);
    return List.copyOf(protection.measures);
  }

  /**
   * Takes what a key maker does not have from the process that started it: a new program is
   * dumpable again, and nobody has locked its memory.
   */
  public static void protectKeyMaker() {
    SelfProtection protection =
        new SelfProtection(Kernel.ofThisProcess(), JavaFlags.ofThisProcess(), false);
    protection.emptyCore();
    protection.notDumpable();
    protection.noCoreFiles();
    protection.notSwapped();
  }

  /**
   * The essential measures that do not hold and were not accepted.
   *
   * @param accepted losses that the configuration accepts
   */
  public static List<Measure> missing(List<Measure> measures, List<LostProtection> accepted) {
    return measures.stream()
        .filter(measure -> !measure.holds())
        .filter(
            measure ->
                measure.protection().loss().filter(loss -> !accepted.contains(loss)).isPresent())
        .toList();
  }

  private void protectAll(Path folder, Predicate<UnixUsers> isServed) throws IOException {
    // The core's filter first: its file belongs to root as soon as the process is not dumpable.
    emptyCore();
    notDumpable();
    noCoreFiles();
    javaFlags(folder);
    notSwapped();
    systemCalls();
    landlock();
    ownUser(isServed);
  }

  /** What a measure does, or the reason why it cannot be told. */
  @FunctionalInterface
  private interface Look {
    boolean holds() throws IOException;
  }

  private void add(Protection protection, String proof, String otherwise, Look look) {
    try {
      boolean holds = look.holds();
      measures.add(new Measure(protection, holds, holds ? proof : otherwise));
    } catch (IOException e) {
      measures.add(new Measure(protection, false, "cannot be examined: " + e.getMessage()));
    }
  }

  private void emptyCore() {
    add(
        Protection.EMPTY_CORE,
        "a core written by root has no mapping of this process",
        "a core has its memory",
        () -> {
          if (coreFilter() != 0) {
            Files.writeString(CORE_FILTER, NO_MAPPINGS);
          }
          return coreFilter() == 0;
        });
  }

  private static long coreFilter() throws IOException {
    return Long.parseLong(Files.readString(CORE_FILTER).strip(), 16);
  }

  private void notDumpable() {
    long set = kernel.call(SystemCall.PRCTL, PR_SET_DUMPABLE, 0);
    add(
        Protection.NOT_DUMPABLE,
        "the kernel says not dumpable",
        "PR_SET_DUMPABLE answered " + answer(set),
        () -> kernel.call(SystemCall.PRCTL, PR_GET_DUMPABLE) == 0);
  }

  private void noCoreFiles() {
    long set = kernel.setLimit(RLIMIT_CORE, 0);
    add(
        Protection.NO_CORE_FILES,
        "/proc/self/limits has 0, soft and hard",
        "setting RLIMIT_CORE answered " + answer(set),
        () -> facts.hasLimit("Max core file size", "0"));
  }

  private void javaFlags(Path folder) {
    add(
        Protection.NO_ATTACH,
        "DisableAttachMechanism is on; no agent, debugger or JMX port",
        flags.attachObjection().orElse(""),
        () -> flags.attachObjection().isEmpty());
    add(
        Protection.NO_HEAP_DUMPS,
        "no flag writes the heap to a file",
        flags.heapDumpObjection().orElse(""),
        () -> flags.heapDumpObjection().isEmpty());
    add(
        Protection.PRIVATE_CRASH_REPORTS,
        "crash reports go to its folder; no performance data in /tmp",
        "crash reports or performance data go where others read",
        () -> flags.errorFile().startsWith(folder) && !flags.hasPerformanceData());
  }

  /**
   * Locks all memory where that is allowed without bounds. With a bound the lock of what comes
   * later would fail one day, and Java's memory with it; without a lock the machine's swap decides.
   */
  private void notSwapped() {
    try {
      if (facts.hasLimit("Max locked memory", "unlimited") || facts.hasCapability(CAP_IPC_LOCK)) {
        kernel.call(SystemCall.MLOCKALL, MCL_CURRENT | MCL_FUTURE | MCL_ONFAULT);
      }
      Optional<String> how = facts.keptFromSwap();
      measures.add(
          new Measure(
              Protection.NOT_SWAPPED,
              how.isPresent(),
              how.orElse("the machine has swap, and memory may not be locked without bounds")));
    } catch (IOException e) {
      measures.add(
          new Measure(Protection.NOT_SWAPPED, false, "cannot be examined: " + e.getMessage()));
    }
  }

  /** Gives up privileges and system calls; last, since it binds what comes after it. */
  private void systemCalls() {
    kernel.call(SystemCall.PRCTL, PR_SET_NO_NEW_PRIVS, 1);
    boolean bounded = network && OutboundProbe.isDenied(kernel);
    Architecture machine = kernel.machine();
    long laid =
        machine == null
            ? Kernel.NOT_CALLED
            : SystemCallFilter.lay(kernel, SystemCallFilter.program(machine, network));
    add(
        Protection.NO_NEW_PRIVILEGES,
        "every thread has NoNewPrivs",
        "a thread has no NoNewPrivs",
        () -> everyThread("NoNewPrivs", "1"));
    add(
        Protection.SYSTEM_CALL_FILTER,
        "every thread is filtered; unshare and process_vm_readv are refused",
        "laying the filter answered " + answer(laid),
        () ->
            everyThread("Seccomp", "2")
                && kernel.call(SystemCall.UNSHARE, 0) == -Kernel.EPERM
                && kernel.call(SystemCall.PROCESS_VM_READV, 0) == -Kernel.EPERM);
    if (network) {
      add(
          Protection.NO_NETWORK,
          "TCP for the network HSM: a socket for datagrams is refused, and before that a datagram to an address that is nobody's was",
          "TCP is open, and a datagram to an address that nobody has was not refused"
              + " as not permitted. Nothing shows that the process can reach only the"
              + " network HSM",
          () ->
              bounded
                  && socket(AF_INET, SOCK_DGRAM) == -Kernel.EAFNOSUPPORT
                  && socket(AF_INET, SOCK_STREAM) >= 0);
    } else {
      add(
          Protection.NO_NETWORK,
          "socket(AF_INET) is refused, socket(AF_UNIX) is not",
          "socket(AF_INET) is not refused as unknown",
          () ->
              socket(AF_INET, SOCK_STREAM) == -Kernel.EAFNOSUPPORT
                  && socket(AF_UNIX, SOCK_STREAM) >= 0);
    }
  }

  private long socket(int family, int type) {
    long socket = kernel.call(SystemCall.SOCKET, family, type, 0);
    if (socket >= 0) {
      kernel.call(SystemCall.CLOSE, socket);
    }
    return socket;
  }

  private boolean everyThread(String line, String value) throws IOException {
    List<String> all = facts.ofEveryThread(line);
    return !all.isEmpty() && all.stream().allMatch(value::equals);
  }

  /** Laid before Java started, or not at all: from inside it would leave other threads free. */
  private void landlock() {
    add(
        Protection.LANDLOCK,
        "the root of the file system, open to everybody, is refused",
        "every file that its user may read is open to it",
        () -> {
          try (Stream<Path> root = Files.list(Path.of("/"))) {
            return root.findAny().isEmpty();
          } catch (AccessDeniedException e) {
            return true;
          }
        });
  }

  private void ownUser(Predicate<UnixUsers> isServed) throws IOException {
    UnixUsers user = UnixUsers.self();
    boolean isRoot = user.hasAnyOf(UnixUsers.root());
    boolean separate = !isRoot && !isServed.test(user);
    measures.add(
        new Measure(
            Protection.OWN_USER,
            separate,
            separate
                ? "runs as " + user + ", and its service socket is for others"
                : isRoot
                    ? "runs as root"
                    : "runs as " + user + ", like a user of its service socket"));
  }

  private static String answer(long result) {
    return result == Kernel.NOT_CALLED
        ? "nothing, because it cannot be called here"
        : Long.toString(result);
  }

  /** For a log: names, why, and what to do. */
  public static String text(List<Measure> measures) {
    return measures.stream()
        .map(
            measure ->
                measure.protection().text()
                    + " does not hold ("
                    + measure.proof()
                    + "): "
                    + measure.protection().advice())
        .collect(Collectors.joining("; "));
  }
}
