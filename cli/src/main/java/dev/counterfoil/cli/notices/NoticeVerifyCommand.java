package dev.counterfoil.cli.notices;

import dev.counterfoil.cli.command.BoundedFile;
import dev.counterfoil.cli.command.CommandFailure;
import dev.counterfoil.cli.command.ExitCode;
import dev.counterfoil.cli.command.InstallationOptions;
import dev.counterfoil.cli.command.PrintingCommand;
import dev.counterfoil.cli.disclosure.DisclosureFile;
import dev.counterfoil.cli.disclosure.WithdrawnKeyCheck;
import dev.counterfoil.disclosure.DisclosureException;
import dev.counterfoil.disclosure.PublicStatement;
import dev.counterfoil.disclosure.SignedDisclosure;
import dev.counterfoil.disclosure.TheftNotice;
import dev.counterfoil.disclosure.VictimCounts;
import dev.counterfoil.disclosure.victims.NoticeText;
import dev.counterfoil.format.policy.TrustPolicy;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Optional;
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
  /** A line for each of 10,000 tenants. */
  private static final int COUNTS_BYTES_MAX = 1 << 20;

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

  @Option(
      names = "--counts",
      paramLabel = "FILE",
      description =
          "The published counts.txt of the incident: also check that your tenant is counted in it.")
  private @Nullable Path counts;

  @Option(
      names = "--statement",
      paramLabel = "FILE",
      description = "The public statement of the same version: also check that it means that list.")
  private @Nullable Path statement;

  @Mixin private WithdrawnKeyCheck withdrawn;

  @Override
  public Integer call() throws IOException {
    SignedDisclosure signed = DisclosureFile.read(file);
    try {
      TrustPolicy trusted = InstallationOptions.readPolicy(policy);
      TheftNotice notice =
          tenant == null
              ? TheftNotice.verify(signed, trusted)
              : TheftNotice.verify(signed, trusted, tenant);
      withdrawn.require(signed, trusted);
      String counted = counted(notice, trusted);
      print(
          notice.toJson(),
          "Genuine: domain %s signed this at %s. Its check code is %s.\n%s\n%s"
              .formatted(
                  notice.domain(),
                  notice.issuedAt(),
                  signed.checkCode(),
                  counted,
                  NoticeText.of(notice, signed.checkCode(), "the address that you know", "en")));
      return ExitCode.OK;
    } catch (DisclosureException e) {
      throw CommandFailure.no("the notice must not be believed: " + e.getMessage());
    }
  }

  private String counted(TheftNotice notice, TrustPolicy trusted)
      throws DisclosureException, IOException {
    Path file = counts;
    if (file == null) {
      if (statement != null) {
        throw CommandFailure.environment("--statement goes with --counts");
      }
      return "";
    }
    byte[] list = BoundedFile.read(file, COUNTS_BYTES_MAX);
    Optional<String> objection =
        VictimCounts.objection(
            new String(list, StandardCharsets.UTF_8), notice.tenant(), notice.details().counted());
    if (objection.isPresent()) {
      throw CommandFailure.no("the counts do not fit the notice: " + objection.get());
    }
    Path published = statement;
    if (published != null
        && PublicStatement.read(DisclosureFile.read(published), trusted)
            .counts()
            .filter(said -> said.isList(list))
            .isEmpty()) {
      throw CommandFailure.no("the statement counts by another list");
    }
    return "Your tenant is counted in " + file + ".\n";
  }
}
