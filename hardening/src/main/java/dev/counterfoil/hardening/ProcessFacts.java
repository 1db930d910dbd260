package dev.counterfoil.hardening;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * What the kernel says of a process, of this one or another (proc(5)).
 *
 * @param folder the process's folder in {@code /proc}
 */
public record ProcessFacts(Path folder) {
  private static final Path PROC = Path.of("/proc");

  /** Of this process. */
  public static ProcessFacts ofThisProcess() {
    return new ProcessFacts(PROC.resolve("self"));
  }

  /** Of another. */
  public static ProcessFacts of(long pid) {
    return new ProcessFacts(PROC.resolve(Long.toString(pid)));
  }

  /**
   * A line of {@code status}, such as {@code NoNewPrivs}.
   *
   * @throws IOException when the process is gone or cannot be looked at
   */
  public Optional<String> status(String name) throws IOException {
    return value(Files.readString(folder.resolve("status"), StandardCharsets.UTF_8), name);
  }

  /** A line of {@code status} as it is for each thread. */
  List<String> ofEveryThread(String name) throws IOException {
    List<String> values = new ArrayList<>();
    try (DirectoryStream<Path> threads = Files.newDirectoryStream(folder.resolve("task"))) {
      for (Path thread : threads) {
        ofThread(thread, name).ifPresent(values::add);
      }
    }
    return values;
  }

  /** Empty also for a thread that ended since the folder was listed. */
  private static Optional<String> ofThread(Path thread, String name) throws IOException {
    try {
      return value(Files.readString(thread.resolve("status"), StandardCharsets.UTF_8), name);
    } catch (IOException e) {
      if (Files.exists(thread)) {
        throw e;
      }
      return Optional.empty();
    }
  }

  private static Optional<String> value(String status, String name) {
    return status
        .lines()
        .filter(line -> line.startsWith(name + ":"))
        .map(line -> line.substring(name.length() + 1).strip())
        .findFirst();
  }

  /**
   * Whether a line of {@code limits} has soft and hard limit of this value, such as {@code Max core
   * file size} and {@code 0}.
   */
  public boolean hasLimit(String name, String value) throws IOException {
    return Files.readString(folder.resolve("limits"), StandardCharsets.UTF_8)
        .lines()
        .filter(line -> line.startsWith(name))
        .map(line -> line.substring(name.length()).strip().split(" +", -1))
        .anyMatch(limits -> limits[0].equals(value) && limits[1].equals(value));
  }

  /** Whether its effective capabilities have one, by its number in linux/capability.h. */
  public boolean hasCapability(int number) throws IOException {
    return status("CapEff")
        .map(mask -> (Long.parseUnsignedLong(mask, 16) >>> number & 1) == 1)
        .orElse(false);
  }

  /** Bytes of a line of {@code status} that is in kB, such as {@code VmLck}. */
  public long bytes(String name) throws IOException {
    return status(name).map(text -> Long.parseLong(text.split(" ", 2)[0]) * 1024).orElse(0L);
  }

  /**
   * What keeps its memory from being written to swap: it is locked, its control group may not swap,
   * or the machine has no swap now. Empty when nothing does.
   */
  public Optional<String> keptFromSwap() throws IOException {
    if (isLocked()) {
      return Optional.of("its memory is locked");
    }
    if (Files.exists(PROC.resolve("swaps"))
        && Files.readAllLines(PROC.resolve("swaps"), StandardCharsets.UTF_8).size() <= 1) {
      return Optional.of("the machine has no swap now");
    }
    return groupSwapsNothing() ? Optional.of("its control group may not swap") : Optional.empty();
  }

  /** Locked is all of it or nothing: what it has in memory now is less than what is locked. */
  private boolean isLocked() throws IOException {
    long locked = bytes("VmLck");
    return locked > 0 && locked >= bytes("VmRSS");
  }

  private boolean groupSwapsNothing() throws IOException {
    Path root = Path.of("/sys/fs/cgroup");
    Optional<Path> group =
        Files.readAllLines(folder.resolve("cgroup"), StandardCharsets.UTF_8).stream()
            .filter(line -> line.startsWith("0::/"))
            .map(line -> root.resolve(line.substring(4)).normalize())
            .findFirst();
    for (Path at = group.orElse(root); at != null && at.startsWith(root); at = at.getParent()) {
      Path limit = at.resolve("memory.swap.max");
      if (Files.isReadable(limit)
          && Files.readString(limit, StandardCharsets.US_ASCII).strip().equals("0")) {
        return true;
      }
    }
    return false;
  }
}
