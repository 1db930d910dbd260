package dev.counterfoil.cli.log;

import dev.counterfoil.cli.command.CommandFailure;
import dev.counterfoil.cli.command.ExitCode;
import dev.counterfoil.cli.command.FetchedKeys;
import dev.counterfoil.cli.command.LogPlace;
import dev.counterfoil.cli.command.PolicyFile;
import dev.counterfoil.format.keylog.KeySet.StatedLog;
import dev.counterfoil.format.note.NoteKey;
import dev.counterfoil.format.policy.LogPolicy;
import dev.counterfoil.format.policy.TrustPolicy;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** Writes the policy file that an auditor needs to check proofs offline. */
@Command(
    name = "policy",
    mixinStandardHelpOptions = true,
    description = {
      "Prints a plain tlog-policy, with which others check proofs offline.",
      "It contains the keys of the domain's logs, as the domain's key set states them,"
          + " verified from the root. It also contains the witnesses and the quorum of the"
          + " trust policy."
    })
final class LogPolicyCommand implements Callable<Integer> {
  @Mixin private LogPlace place;

  @Override
  public Integer call() throws InterruptedException {
    PolicyFile policy =
        place
            .policy()
            .orElseThrow(
                () ->
                    CommandFailure.environment(
                        "no installation. Name a trust policy with --policy"));
    TrustPolicy trust =
        policy
            .trust()
            .orElseThrow(
                () ->
                    CommandFailure.environment(
                        "a plain tlog-policy lists its logs already, so there is"
                            + " nothing to look up"));
    List<LogPolicy.PinnedLog> logs = new ArrayList<>(policy.logs().logs());
    for (NoteKey key : FetchedKeys.fetch(trust).logs().stream().map(StatedLog::key).toList()) {
      if (logs.stream().noneMatch(pinned -> pinned.key().equals(key))) {
        String name = key.name().substring(key.name().lastIndexOf('/') + 1);
        logs.add(new LogPolicy.PinnedLog(key, Optional.of(trust.issuer() + "/logs/" + name)));
      }
    }
    System.out.print(
        new LogPolicy(
                logs, policy.logs().witnesses(), policy.logs().groups(), policy.logs().quorum())
            .text());
    return ExitCode.OK;
  }
}
