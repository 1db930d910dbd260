package dev.counterfoil.cli;

import dev.counterfoil.cli.command.CommandFailure;
import dev.counterfoil.cli.command.ExitCode;
import dev.counterfoil.cli.command.InstallationCommand;
import dev.counterfoil.cli.command.JsonLine;
import dev.counterfoil.cli.log.LogCheckCommand;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.installation.layout.DataFolder;
import dev.counterfoil.scan.Forms;
import dev.counterfoil.scan.KeyScan;
import dev.counterfoil.scan.Progress;
import dev.counterfoil.scan.Report;
import dev.counterfoil.scan.ScanLimits;
import dev.counterfoil.scan.gate.Gate;
import dev.counterfoil.scan.gate.GateDecision;
import dev.counterfoil.scan.gate.SystemLog;
import dev.counterfoil.scan.key.KeyFolders;
import dev.counterfoil.scan.key.OwnKey;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.InstantSource;
import java.util.List;
import me.tongfei.progressbar.ProgressBar;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Searches for private keys, and lets out what holds none. */
@Command(
    name = "scan",
    description = {
      "Searches files, folders, dumps and archives for private keys.",
      "It finds anybody's keys in the usual formats, and this installation's keys in"
          + " every form that memory and text hold them in. docs/operate/scan.md lists what"
          + " is found and what is not.",
      "With --gate, it takes one file through the dump gate. A clean file is let out;"
          + " any other goes into quarantine.",
      "Exit code 0: clean; 1: a key was found; 3: something could not be examined."
    })
final class ScanCommand extends InstallationCommand {
  private static final String STANDARD_INPUT = "-";
  private static final long MEGABYTE = 1_000_000;

  @Parameters(
      arity = "1..*",
      paramLabel = "PATH",
      description = "Files and folders; - for standard input. With --gate: FROM and TO.")
  private List<String> paths;

  @Option(
      names = "--keys",
      arity = "1..*",
      paramLabel = "FOLDER",
      description =
          "Folders with the public halves and hints of this installation's keys"
              + " (default: the installation's data folder).")
  private @Nullable List<Path> keyFolders;

  @Option(
      names = "--no-own-keys",
      description = "Search only for private keys in general, where there is no installation.")
  private boolean noOwnKeys;

  @Option(
      names = "--gate",
      description = "Let the file FROM out to TO if it is clean; otherwise quarantine it.")
  private boolean gate;

  @Option(
      names = "--gate-folder",
      paramLabel = "DIR",
      description =
          "Where the gate keeps its record and its quarantine (default: gate in the data folder).")
  private @Nullable Path gateFolder;

  @Option(
      names = "--expand-max",
      paramLabel = "BYTES",
      description = "The largest size that all archives together may expand to (default: 256 GiB).")
  private @Nullable Long expandMax;

  @Spec private CommandSpec spec;

  @Override
  public Integer call() throws IOException, InterruptedException {
    List<OwnKey> keys = keys();
    try (ProgressBar bar = LogCheckCommand.bar("scanning", " MB")) {
      bar.maxHint(size() / MEGABYTE);
      Progress progress = read -> bar.stepTo(read / MEGABYTE);
      return gate ? throughTheGate(keys, progress) : scan(keys, progress);
    }
  }

  private List<OwnKey> keys() throws IOException {
    if (noOwnKeys) {
      return List.of();
    }
    List<Path> folders = keyFolders != null ? keyFolders : List.of(installation.context().data());
    for (Path folder : folders) {
      if (!Files.isDirectory(folder)) {
        throw CommandFailure.environment(
            "no keys of this installation are in "
                + folder
                + ": name their folders with --keys, or add --no-own-keys");
      }
    }
    KeyFolders read = KeyFolders.read(folders);
    if (!read.unread().isEmpty()) {
      // Looking for fewer keys than there are would call clean what is not.
      throw CommandFailure.environment(
          "cannot search for every key: " + String.join("; ", read.unread()));
    }
    if (read.keys().isEmpty()) {
      throw CommandFailure.environment(
          "no keys of this installation are in "
              + folders
              + ": name their folders with --keys, or add --no-own-keys");
    }
    return read.keys();
  }

  private long size() {
    long size = 0;
    for (String path : paths) {
      try {
        size +=
            path.equals(STANDARD_INPUT) || Files.isDirectory(Path.of(path))
                ? 0
                : Files.size(Path.of(path));
      } catch (IOException e) {
        // The scan itself says so.
        return -MEGABYTE;
      }
    }
    return size > 0 ? size : -MEGABYTE;
  }

  private ScanLimits limits() {
    ScanLimits standard = ScanLimits.standard();
    return expandMax == null
        ? standard
        : new ScanLimits(standard.depth(), expandMax, standard.ratio(), standard.entries());
  }

  private int scan(List<OwnKey> keys, Progress progress) {
    KeyScan scan = new KeyScan(keys, limits(), progress);
    for (String path : paths) {
      try {
        if (path.equals(STANDARD_INPUT)) {
          scan.search(System.in, STANDARD_INPUT);
        } else {
          scan.search(Path.of(path));
        }
      } catch (IOException e) {
        throw CommandFailure.environment("cannot search " + path + ": " + e.getMessage());
      }
    }
    Report report = scan.report();
    if (json) {
      JsonLine.print(report.json());
    } else {
      print(report);
    }
    return exitCode(report);
  }

  private static int exitCode(Report report) {
    return switch (report.verdict()) {
      case CLEAN -> ExitCode.OK;
      case FOUND -> ExitCode.NO;
      case INCOMPLETE -> ExitCode.ENVIRONMENT;
    };
  }

  private static void print(Report report) {
    report.findings().forEach(System.out::println);
    report.unopened().forEach(part -> System.out.println("not examined: " + part));
    String where =
        "%d files, %d archive entries, %,d bytes, %,d from archives"
            .formatted(report.files(), report.entries(), report.bytes(), report.expandedBytes());
    switch (report.verdict()) {
      case FOUND -> System.out.println("FOUND: " + report.count() + " in " + where);
      case INCOMPLETE ->
          System.out.println("NOT CLEAN: some parts could not be examined, of " + where);
      case CLEAN -> {
        System.out.println("clean: in " + where + ", nothing was found of");
        Forms.LOOKED_FOR.forEach(form -> System.out.println("  - " + form));
        System.out.println("not searched for:");
        Forms.NOT_LOOKED_FOR.forEach(form -> System.out.println("  - " + form));
      }
    }
    System.out.println("own keys searched for: " + report.keys().size());
    if (!report.keysWithoutHint().isEmpty()) {
      System.out.println(
          "without a hint, so only in PEM, DER and JWK: "
              + String.join(", ", report.keysWithoutHint()));
    }
  }

  private int throughTheGate(List<OwnKey> keys, Progress progress) throws InterruptedException {
    if (paths.size() != 2 || paths.contains(STANDARD_INPUT)) {
      throw new ParameterException(spec.commandLine(), "--gate takes two paths: FROM and TO");
    }
    Path folder = gateFolder != null ? gateFolder : installation.context().data().resolve("gate");
    if (gateFolder == null && !Files.isDirectory(installation.context().data())) {
      throw CommandFailure.environment("name the gate's folder with --gate-folder");
    }
    try {
      DataFolder.ownerOnly(folder);
      boolean[] logged = {true};
      SystemLog system = SystemLog.logger();
      Gate passing =
          new Gate(
              folder.toRealPath(),
              keys,
              limits(),
              InstantSource.system(),
              new SecureRandom(),
              line -> logged[0] = system.tell(line));
      GateDecision decision = passing.pass(Path.of(paths.get(0)), Path.of(paths.get(1)), progress);
      int exitCode = tell(decision);
      if (!logged[0]) {
        System.err.println(
            "Warning: the system log did not accept the line (is logger installed?): "
                + passing.record()
                + " has it");
      }
      return exitCode;
    } catch (IOException e) {
      throw CommandFailure.environment("nothing was let out: " + e.getMessage());
    }
  }

  private int tell(GateDecision decision) {
    return switch (decision) {
      case GateDecision.Released released -> {
        if (json) {
          JsonLine.print(
              said("released", released.sha256(), released.report())
                  .put("to", released.to().toString())
                  .build());
        } else {
          print(released.report());
          System.out.println("released: " + released.to() + " (SHA-256 " + released.sha256() + ")");
        }
        yield ExitCode.OK;
      }
      case GateDecision.Quarantined kept -> {
        if (json) {
          JsonLine.print(
              said("quarantined", kept.sha256(), kept.report())
                  .put("quarantine", kept.quarantined().toString())
                  .put("original_removed", kept.originalRemoved())
                  .build());
        } else {
          print(kept.report());
          System.out.println("quarantined: " + kept.quarantined());
          if (!kept.originalRemoved()) {
            System.out.println("the original is still in its place. Delete it:");
          }
        }
        yield exitCode(kept.report());
      }
      case GateDecision.Refused refused ->
          throw CommandFailure.environment(
              "nothing was let out (" + refused.code() + "): " + refused.text());
    };
  }

  private static JsonObject.Builder said(String decision, String sha256, Report report) {
    return JsonObject.builder()
        .put("decision", decision)
        .put("sha256", sha256)
        .put("report", report.json());
  }
}
