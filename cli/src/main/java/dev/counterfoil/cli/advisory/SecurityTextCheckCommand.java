package dev.counterfoil.cli.advisory;

import dev.counterfoil.cli.command.BoundedFile;
import dev.counterfoil.cli.command.CommandFailure;
import dev.counterfoil.cli.command.ExitCode;
import dev.counterfoil.cli.command.LogPlace;
import dev.counterfoil.cli.command.PrintingCommand;
import dev.counterfoil.disclosure.openpgp.OpenPgpCertificate;
import dev.counterfoil.disclosure.validation.Fault;
import dev.counterfoil.disclosure.weaknesses.SecurityText;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.bytes.PlainText;
import dev.counterfoil.verifier.reading.HttpReadSide;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Looks at one. */
@Command(
    name = "check",
    description = {
      "Checks the fields, signature and expiry of a security.txt.",
      "Run it every day. Exit code 0: it is good; 1: it is not, or it must be renewed."
    })
final class SecurityTextCheckCommand extends PrintingCommand {
  private static final Duration TIMEOUT = Duration.ofSeconds(10);

  @Parameters(paramLabel = "FILE|URL", description = "The file, or its address.")
  private String where;

  @Option(
      names = "--key",
      paramLabel = "FILE",
      description = "The public OpenPGP key that must have signed it.")
  private @Nullable Path key;

  @Option(
      names = "--renew-days",
      paramLabel = "N",
      defaultValue = "30",
      description = "How many days before its end it must be renewed (default: ${DEFAULT-VALUE}).")
  private int renewDays;

  @Override
  public Integer call() throws IOException {
    Instant now = InstantSource.system().instant();
    byte[] file =
        LogPlace.isUrl(where)
            ? HttpReadSide.create(TIMEOUT).get(URI.create(where), SecurityText.BYTES_MAX)
            : BoundedFile.read(Path.of(where), SecurityText.BYTES_MAX);
    List<Fault> faults = new ArrayList<>();
    String expires = "";
    try {
      SecurityText text = SecurityText.parse(file);
      expires = text.expires().map(Instant::toString).orElse("");
      faults.addAll(text.faults(now, Duration.ofDays(renewDays)));
      if (key != null) {
        SecurityText.refusal(file, certificate(key), now)
            .ifPresent(why -> faults.add(new Fault("2.3", "signature", why)));
      }
    } catch (FormatException e) {
      faults.add(new Fault("3", "file", String.valueOf(e.getMessage())));
    }
    StringBuilder shown =
        new StringBuilder(faults.isEmpty() ? "GOOD  until " + expires : "NOT GOOD");
    faults.forEach(fault -> shown.append("\n  ").append(PlainText.of(fault.toString(), 300)));
    print(
        JsonObject.builder()
            .put("good", faults.isEmpty())
            .put("expires", expires)
            .put("faults", faults.stream().map(Fault::toString).toList())
            .build(),
        shown.toString());
    return faults.isEmpty() ? ExitCode.OK : ExitCode.NO;
  }

  private static OpenPgpCertificate certificate(Path file) throws IOException {
    try {
      return OpenPgpCertificate.parse(BoundedFile.read(file, OpenPgpCertificate.BYTES_MAX));
    } catch (FormatException e) {
      throw CommandFailure.environment(file + " " + e.getMessage());
    }
  }
}
