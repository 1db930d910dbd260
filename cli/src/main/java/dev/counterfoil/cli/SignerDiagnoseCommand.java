package dev.counterfoil.cli;

import dev.counterfoil.format.JsonObject;
import dev.counterfoil.installation.DiagnosisBundle;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Writes what can be had of a process that hangs. */
@Command(
    name = "diagnose",
    mixinStandardHelpOptions = true,
    description = {
      "For a signer or registrar that hangs: writes what can be had of it into a zip file each, threads,",
      "counters, last log lines, configuration, files' sizes, protections. It works when the service",
      "does not, and says what could not be had. No key and no secret is in it."
    })
final class SignerDiagnoseCommand implements Callable<Integer> {
  private static final DateTimeFormatter STAMP =
      DateTimeFormatter.ofPattern("uuuuMMdd-HHmmss").withZone(ZoneOffset.UTC);

  private final InstantSource clock = InstantSource.system();

  @Mixin
  @SuppressWarnings("NullAway.Init") // picocli fills it before the call
  private SignerCommand.Subjects subjects;

  @Option(
      names = "--to",
      paramLabel = "DIR",
      defaultValue = ".",
      description = "Folder for the files (default: the working folder).")
  @SuppressWarnings("NullAway.Init") // has a default
  private Path folder;

  @Option(
      names = "--log",
      paramLabel = "FILE",
      description = "The file that takes what the process prints (default: where up puts it).")
  private @Nullable Path logFile;

  @Option(names = "--json", description = "Print JSON.")
  private boolean json;

  @Override
  public Integer call() throws InterruptedException {
    Instant now = clock.instant();
    List<JsonObject> written = new ArrayList<>();
    for (SignerCommand.Subject subject : subjects.all()) {
      String role = subject.configuration().role().name().toLowerCase(Locale.ROOT);
      String domain = subject.configuration().domain();
      Path to =
          folder.resolve("counterfoil-%s-%s-%s.zip".formatted(role, domain, STAMP.format(now)));
      DiagnosisBundle bundle =
          DiagnosisBundle.collect(
              subject.configuration(), subject.file(), log(subject, role, domain), now);
      try {
        bundle.write(to);
      } catch (IOException e) {
        throw CommandFailure.environment("cannot write " + to + ": " + e.getMessage());
      }
      if (json) {
        written.add(
            JsonObject.builder()
                .put("role", role)
                .put("file", to.toString())
                .put("could_not", bundle.missing())
                .build());
      } else {
        System.out.println("The " + role + " of domain " + domain + ": " + to);
        bundle.missing().forEach(one -> System.out.println("  could not be had: " + one));
      }
    }
    if (json) {
      System.out.println(JsonObject.builder().put("bundles", written).build());
    }
    return ExitCode.OK;
  }

  private Optional<Path> log(SignerCommand.Subject subject, String role, String domain) {
    if (logFile != null) {
      return Optional.of(logFile);
    }
    // Where up puts it: domains/<domain>/<role>/<role>.yaml, and logs/<role>-<domain>.log.
    Path ofUp =
        subject.file().resolve("../../../../logs/" + role + "-" + domain + ".log").normalize();
    return Files.isReadable(ofUp) ? Optional.of(ofUp) : Optional.empty();
  }
}
