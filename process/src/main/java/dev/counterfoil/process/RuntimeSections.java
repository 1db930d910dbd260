package dev.counterfoil.process;

import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.process.settings.ProcessSettings;
import java.io.IOException;
import java.lang.management.GarbageCollectorMXBean;
import java.lang.management.LockInfo;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryUsage;
import java.lang.management.ThreadInfo;
import java.lang.management.ThreadMXBean;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;

/** Sections of a {@link Diagnosis} that are the same for both roles. */
final class RuntimeSections {
  private static final int FILES_MAX = 200;
  private static final int FOLDERS_DEEP_MAX = 3;

  private RuntimeSections() {}

  /**
   * Every thread of the platform, with what it waits for and who has it. Virtual threads, which
   * only the link to the registrar uses, are not among them.
   */
  static JsonObject threads() {
    ThreadMXBean threads = ManagementFactory.getThreadMXBean();
    List<JsonObject> all = new ArrayList<>();
    for (ThreadInfo thread : threads.dumpAllThreads(true, true)) {
      LockInfo lock = thread.getLockInfo();
      all.add(
          JsonObject.builder()
              .put("name", thread.getThreadName())
              .put("state", thread.getThreadState().name())
              .put("waits_for", lock == null ? null : lock.toString())
              .put("held_by", thread.getLockOwnerName())
              .put(
                  "holds",
                  Stream.concat(
                          Arrays.stream(thread.getLockedMonitors()),
                          Arrays.stream(thread.getLockedSynchronizers()))
                      .map(LockInfo::toString)
                      .toList())
              .put(
                  "cpu_ms", Math.max(0, threads.getThreadCpuTime(thread.getThreadId())) / 1_000_000)
              .put("stack", Diagnosis.lines(thread.getStackTrace()))
              .build());
    }
    long[] deadlocked = threads.findDeadlockedThreads();
    return JsonObject.builder()
        .put("deadlocked", deadlocked == null ? 0 : deadlocked.length)
        .put("threads", all)
        .build();
  }

  /** The Java runtime: its version, flags and counters. */
  static JsonObject java() {
    var runtime = ManagementFactory.getRuntimeMXBean();
    MemoryUsage heap = ManagementFactory.getMemoryMXBean().getHeapMemoryUsage();
    List<JsonObject> collectors = new ArrayList<>();
    for (GarbageCollectorMXBean collector : ManagementFactory.getGarbageCollectorMXBeans()) {
      collectors.add(
          JsonObject.builder()
              .put("name", collector.getName())
              .put("runs", collector.getCollectionCount())
              .put("total_ms", collector.getCollectionTime())
              .build());
    }
    return JsonObject.builder()
        .put("version", Runtime.version().toString())
        .put("vendor", System.getProperty("java.vendor"))
        .put("flags", runtime.getInputArguments())
        .put("uptime_ms", runtime.getUptime())
        .put("heap_used_bytes", heap.getUsed())
        .put("heap_max_bytes", heap.getMax())
        .put("collectors", collectors)
        .build();
  }

  /** The kernel's lines about this process. */
  static JsonObject process() throws IOException {
    Path self = Path.of("/proc/self");
    JsonObject.Builder facts = JsonObject.builder().put("pid", ProcessHandle.current().pid());
    for (String name : List.of("status", "limits", "cgroup", "stat", "schedstat")) {
      facts.put(name, Files.readAllLines(self.resolve(name)));
    }
    return facts.build();
  }

  /** Names, sizes and times of the files in its folders; never what is in them. */
  static JsonObject files(ProcessSettings settings) throws IOException {
    JsonObject.Builder folders = JsonObject.builder();
    for (Path root : List.of(settings.folder(), settings.logFolder())) {
      List<String> lines;
      try (Stream<Path> files = Files.walk(root, FOLDERS_DEEP_MAX)) {
        lines =
            files
                .filter(Files::isRegularFile)
                .sorted()
                .limit(FILES_MAX)
                .map(file -> line(root, file))
                .toList();
      }
      folders.put(
          root.toString(),
          JsonObject.builder()
              .put("free_bytes", Files.getFileStore(root).getUsableSpace())
              .put("files", lines)
              .build());
    }
    return folders.build();
  }

  private static String line(Path root, Path file) {
    try {
      return root.relativize(file)
          + " "
          + Files.size(file)
          + " bytes, changed "
          + Files.getLastModifiedTime(file);
    } catch (IOException e) {
      return root.relativize(file) + " cannot be looked at";
    }
  }
}
