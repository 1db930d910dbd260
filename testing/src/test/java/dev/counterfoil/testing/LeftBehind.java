package dev.counterfoil.testing;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterfoil.format.JsonObject;
import dev.counterfoil.signer.Dumps;
import dev.counterfoil.testing.Distribution.Result;
import dev.counterfoil.testing.Distribution.Running;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * What an installation's processes leave behind when somebody wants it or when they break, searched
 * for the keys of signers and registrars: those that sign, and those that did before.
 */
final class LeftBehind {
  private static final String AUTHORITY = "authority";
  private static final String MONITOR = "monitor";

  /** Smaller than this, it is no image of a running process of Java. */
  private static final long IMAGE_BYTES_MIN = 32L << 20;

  private final Path folder;
  private final Path images;
  private final Dumps dumps;

  /**
   * Looks at an installation.
   *
   * @param folder the data folder lies in it, and all that is searched
   */
  LeftBehind(Path folder) throws IOException {
    this.folder = folder;
    this.images =
        Files.createDirectories(
            folder.resolve("left-behind"),
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
    this.dumps = new Dumps(images);
  }

  static boolean canBeTaken() {
    return Files.isReadable(Path.of("/proc/1/environ"));
  }

  /**
   * The whole memory of authority and monitor holds no key. Who has no rights over processes gets
   * no core of signer and registrar; root gets them without keys, and the signer's with its own
   * when he asks for all of the memory.
   */
  void coresHoldNoKey(Running running, String kid) throws Exception {
    for (String name : List.of(AUTHORITY, MONITOR)) {
      // All that anybody could get of it: to the kernel it has more rights than who has none.
      Path core = dumps.wholeCore(running.pid(name), name);
      assertThat(Files.size(core)).as(name).isGreaterThan(IMAGE_BYTES_MIN);
    }
    for (String name : List.of("signer-main", "registrar-main")) {
      assertThat(dumps.coreAsSameUser(running.pid(name), name)).doesNotExist();
      assertThat(dumps.core(running.pid(name), name)).exists();
    }
    Path whole = dumps.wholeCore(running.pid("signer-main"), "whole");
    assertThat(Files.size(whole)).isGreaterThan(IMAGE_BYTES_MIN);
    List<String> found = new ArrayList<>();
    for (JsonObject finding : ours(images)) {
      // The search is not blind, and what it finds there is nowhere else.
      assertThat(finding.string("path")).as(finding.toString()).contains("/whole.");
      found.add(finding.string("kid"));
    }
    assertThat(found).contains(kid);
    clear();
  }

  /** A process's threads are listed, and then its memory runs out: it writes its heap and ends. */
  void runsOutOfMemory(long process) throws Exception {
    ProcessHandle running = ProcessHandle.of(process).orElseThrow();
    dumps.signal(process, "QUIT");
    dumps.jcmd(process, "Thread.print", "-l", "-e");
    dumps.jcmd(process, "VM.set_flag", "HeapDumpPath", images.toString());
    dumps.jcmd(process, "VM.set_flag", "HeapDumpOnOutOfMemoryError", "true");
    dumps.exhaust(process);
    running.onExit().get(120, TimeUnit.SECONDS);
    Path heap = images.resolve("java_pid" + process + ".hprof");
    assertThat(Files.size(heap)).isGreaterThan(IMAGE_BYTES_MIN);
    assertThat(ours(images)).as("the heap of a process without memory").isEmpty();
    clear();
  }

  /**
   * Heaps and thread dumps of authority and monitor, and what their crash leaves; then all of it is
   * searched, with the data folder, its journals, and logs at their most talkative.
   */
  void nothingElseHoldsAKey(Running running) throws Exception {
    List<Long> crashed = new ArrayList<>();
    for (String name : List.of(AUTHORITY, MONITOR)) {
      long process = running.pid(name);
      ProcessHandle handle = ProcessHandle.of(process).orElseThrow();
      dumps.heap(process, name);
      dumps.jcmd(process, "Thread.print", "-l", "-e");
      dumps.signal(process, "SEGV");
      handle.onExit().get(120, TimeUnit.SECONDS);
      crashed.add(process);
    }
    try (Stream<Path> files = Files.walk(folder)) {
      List<String> names = files.map(file -> String.valueOf(file.getFileName())).toList();
      for (long process : crashed) {
        assertThat(names).contains("hs_err_pid" + process + ".log");
      }
    }
    assertThat(ours(folder)).as("dumps, crash reports, logs, journals, folders").isEmpty();
  }

  /** Keys of the installation, in whatever form; of other people's it may hold some. */
  private List<JsonObject> ours(Path where) throws Exception {
    Result scan = Distribution.run(folder, "scan", "--json", where.toString());
    JsonObject report = scan.json();
    assertThat(report.number("files")).as(scan.err()).isPositive();
    assertThat(report.objects("unopened")).isEmpty();
    List<JsonObject> ours = new ArrayList<>();
    for (JsonObject finding : report.objects("findings")) {
      if (finding.truth("ours")) {
        ours.add(finding);
      }
    }
    return ours;
  }

  private void clear() throws IOException {
    try (Stream<Path> files = Files.list(images)) {
      for (Path file : files.toList()) {
        Files.delete(file);
      }
    }
  }
}
