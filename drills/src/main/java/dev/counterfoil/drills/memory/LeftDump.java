package dev.counterfoil.drills.memory;

import dev.counterfoil.drills.log.LogStage;
import dev.counterfoil.drills.run.Await;
import dev.counterfoil.drills.run.Drill;
import dev.counterfoil.drills.run.DrillRun;
import dev.counterfoil.installation.ChildProcess;
import dev.counterfoil.installation.layout.DataFolder;
import dev.counterfoil.log.checkpoint.Level;
import dev.counterfoil.scan.KeyScan;
import dev.counterfoil.scan.Progress;
import dev.counterfoil.scan.Report;
import dev.counterfoil.scan.ScanLimits;
import dev.counterfoil.scan.finding.ScanFinding;
import dev.counterfoil.scan.gate.Gate;
import dev.counterfoil.scan.gate.GateDecision;
import dev.counterfoil.scan.key.KeyFolders;
import dev.counterfoil.scan.key.OwnKey;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

/**
 * Images are taken of every process's memory, as one finds them after a crash, and searched for the
 * installation's keys in every form; then somebody wants to take files out of the signing zone.
 */
public final class LeftDump extends Drill {
  private static final int TOKENS = 200;

  /**
   * Copies of a key in the native memory of the process that uses it: the one that is used, and the
   * scalars that signing with Ed25519 leaves on the stacks of threads.
   */
  private static final long COPIES_MAX = 8;

  public LeftDump() {
    super("dump");
  }

  @Override
  protected void play(DrillRun run) throws Exception {
    LogStage stage = new LogStage(run, Level.DURABLE);
    Path folder = run.folder();
    run.act(1, "as always");
    boolean flows = stage.traffic().awaitMore(TOKENS, Await.PATIENCE);
    DataFolder.DomainFolder of = stage.folders();
    List<OwnKey> keys = KeyFolders.read(List.of(of.signer(), of.registrar())).keys();
    List<String> blind =
        keys.stream().filter(key -> key.hint().isEmpty()).map(OwnKey::kid).toList();
    run.observe(
        "dump.keys-can-be-found",
        flows && !keys.isEmpty() && blind.isEmpty(),
        "%d keys, %d without a hint".formatted(keys.size(), blind.size()));

    Path taken = DataFolder.ownerOnly(folder.resolve("images"));
    MemoryImages images = new MemoryImages(taken);
    withoutRights(run, stage, images);
    asRoot(run, stage, images, keys);

    run.act(4, "the search is not blind");
    Path decoyFolder = DataFolder.ownerOnly(folder.resolve("decoy"));
    Path heap = decoysHeap(decoyFolder, folder, images);
    List<OwnKey> decoy = KeyFolders.read(List.of(decoyFolder)).keys();
    Report seen = scan(decoy, heap);
    run.observe(
        "dump.decoy-found",
        seen.findings().stream().anyMatch(ScanFinding::isOurs),
        seen.findings().stream().filter(ScanFinding::isOurs).count() + " places in its heap dump");

    gate(run, stage, folder, heap, decoy);
  }

  private static void withoutRights(DrillRun run, LogStage stage, MemoryImages images)
      throws IOException, InterruptedException {
    run.act(2, "images taken without rights");
    List<String> cores = new ArrayList<>();
    List<String> heaps = new ArrayList<>();
    for (ChildProcess process : keyHolders(stage)) {
      if (images.coreWithoutRights(pid(process)).isPresent()) {
        cores.add(process.name());
      }
      if (images.heap(pid(process)).isPresent()) {
        heaps.add(process.name());
      }
    }
    run.observe(
        "dump.no-core-without-rights",
        cores.isEmpty(),
        cores.isEmpty() ? "none came" : "of " + cores);
    run.observe(
        "dump.no-heap-dump", heaps.isEmpty(), heaps.isEmpty() ? "none came" : "of " + heaps);
  }

  private static void asRoot(DrillRun run, LogStage stage, MemoryImages images, List<OwnKey> keys)
      throws IOException, InterruptedException {
    run.act(3, "images by root");
    if (!MemoryImages.isRoot()) {
      run.observe("dump.cores-hold-no-key", true, "not examined: the drill does not run as root");
      run.observe(
          "dump.native-copies-counted", true, "not examined: the drill does not run as root");
      return;
    }
    List<String> dirty = new ArrayList<>();
    int cores = 0;
    for (ChildProcess process : stage.processes()) {
      Optional<Path> core = images.core(pid(process));
      if (core.isPresent()) {
        cores++;
        List<ScanFinding> found = ours(scan(keys, core.get()));
        found.forEach(finding -> dirty.add(process.name() + ": " + finding.what()));
        Files.delete(core.get());
      }
    }
    run.observe(
        "dump.cores-hold-no-key",
        dirty.isEmpty() && cores == stage.processes().size(),
        "%d cores of %d processes, keys in them: %s"
            .formatted(cores, stage.processes().size(), dirty));

    boolean counted = true;
    List<String> copies = new ArrayList<>();
    for (ChildProcess process : keyHolders(stage)) {
      Path core =
          images
              .wholeCore(pid(process))
              .orElseThrow(() -> new IOException("gcore gave nothing: is gdb installed?"));
      List<ScanFinding> found = ours(scan(keys, core));
      Map<String, Long> each =
          found.stream()
              .collect(
                  Collectors.groupingBy(
                      finding -> finding.kid().orElseThrow(), Collectors.counting()));
      Files.delete(core);
      List<String> own = kids(process, stage);
      counted &= !each.isEmpty() && own.containsAll(each.keySet());
      counted &= each.values().stream().allMatch(count -> count <= COPIES_MAX);
      copies.add(process.name() + " " + forms(found));
    }
    run.observe(
        "dump.native-copies-counted", counted, "copies of each key: " + String.join(", ", copies));
  }

  private static void gate(DrillRun run, LogStage stage, Path folder, Path heap, List<OwnKey> decoy)
      throws Exception {
    run.act(5, "files want to leave");
    List<OwnKey> keys = new ArrayList<>(decoy);
    keys.addAll(KeyFolders.read(List.of(stage.folders().path())).keys());
    Path real = folder.toRealPath();
    Path out = DataFolder.ownerOnly(real.resolve("out"));
    Gate gate =
        new Gate(
            real.resolve("gate"),
            keys,
            ScanLimits.standard(),
            run.clock(),
            run.random(),
            line -> true);
    List<Path> logs = stage.processes().stream().map(ChildProcess::output).toList();
    Path clean = bundle(real.resolve("logs.zip"), logs);
    GateDecision first = gate.pass(clean, out.resolve("logs.zip"), Progress.none());
    run.observe(
        "dump.gate-lets-clean-out",
        first instanceof GateDecision.Released && Files.exists(out.resolve("logs.zip")),
        said(first));
    List<Path> more = new ArrayList<>(logs);
    more.add(heap);
    Path dirty = bundle(real.resolve("dump.zip"), more);
    GateDecision second = gate.pass(dirty, out.resolve("dump.zip"), Progress.none());
    run.observe(
        "dump.gate-quarantines",
        second instanceof GateDecision.Quarantined kept
            && Files.exists(kept.quarantined())
            && !Files.exists(out.resolve("dump.zip"))
            && !Files.exists(dirty),
        said(second));
  }

  private static String said(GateDecision decision) {
    return switch (decision) {
      case GateDecision.Released released -> "let out";
      case GateDecision.Quarantined kept -> "in quarantine; findings: " + kept.report().count();
      case GateDecision.Refused refused -> "refused: " + refused.code();
    };
  }

  private static Path bundle(Path zip, List<Path> files) throws IOException {
    try (OutputStream file = Files.newOutputStream(zip);
        ZipOutputStream out = new ZipOutputStream(file)) {
      for (Path each : files) {
        out.putNextEntry(new ZipEntry(String.valueOf(each.getFileName())));
        Files.copy(each, out);
      }
    }
    return zip;
  }

  /** Starts a program that holds a key on its heap, and takes its heap. */
  private static Path decoysHeap(Path decoyFolder, Path drillFolder, MemoryImages images)
      throws IOException, InterruptedException {
    Process decoy =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx32m",
                "-XX:+UseSerialGC",
                "-cp",
                System.getProperty("java.class.path"),
                DecoyMain.class.getName(),
                decoyFolder.toString(),
                drillFolder.toString())
            .redirectErrorStream(true)
            .start();
    try {
      // The Java runtime may say first what it takes from the environment.
      List<String> said = new ArrayList<>();
      while (!said.contains("holding")) {
        String line = decoy.inputReader().readLine();
        if (line == null) {
          throw new IOException("the decoy did not start: " + String.join("; ", said));
        }
        said.add(line);
      }
      return images
          .heap(decoy.pid())
          .orElseThrow(() -> new IOException("no heap dump of the decoy came"));
    } finally {
      decoy.destroyForcibly().waitFor();
    }
  }

  private static List<ChildProcess> keyHolders(LogStage stage) {
    return stage.processes().stream()
        .filter(
            process ->
                process.name().startsWith("signer-") || process.name().startsWith("registrar-"))
        .toList();
  }

  /** Names of the keys that a process may hold: those below its own folder. */
  private static List<String> kids(ChildProcess process, LogStage stage) throws IOException {
    Path folder =
        process.name().startsWith("signer-")
            ? stage.folders().signer()
            : stage.folders().registrar();
    return KeyFolders.read(List.of(folder)).keys().stream().map(OwnKey::kid).toList();
  }

  private static long pid(ChildProcess process) {
    return Objects.requireNonNull(process.process(), "between two starts").pid();
  }

  /** How many of each kind of secret, in each order of bytes. */
  private static Map<String, Long> forms(List<ScanFinding> found) {
    return found.stream()
        .collect(
            Collectors.groupingBy(
                finding ->
                    finding.what() + finding.layout().map(order -> " " + order.text()).orElse(""),
                TreeMap::new,
                Collectors.counting()));
  }

  private static List<ScanFinding> ours(Report report) {
    return report.findings().stream().filter(ScanFinding::isOurs).toList();
  }

  private static Report scan(List<OwnKey> keys, Path path) throws IOException {
    KeyScan scan = new KeyScan(keys, ScanLimits.standard(), Progress.none());
    scan.search(path);
    return scan.report();
  }
}
