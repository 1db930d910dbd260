package dev.counterfoil.cli.advisory;

import dev.counterfoil.cli.command.CommandFailure;
import dev.counterfoil.cli.command.ExitCode;
import dev.counterfoil.cli.command.PrintingCommand;
import dev.counterfoil.configuration.ConfigurationException;
import dev.counterfoil.disclosure.advisories.AdvisoryDraft;
import dev.counterfoil.disclosure.advisories.CveRecord;
import dev.counterfoil.disclosure.advisories.OpenVex;
import dev.counterfoil.disclosure.advisories.Profile;
import dev.counterfoil.disclosure.advisories.ProviderSettings;
import dev.counterfoil.disclosure.advisories.TlpLabel;
import dev.counterfoil.format.bytes.JsonObject;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.UUID;
import java.util.regex.Pattern;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Writes a first draft. */
@Command(
    name = "new",
    description = {
      "Writes a draft of an advisory, valid as it stands, for you to fill.",
      "Profiles: base, security_incident_response, informational_advisory, security_advisory, vex;"
          + " cve for a record of the CVE Program (5.2), openvex for an OpenVEX document."
    })
final class AdvisoryNewCommand extends PrintingCommand {
  private static final Pattern ID = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,99}");

  @Parameters(index = "0", paramLabel = "ID", description = "Its id, which never changes.")
  private String id;

  @Option(names = "--title", paramLabel = "TEXT", required = true, description = "Its title.")
  private String title;

  @Option(
      names = "--profile",
      paramLabel = "NAME",
      defaultValue = "security_incident_response",
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

  private byte[] draft(Instant now) throws ConfigurationException {
    ProviderSettings settings = AdvisoryFiles.provider(provider);
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
    byte[] draft = draft(InstantSource.system().instant());
    Files.write(out, draft, StandardOpenOption.CREATE_NEW);
    print(
        JsonObject.builder().put("file", out.toString()).put("id", id).build(),
        "Draft of %s: %s%nFill it, set its status to final, then run: counterfoil advisory check %s"
            .formatted(id, out, out));
    return ExitCode.OK;
  }
}
