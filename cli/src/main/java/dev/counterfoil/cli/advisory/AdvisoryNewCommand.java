package dev.counterfoil.cli.advisory;

import dev.counterfoil.cli.command.CommandFailure;
import dev.counterfoil.cli.command.ExitCode;
import dev.counterfoil.cli.command.PrintingCommand;
import dev.counterfoil.configuration.ConfigurationException;
import dev.counterfoil.disclosure.PublicStatement;
import dev.counterfoil.disclosure.advisories.AdvisoryDraft;
import dev.counterfoil.disclosure.advisories.CveRecord;
import dev.counterfoil.disclosure.advisories.OpenVex;
import dev.counterfoil.disclosure.advisories.Profile;
import dev.counterfoil.disclosure.advisories.ProviderSettings;
import dev.counterfoil.disclosure.advisories.TlpLabel;
import dev.counterfoil.disclosure.documents.StatementAdvisory;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.JsonObject;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.Optional;
import java.util.UUID;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Writes a first draft. */
@Command(
    name = "new",
    description = {
      "Writes a draft of an advisory, valid as it stands, for you to fill.",
      "With --statement it is made from the claims of a published statement, whole.",
      "Profiles: base, security_incident_response, informational_advisory, security_advisory, vex;"
          + " cve for a record of the CVE Program (5.2), openvex for an OpenVEX document."
    })
final class AdvisoryNewCommand extends PrintingCommand {
  private static final String OF_STATEMENTS = "security_incident_response";
  private static final Pattern ID = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,99}");

  @Parameters(index = "0", paramLabel = "ID", description = "Its id, which never changes.")
  private String id;

  @Option(
      names = "--title",
      paramLabel = "TEXT",
      description = "Its title. With --statement, the statement's headline is.")
  private @Nullable String title;

  @Option(
      names = "--profile",
      paramLabel = "NAME",
      defaultValue = OF_STATEMENTS,
      description = "Its profile (default: ${DEFAULT-VALUE}).")
  private String profile;

  @Option(
      names = "--tlp",
      paramLabel = "LABEL",
      defaultValue = "WHITE",
      description = "WHITE, GREEN, AMBER or RED (default: ${DEFAULT-VALUE}).")
  private TlpLabel tlp;

  @Option(
      names = "--provider",
      paramLabel = "FILE",
      defaultValue = "provider.yaml",
      description = "Who publishes, and where (default: ${DEFAULT-VALUE}).")
  private Path provider;

  @Option(names = "--out", paramLabel = "FILE", required = true, description = "The new file.")
  private Path out;

  @Mixin private PublishedStatement published;

  private byte[] draft(Optional<PublicStatement> statement, Instant now)
      throws ConfigurationException, FormatException {
    ProviderSettings settings = AdvisoryFiles.provider(provider);
    if (statement.isPresent()) {
      if (title != null || !profile.equals(OF_STATEMENTS)) {
        throw CommandFailure.environment(
            "from a statement comes an advisory of the profile "
                + OF_STATEMENTS
                + ", with the statement's headline: leave out --title and --profile");
      }
      return StatementAdvisory.first(statement.get(), id, settings, tlp, now);
    }
    return blank(settings, title(), now);
  }

  private String title() {
    String given = title;
    if (given == null) {
      throw CommandFailure.environment("name it with --title, or its statement with --statement");
    }
    return given;
  }

  private byte[] blank(ProviderSettings settings, String title, Instant now) {
    return switch (profile) {
      case "cve" ->
          CveRecord.draft(
              id, title, settings, organization(settings), now.truncatedTo(ChronoUnit.SECONDS));
      case "openvex" -> OpenVex.draft(id, settings, now.truncatedTo(ChronoUnit.SECONDS));
      default ->
          AdvisoryDraft.of(
              Profile.of("csaf_" + profile)
                  .orElseThrow(
                      () ->
                          CommandFailure.environment(
                              "there is no profile "
                                  + profile
                                  + ". The help names those there are")),
              id,
              title,
              settings,
              tlp,
              now);
    };
  }

  private static UUID organization(ProviderSettings settings) {
    try {
      return UUID.fromString(settings.cveOrganization().orElse(""));
    } catch (IllegalArgumentException e) {
      throw CommandFailure.environment(
          "a CVE record names its organization: write cve-organization, the UUID that the CVE"
              + " Program gave you, into the provider's file");
    }
  }

  @Override
  public Integer call() throws Exception {
    if (!ID.matcher(id).matches()) {
      throw CommandFailure.environment(
          "an id has letters, digits, dots, hyphens and underscores, such as CF-2026-0001");
    }
    Optional<PublicStatement> statement = published.read();
    byte[] draft = draft(statement, InstantSource.system().instant());
    Files.write(out, draft, StandardOpenOption.CREATE_NEW);
    print(
        JsonObject.builder().put("file", out.toString()).put("id", id).build(),
        (statement.isPresent()
                ? "Advisory %s, from the claims of the statement: %s%nThen run: counterfoil advisory check %s"
                : "Draft of %s: %s%nFill it, set its status to final, then run: counterfoil advisory check %s")
            .formatted(id, out, out));
    return ExitCode.OK;
  }
}
