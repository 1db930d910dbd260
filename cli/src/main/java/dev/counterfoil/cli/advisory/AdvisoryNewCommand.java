package dev.counterfoil.cli.advisory;

import dev.counterfoil.cli.command.CommandFailure;
import dev.counterfoil.cli.command.ExitCode;
import dev.counterfoil.cli.command.PrintingCommand;
import dev.counterfoil.disclosure.advisories.AdvisoryDraft;
import dev.counterfoil.disclosure.advisories.Profile;
import dev.counterfoil.disclosure.advisories.TlpLabel;
import dev.counterfoil.format.bytes.JsonObject;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.InstantSource;
import java.util.regex.Pattern;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Writes a first draft. */
@Command(
    name = "new",
    description = {
      "Writes a draft of an advisory, valid as it stands, for you to fill.",
      "Profiles: base, security_incident_response, informational_advisory, security_advisory, vex."
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

  @Override
  public Integer call() throws Exception {
    if (!ID.matcher(id).matches()) {
      throw CommandFailure.environment(
          "an id has letters, digits, dots, hyphens and underscores, such as CF-2026-0001");
    }
    byte[] draft =
        AdvisoryDraft.of(
            Profile.of("csaf_" + profile)
                .orElseThrow(
                    () ->
                        CommandFailure.environment(
                            "there is no profile " + profile + ". The help names those there are")),
            id,
            title,
            AdvisoryFiles.provider(provider),
            tlp,
            InstantSource.system().instant());
    Files.write(out, draft, StandardOpenOption.CREATE_NEW);
    print(
        JsonObject.builder().put("file", out.toString()).put("id", id).build(),
        "Draft of %s: %s%nFill it, set its status to final, then run: counterfoil advisory check %s"
            .formatted(id, out, out));
    return ExitCode.OK;
  }
}
