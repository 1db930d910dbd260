package dev.counterfoil.cli;

import dev.counterfoil.format.JsonObject;
import dev.counterfoil.installation.Containment;
import dev.counterfoil.installation.Containment.Contained;
import dev.counterfoil.installation.Containment.ContainmentFailedException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Contains the theft of a signer's keys. */
@Command(
    name = "compromise",
    mixinStandardHelpOptions = true,
    description = {
      "Contains the theft of a signer's keys: the signer seals its log, destroys its keys and starts anew with others;",
      "the registrar revokes the old keys from the sealed size on. Tokens issued before stay good, so nobody is logged",
      "out; forged ones are refused. Verifiers see it within seconds."
    })
final class CompromiseCommand implements Callable<Integer> {
  @Mixin
  @SuppressWarnings("NullAway.Init") // picocli fills it before the call
  private InstallationOptions installation;

  @Option(names = "--yes", description = "Do it: without this, it only says what would be done.")
  private boolean yes;

  @Option(
      names = "--signer-lost",
      paramLabel = "LOG",
      description =
          "The signer does not answer: revoke these keys of this log at the registrar alone. Needs --from and --kid.")
  private @Nullable String lostLog;

  @Option(
      names = "--from",
      paramLabel = "POSITION",
      description = "With --signer-lost: the first position whose token is no good.")
  private @Nullable Long from;

  @Option(
      names = "--kid",
      paramLabel = "KID",
      description = "With --signer-lost: a key; may stand several times.")
  private List<String> kids = new ArrayList<>();

  @Option(names = "--json", description = "Print JSON.")
  private boolean json;

  @Override
  public Integer call() throws InterruptedException {
    if (!yes) {
      System.err.println(
          "This would replace the signer of domain "
              + installation.domainName()
              + " and revoke its keys. Clients are served again within seconds. Say --yes to do it.");
      return ExitCode.USAGE;
    }
    Containment containment = new Containment(installation.domainFolder());
    try {
      Contained contained =
          lostLog == null ? containment.replaceSigner() : revokeAlone(containment, lostLog);
      System.out.println(
          json
              ? JsonObject.builder()
                  .put("log", contained.log())
                  .put("size", contained.size())
                  .put("kids", contained.kids())
                  .build()
              : "CONTAINED%n  log %s is sealed at size %d%n  revoked from there on: %s%n  The signer starts anew; see counterfoil keys list."
                  .formatted(
                      contained.log(), contained.size(), String.join(", ", contained.kids())));
      return ExitCode.OK;
    } catch (ContainmentFailedException e) {
      throw CommandFailure.unavailable(String.valueOf(e.getMessage()));
    }
  }

  private Contained revokeAlone(Containment containment, String log)
      throws ContainmentFailedException, InterruptedException {
    if (from == null || kids.isEmpty()) {
      throw CommandFailure.environment(
          "--signer-lost needs --from and --kid: counterfoil keys list shows the keys");
    }
    return containment.revoke(kids, log, from);
  }
}
