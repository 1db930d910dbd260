package dev.counterfoil.cli.advisory;

import dev.counterfoil.cli.command.CommandFailure;
import dev.counterfoil.cli.command.ExitCode;
import dev.counterfoil.cli.command.PrintingCommand;
import dev.counterfoil.disclosure.advisories.ProviderSettings;
import dev.counterfoil.disclosure.openpgp.OpenPgpKey;
import dev.counterfoil.disclosure.validation.Fault;
import dev.counterfoil.disclosure.weaknesses.SecurityText;
import dev.counterfoil.format.bytes.JsonObject;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Writes one. */
@Command(
    name = "make",
    description = {
      "Writes a security.txt (RFC 9116), signed with the key of advisories.",
      "Run it again before it expires: securitytxt check says when."
    })
final class SecurityTextMakeCommand extends PrintingCommand {
  @Option(
      names = "--contact",
      paramLabel = "URI",
      required = true,
      description = "Where to report: https, mailto or tel; may stand several times.")
  private List<String> contacts;

  @Option(
      names = "--vulnerability-policy",
      paramLabel = "URL",
      description = "How you treat reports, and what reporters may do.")
  private @Nullable String vulnerabilityPolicy;

  @Option(names = "--encryption", paramLabel = "URL", description = "A key for encrypted reports.")
  private @Nullable String encryption;

  @Option(
      names = "--languages",
      paramLabel = "LIST",
      defaultValue = "en",
      description = "Languages that you read (default: ${DEFAULT-VALUE}).")
  private String languages;

  @Option(
      names = "--days",
      paramLabel = "N",
      defaultValue = "180",
      description = "How long it counts, at most 364 (default: ${DEFAULT-VALUE}).")
  private int days;

  @Mixin private PublisherOptions publisher;

  @Option(names = "--out", paramLabel = "FILE", required = true, description = "The file.")
  private Path out;

  @Override
  public Integer call() throws Exception {
    Instant now = InstantSource.system().instant().truncatedTo(ChronoUnit.SECONDS);
    ProviderSettings settings = publisher.provider();
    OpenPgpKey signing = publisher.key();
    signing
        .unusable(now)
        .ifPresent(
            why -> {
              throw CommandFailure.environment(why);
            });
    Instant expires = now.plus(Duration.ofDays(days));
    List<Map.Entry<String, String>> fields = new ArrayList<>();
    contacts.forEach(contact -> fields.add(Map.entry("Contact", contact)));
    fields.add(Map.entry("Expires", expires.toString()));
    if (encryption != null) {
      fields.add(Map.entry("Encryption", encryption));
    }
    fields.add(Map.entry("Preferred-Languages", languages));
    fields.add(Map.entry("Canonical", settings.url() + "/.well-known/security.txt"));
    if (vulnerabilityPolicy != null) {
      fields.add(Map.entry("Policy", vulnerabilityPolicy));
    }
    fields.add(Map.entry("CSAF", settings.url() + "/.well-known/csaf/provider-metadata.json"));
    SecurityText text = new SecurityText(fields, false);
    List<Fault> faults = text.faults(now, Duration.ZERO);
    if (!faults.isEmpty() || days < 1) {
      throw CommandFailure.environment(
          "security.txt would not be valid: " + (days < 1 ? "--days" : faults.getFirst()));
    }
    Path fresh = out.resolveSibling(out.getFileName() + ".new");
    Files.writeString(fresh, signing.clearSign(text.text(), now));
    Files.move(fresh, out, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    print(
        JsonObject.builder().put("file", out.toString()).put("expires", expires.toString()).build(),
        "%s counts until %s. Serve it as %s/.well-known/security.txt"
            .formatted(out, expires, settings.url()));
    return ExitCode.OK;
  }
}
