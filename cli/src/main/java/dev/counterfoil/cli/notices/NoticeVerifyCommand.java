package dev.counterfoil.cli.notices;

import dev.counterfoil.cli.command.CommandFailure;
import dev.counterfoil.cli.command.ExitCode;
import dev.counterfoil.cli.command.InstallationOptions;
import dev.counterfoil.cli.command.PrintingCommand;
import dev.counterfoil.cli.disclosure.DisclosureFile;
import dev.counterfoil.cli.disclosure.WithdrawnKeyCheck;
import dev.counterfoil.disclosure.DisclosureException;
import dev.counterfoil.disclosure.SignedDisclosure;
import dev.counterfoil.disclosure.TheftNotice;
import dev.counterfoil.disclosure.victims.NoticeText;
import dev.counterfoil.format.policy.TrustPolicy;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Verifies a notice. */
@Command(
    name = "verify",
    description = {
      "Verifies a notice offline, and shows it.",
      "It needs the policy that you had before the incident, and without --online no network. Exit"
          + " code 1: it must not be believed."
    })
final class NoticeVerifyCommand extends PrintingCommand {
  @Parameters(paramLabel = "FILE", description = "The signed file.")
  private Path file;

  @Option(
      names = "--policy",
      required = true,
      paramLabel = "POLICY",
      description = "The domain's policy, from before the incident.")
  private Path policy;

  @Option(
      names = "--tenant",
      paramLabel = "TENANT",
      description = "Your tenant: a notice for another one is refused.")
  private @Nullable String tenant;

  @Mixin private WithdrawnKeyCheck withdrawn;

  @Override
  public Integer call() {
    SignedDisclosure signed = DisclosureFile.read(file);
    try {
      TrustPolicy trusted = InstallationOptions.readPolicy(policy);
      TheftNotice notice =
          tenant == null
              ? TheftNotice.verify(signed, trusted)
              : TheftNotice.verify(signed, trusted, tenant);
      withdrawn.require(signed, trusted);
      print(
          notice.toJson(),
          "Genuine: domain %s signed this at %s. Its check code is %s.\n\n%s"
              .formatted(
                  notice.domain(),
                  notice.issuedAt(),
                  signed.checkCode(),
                  NoticeText.of(notice, signed.checkCode(), "the address that you know", "en")));
      return ExitCode.OK;
    } catch (DisclosureException e) {
      throw CommandFailure.no("the notice must not be believed: " + e.getMessage());
    }
  }
}
