package dev.counterfoil.testing;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.bytes.StrictJson;
import dev.counterfoil.format.keys.PublicJwk;
import dev.counterfoil.signer.Dumps;
import dev.counterfoil.signer.TestJournal;
import dev.counterfoil.testing.Distribution.Result;
import dev.counterfoil.testing.Distribution.Running;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Comparator;
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

  /** Where the keys lie of the signer that runs now. */
  static Path newestKeys(Path signer) throws IOException {
    try (Stream<Path> files = Files.list(signer)) {
      return files
          .filter(file -> String.valueOf(file.getFileName()).matches("g[0-9]+"))
          .max(
              Comparator.comparingInt(
                  file -> Integer.parseInt(String.valueOf(file.getFileName()).substring(1))))
          .orElseThrow()
          .resolve("keys");
    }
  }

  /** Names of the keys of which the folder says that their private halves are no more. */
  static List<String> destroyed(Path signer) throws Exception {
    List<String> kids = new ArrayList<>();
    try (Stream<Path> files = Files.walk(signer)) {
      for (Path file : files.filter(file -> file.toString().endsWith(".destroyed")).toList()) {
        String label = String.valueOf(file.getFileName()).replace(".destroyed", "");
        assertThat(file.resolveSibling(label + ".sealed")).doesNotExist();
        kids.add(
            PublicJwk.parse(
                    StrictJson.object(
                        Files.readAllBytes(file.resolveSibling(label + ".jwk")), 1 << 14))
                .thumbprint());
      }
    }
    return kids;
  }

  /**
   * The whole memory of authority and monitor holds no key. Who has no rights over processes gets
   * no core of signer and registrar; root gets them without keys, and the signer's with its own
   * when he asks for all of the memory: those that are in use, and none that was destroyed.
   *
   * @param kid a key that is in use
   * @param destroyed keys that are no more
   */
  void coresHoldNoKey(Running running, String kid, List<String> destroyed) throws Exception {
    for (String name : List.of(AUTHORITY, MONITOR)) {
      // All that anybody could get of it: to the kernel it has more rights than who has none.
      Path core = dumps.wholeCore(running.pid(name), name);
      assertThat(Files.size(core)).as(name).isGreaterThan(IMAGE_BYTES_MIN);
    }
    long signer = running.pidNow("/signer/signer.yaml");
    for (long process : new long[] {signer, running.pid("registrar-main")}) {
      assertThat(dumps.coreAsSameUser(process, "same-user")).doesNotExist();
      assertThat(dumps.core(process, "core")).exists();
    }
    Path whole = dumps.wholeCore(signer, "whole");
    assertThat(Files.size(whole)).isGreaterThan(IMAGE_BYTES_MIN);
    List<String> found = new ArrayList<>();
    for (JsonObject finding : ours(images, destroyed)) {
      // The search is not blind, and what it finds there is nowhere else.
      assertThat(finding.string("path")).as(finding.toString()).contains("/whole.");
      found.add(finding.string("kid"));
    }
    assertThat(found).contains(kid).doesNotContainAnyElementsOf(destroyed);
    clear();
  }

  /** A process's threads are listed, and then its memory runs out: it writes its heap and ends. */
  void runsOutOfMemory(long process, String name) throws Exception {
    ProcessHandle running = ProcessHandle.of(process).orElseThrow();
    dumps.signal(process, "QUIT");
    dumps.jcmd(process, "Thread.print", "-l", "-e");
    dumps.jcmd(process, "VM.set_flag", "HeapDumpPath", images.toString());
    dumps.jcmd(process, "VM.set_flag", "HeapDumpOnOutOfMemoryError", "true");
    dumps.exhaust(process);
    running.onExit().get(120, TimeUnit.SECONDS);
    Path heap = images.resolve(name + ".exhausted");
    Files.move(images.resolve("java_pid" + process + ".hprof"), heap);
    assertThat(Files.size(heap)).isGreaterThan(IMAGE_BYTES_MIN);
    assertThat(ours(images, List.of())).as("the heap of a process without memory").isEmpty();
    clear();
  }

  /**
   * Heaps and thread dumps of authority and monitor, and what their crash leaves; then all of it is
   * searched, with the data folder, its journals, logs at their most talkative, the same in the
   * system's journal, and what every process was started with.
   */
  void nothingElseHoldsAKey(Running running, List<String> destroyed) throws Exception {
    startedWithoutSecrets(running);
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
    inTheJournal();
    assertThat(ours(folder, destroyed))
        .as("dumps, crash reports, logs, journals, folders")
        .isEmpty();
  }

  /** Arguments and environment, which the system shows to others and writes down. */
  private void startedWithoutSecrets(Running running) throws Exception {
    List<String> secrets = new ArrayList<>();
    try (Stream<Path> files = Files.walk(folder)) {
      for (Path file : files.filter(file -> file.endsWith("passphrase")).toList()) {
        secrets.add(Files.readString(file).strip());
      }
    }
    assertThat(secrets).as("of root, registrar and signer").hasSizeGreaterThanOrEqualTo(3);
    for (ProcessHandle child : running.children()) {
      for (String part : List.of("cmdline", "environ")) {
        String text =
            Files.readString(
                Path.of("/proc/" + child.pid() + "/" + part), StandardCharsets.ISO_8859_1);
        assertThat(secrets).noneMatch(text::contains);
        assertThat(text).contains(part.equals("cmdline") ? "--config" : "PATH=");
        Files.writeString(images.resolve(part + "-" + child.pid()), text);
      }
    }
  }

  /** What the processes printed, as it leaves the systemd journal that a unit's output goes to. */
  private void inTheJournal() throws Exception {
    try (TestJournal journal = TestJournal.start()) {
      if (journal != null) {
        Path logs = folder.resolve("counterfoil-data/logs");
        try (Stream<Path> files = Files.list(logs)) {
          for (Path file : files.toList()) {
            journal.write(String.valueOf(file.getFileName()), file);
          }
        }
        Path export = journal.export(images.resolve("journal.export"));
        assertThat(Files.readString(export, StandardCharsets.ISO_8859_1))
            .contains("SYSLOG_IDENTIFIER=authority.log", "SYSLOG_IDENTIFIER=monitor.log");
      }
    }
  }

  /**
   * Keys of the installation, in whatever form; of other people's it may hold some. The monitor has
   * keys of its own in the clear, which sign no token: they may lie in its folder and its memory,
   * and are found in each image of it.
   *
   * @param more keys that have to be looked for
   */
  private List<JsonObject> ours(Path where, List<String> more) throws Exception {
    Result scan = Distribution.scan(folder, where);
    JsonObject report = scan.json();
    assertThat(report.number("files")).as(scan.err()).isPositive();
    assertThat(report.objects("unopened")).isEmpty();
    for (String kid : more) {
      assertThat(report.strings("keys")).contains(kid);
      assertThat(report.strings("keys_without_hint")).doesNotContain(kid);
    }
    List<String> monitors = monitorsKeys();
    assertThat(report.strings("keys_without_hint")).doesNotContainAnyElementsOf(monitors);
    List<JsonObject> ours = new ArrayList<>();
    List<String> holding = new ArrayList<>();
    for (JsonObject finding : report.objects("findings")) {
      if (!finding.truth("ours")) {
        continue;
      }
      String path = finding.string("path");
      if (!monitors.contains(finding.string("kid"))) {
        ours.add(finding);
      } else {
        assertThat(path).as(finding.toString()).matches(".*/monitor[./].*");
        holding.add(path);
      }
    }
    try (Stream<Path> files = Files.list(images)) {
      for (Path file : files.toList()) {
        if (String.valueOf(file.getFileName()).startsWith(MONITOR + ".")) {
          assertThat(holding)
              .as("the search is not blind")
              .anyMatch(path -> path.startsWith(file.toString()));
        }
      }
    }
    return ours;
  }

  /** Those with which it cosigns and signs the audit log, by the names that their vkeys carry. */
  private List<String> monitorsKeys() throws IOException {
    List<String> names = new ArrayList<>();
    try (Stream<Path> files = Files.walk(folder.resolve("counterfoil-data/monitor"))) {
      for (Path file : files.filter(file -> file.toString().endsWith(".vkey")).toList()) {
        String hint = String.valueOf(file.getFileName()).replace(".vkey", ".hint");
        if (Files.exists(file.resolveSibling(hint))) {
          String vkey = Files.readString(file);
          names.add(vkey.substring(0, vkey.indexOf('+')));
        }
      }
    }
    assertThat(names).as("of the custodian and the audit log").hasSizeGreaterThanOrEqualTo(2);
    return names;
  }

  private void clear() throws IOException {
    try (Stream<Path> files = Files.list(images)) {
      for (Path file : files.toList()) {
        Files.delete(file);
      }
    }
  }
}
