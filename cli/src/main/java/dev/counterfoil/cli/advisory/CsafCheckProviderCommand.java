package dev.counterfoil.cli.advisory;

import dev.counterfoil.cli.command.BoundedFile;
import dev.counterfoil.cli.command.CommandFailure;
import dev.counterfoil.cli.command.ExitCode;
import dev.counterfoil.cli.command.LogPlace;
import dev.counterfoil.cli.command.PrintingCommand;
import dev.counterfoil.cli.command.Table;
import dev.counterfoil.disclosure.advisories.ProviderCheck;
import dev.counterfoil.disclosure.advisories.ProviderReport;
import dev.counterfoil.disclosure.advisories.ProviderReport.Role;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.bytes.StrictJson;
import dev.counterfoil.verifier.reading.HttpReadSide;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** Checks a provider from outside. */
@Command(
    name = "check-provider",
    description = {
      "Checks what a CSAF provider publishes, and says which role it fills.",
      "Every document's hash and signature is checked before it is read.",
      "Exit code 0: a trusted provider; 1: less than that, with the reasons."
    })
final class CsafCheckProviderCommand extends PrintingCommand {
  private static final String METADATA = ".well-known/csaf/provider-metadata.json";
  private static final int METADATA_BYTES_MAX = 1 << 20;
  private static final Duration TIMEOUT = Duration.ofSeconds(10);

  @Parameters(
      paramLabel = "DIR|URL",
      description =
          "A published folder, or the https address of a provider or of its"
              + " provider-metadata.json.")
  private String where;

  @Override
  public Integer call() throws IOException, FormatException {
    Instant now = InstantSource.system().instant();
    ProviderReport report = LogPlace.isUrl(where) ? remote(now) : local(now);
    Optional<Role> role = report.role();
    Table table = new Table(100, List.of("", "requirement", "", "why"));
    report
        .requirements()
        .forEach(
            one ->
                table.row(
                    List.of(
                        Integer.toString(one.number()),
                        one.title(),
                        one.verdict().name().replace('_', ' '),
                        one.why().isEmpty() ? "" : one.why().getFirst())));
    String label = role.map(Role::label).orElse("none");
    print(
        JsonObject.builder()
            .put("role", label)
            .put("documents", report.documents())
            .put(
                "requirements",
                report.requirements().stream()
                    .map(
                        one ->
                            JsonObject.builder()
                                .put("number", one.number())
                                .put("title", one.title())
                                .put("verdict", one.verdict().name().toLowerCase(Locale.ROOT))
                                .put("why", one.why())
                                .build())
                    .toList())
            .build(),
        "Role: %s, with %d documents%n%n%s".formatted(label, report.documents(), table));
    return role.equals(Optional.of(Role.TRUSTED_PROVIDER)) ? ExitCode.OK : ExitCode.NO;
  }

  private ProviderReport remote(Instant now) throws IOException, FormatException {
    URI given = URI.create(where);
    URI metadata = where.endsWith(".json") ? given : given.resolve("/" + METADATA);
    return new ProviderCheck(HttpReadSide.create(TIMEOUT)::get, metadata, now).report();
  }

  /** A folder stands for the address that its metadata names. */
  private ProviderReport local(Instant now) throws IOException, FormatException {
    Path given = Path.of(where);
    Path folder = Files.isDirectory(given.resolve("current")) ? given.resolve("current") : given;
    Path file = folder.resolve(METADATA);
    if (!Files.isRegularFile(file)) {
      throw CommandFailure.environment(
          where + " has no " + METADATA + ". Name a published folder, or a URL");
    }
    String canonical =
        StrictJson.object(BoundedFile.read(file, METADATA_BYTES_MAX), METADATA_BYTES_MAX)
            .string("canonical_url");
    if (!canonical.endsWith(METADATA)) {
      throw CommandFailure.no("its canonical_url does not end in " + METADATA);
    }
    String base = canonical.substring(0, canonical.length() - METADATA.length());
    Path top = folder.toRealPath();
    return new ProviderCheck(
            (address, bytesMax) -> {
              Path target = top.resolve(address.toString().replace(base, "")).normalize();
              if (!address.toString().startsWith(base)
                  || !target.startsWith(top)
                  || !Files.isRegularFile(target)) {
                throw new FileNotFoundException(address + " is not in the folder");
              }
              if (Files.size(target) > bytesMax) {
                throw new IOException(target + " is longer than " + bytesMax + " bytes");
              }
              return Files.readAllBytes(target);
            },
            URI.create(canonical),
            now)
        .report();
  }
}
