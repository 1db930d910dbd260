package dev.counterfoil.cli.signer;

import dev.counterfoil.cli.command.CommandFailure;
import dev.counterfoil.cli.command.ExitCode;
import dev.counterfoil.cli.command.JsonLine;
import dev.counterfoil.cli.command.PrintingCommand;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.installation.Programs;
import dev.counterfoil.installation.doctor.DiagnosisBundle;
import dev.counterfoil.installation.layout.DataFolder;
import dev.counterfoil.scan.ScanLimits;
import dev.counterfoil.scan.gate.Gate;
import dev.counterfoil.scan.gate.GateDecision;
import dev.counterfoil.scan.gate.SystemLog;
import dev.counterfoil.scan.key.KeyFolders;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Instant;
import java.time.InstantSource;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Writes what can be had of a process that hangs. */
@Command(
    name = "diagnose",
    description = {
      "Collects diagnostics of a hanging signer or registrar in a zip file.",
      "Each process gets one file: threads, counters, last log lines, configuration,"
          + " file sizes, protections. It works even if the service does not, and names what"
          + " it could not collect. It collects no key and no secret, and each file passes"
          + " the dump gate before you get it. See counterfoil scan --gate."
    })
final class SignerDiagnoseCommand extends PrintingCommand {
  private static final DateTimeFormatter STAMP =
      DateTimeFormatter.ofPattern("uuuuMMdd-HHmmss").withZone(ZoneOffset.UTC);

  private final InstantSource clock = InstantSource.system();

  @Mixin private SignerCommand.Subjects subjects;

  @Option(
      names = "--to",
      paramLabel = "DIR",
      defaultValue = ".",
      description = "Folder for the files (default: the working folder).")
  private Path folder;

  @Option(
      names = "--log",
      paramLabel = "FILE",
      description = "The file that receives the process's output (default: where up puts it).")
  private @Nullable Path logFile;

  @Option(
      names = "--gate-folder",
      paramLabel = "DIR",
      description =
          "Where the gate keeps its record and its quarantine (default: gate in the"
              + " data folder, or beside the process's folder).")
  private @Nullable Path gateFolder;

  @Override
  public Integer call() throws InterruptedException {
    Instant now = clock.instant();
    List<JsonObject> written = new ArrayList<>();
    boolean allOut = true;
    for (SignerCommand.Subject subject : subjects.all()) {
      String role = subject.configuration().role();
      String domain = subject.configuration().process().domain();
      String part = subject.configuration().part();
      String process = process(role, domain, part.replaceFirst("^signer-", ""));
      Path to =
          folder
              .toAbsolutePath()
              .resolve("counterfoil-%s-%s.zip".formatted(process, STAMP.format(now)));
      DiagnosisBundle bundle =
          DiagnosisBundle.collect(
              subject.configuration(), subject.file(), log(subject, process), now);
      GateDecision decision = throughTheGate(subject, bundle, to);
      if (!(decision instanceof GateDecision.Released)) {
        allOut = false;
      }
      if (json) {
        written.add(
            JsonObject.builder()
                .put("role", role)
                .put("gate", word(decision))
                .put("file", place(decision))
                .put("could_not", bundle.missing())
                .build());
      } else {
        System.out.printf(
            "The %s of domain %s: %s, %s%n",
            part.replace('-', ' '), domain, word(decision), place(decision));
        bundle.missing().forEach(one -> System.out.println("  could not be collected: " + one));
      }
    }
    if (json) {
      JsonLine.print(JsonObject.builder().put("bundles", written).build());
    }
    return allOut ? ExitCode.OK : ExitCode.NO;
  }

  /** The bundle lies beside the gate, for its owner alone, until it is let out. */
  private GateDecision throughTheGate(
      SignerCommand.Subject subject, DiagnosisBundle bundle, Path to) throws InterruptedException {
    Path gate = gateFolder != null ? gateFolder : subjects.zone(subject).resolve("gate");
    try {
      Path own = DataFolder.ownerOnly(gate).toRealPath();
      KeyFolders keys = KeyFolders.read(List.of(subjects.zone(subject)));
      if (!keys.unread().isEmpty()) {
        // Looking for fewer keys than there are would call clean what is not.
        throw CommandFailure.environment(
            "nothing was written, because not every key can be searched for: "
                + String.join("; ", keys.unread()));
      }
      Path made = DataFolder.ownerOnly(own.resolveSibling("diagnosis")).resolve(to.getFileName());
      try {
        bundle.write(made);
        return new Gate(
                own,
                keys.keys(),
                ScanLimits.standard(),
                clock,
                new SecureRandom(),
                SystemLog.logger())
            .pass(made, folder.toRealPath().resolve(String.valueOf(to.getFileName())), read -> {});
      } finally {
        Files.deleteIfExists(made);
      }
    } catch (IOException e) {
      throw CommandFailure.environment("cannot write " + to + ": " + e.getMessage());
    }
  }

  private static String word(GateDecision decision) {
    return switch (decision) {
      case GateDecision.Released released -> "released";
      case GateDecision.Quarantined kept -> "quarantined";
      case GateDecision.Refused refused -> "refused";
    };
  }

  private static String place(GateDecision decision) {
    return switch (decision) {
      case GateDecision.Released released -> released.to().toString();
      case GateDecision.Quarantined kept -> kept.quarantined().toString();
      case GateDecision.Refused refused -> refused.text();
    };
  }

  /** What {@code up} calls a process. */
  static String process(String role, String domain, String signer) {
    return role.equals("signer") ? Programs.signerProcess(domain, signer) : role + "-" + domain;
  }

  private Optional<Path> log(SignerCommand.Subject subject, String process) {
    if (logFile != null) {
      return Optional.of(logFile);
    }
    // Where up puts it: domains/<domain>/<its folder>/<role>.yaml, and logs/<process>.log.
    Path ofUp = subject.file().resolve("../../../../logs/" + process + ".log").normalize();
    return Files.isReadable(ofUp) ? Optional.of(ofUp) : Optional.empty();
  }
}
