package dev.counterfoil.cli;

import dev.counterfoil.format.FormatException;
import dev.counterfoil.format.JsonObject;
import dev.counterfoil.format.KeySet;
import dev.counterfoil.format.KeyStatement;
import dev.counterfoil.installation.Containment;
import dev.counterfoil.installation.Containment.Contained;
import dev.counterfoil.installation.Containment.ContainmentFailedException;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Revokes one key. */
@Command(
    name = "revoke",
    mixinStandardHelpOptions = true,
    description = {
      "Revokes a key: its tokens at and past a position of its log are no good, those below stay good. The signer stops",
      "signing with it and prepares another one. Where a key may be stolen, the whole signer is: counterfoil compromise.",
      "It cannot be taken back."
    })
final class KeysRevokeCommand implements Callable<Integer> {
  @Mixin
  @SuppressWarnings("NullAway.Init") // picocli fills it before the call
  private InstallationOptions installation;

  @Parameters(paramLabel = "KID", description = "The key's thumbprint.")
  @SuppressWarnings("NullAway.Init") // required
  private String kid;

  @Option(
      names = "--from",
      paramLabel = "POSITION",
      description =
          "The first position whose token is no good; 0 for all (default: the size that the log has now, or ended with).")
  private @Nullable Long from;

  @Option(names = "--json", description = "Print JSON.")
  private boolean json;

  @Override
  public Integer call() throws InterruptedException {
    KeySet keys;
    try {
      keys = PublishedKeys.fetch(installation.policy());
    } catch (FormatException e) {
      System.err.println("counterfoil: the key log does not verify: " + e.getMessage());
      return ExitCode.NO;
    }
    KeyStatement key =
        keys.key(kid)
            .orElseThrow(
                () -> CommandFailure.environment("there is no key " + kid + ": see keys list"));
    String log =
        key.log()
            .orElseThrow(
                () ->
                    CommandFailure.environment(
                        "no log records this key's tokens, so only all of them can be no good: withdraw the key"));
    try {
      Containment containment = new Containment(installation.domainFolder());
      Contained done =
          containment.revoke(
              List.of(kid), log, from != null ? from : position(containment, keys, log));
      System.out.println(
          json
              ? JsonObject.builder()
                  .put("kid", kid)
                  .put("log", log)
                  .put("from", done.size())
                  .put("changed", done.changed())
                  .build()
              : "%s: tokens of %s from position %d of log %s on are no good"
                  .formatted(
                      done.changed() ? "REVOKED" : "REVOKED ALREADY", kid, done.size(), log));
      return ExitCode.OK;
    } catch (ContainmentFailedException e) {
      throw CommandFailure.unavailable(String.valueOf(e.getMessage()));
    }
  }

  private static long position(Containment containment, KeySet keys, String log)
      throws ContainmentFailedException, InterruptedException {
    for (KeySet.EndedLog ended : keys.endedLogs()) {
      if (ended.log().equals(log)) {
        return ended.size();
      }
    }
    try {
      JsonObject status = containment.signerStatus().object("log");
      if (status.string("name").equals(log)) {
        return status.number("size");
      }
    } catch (FormatException e) {
      throw CommandFailure.unavailable("the signer's status is not understood: " + e.getMessage());
    }
    throw CommandFailure.environment(
        "log " + log + " is not the signer's: name the first position that is no good with --from");
  }
}
