package dev.counterfoil.cli.keys;

import dev.counterfoil.cli.command.CommandFailure;
import dev.counterfoil.cli.command.ExitCode;
import dev.counterfoil.cli.command.InstallationOptions;
import dev.counterfoil.cli.command.PublishedKeys;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.keylog.KeySet;
import dev.counterfoil.format.keys.KeyStatement;
import dev.counterfoil.installation.Contained;
import dev.counterfoil.installation.OperatorClient;
import dev.counterfoil.installation.OperatorException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Revokes keys. */
@Command(
    name = "revoke",
    mixinStandardHelpOptions = true,
    description = {
      "Revokes keys: their tokens at and past a position of the log are no good.",
      "Those below stay good. The signer stops signing with the keys and prepares others. All keys of a log go in one "
          + "change. Where a key may be stolen, the whole signer is: counterfoil compromise. It cannot be taken back."
    })
final class KeysRevokeCommand implements Callable<Integer> {
  @Mixin
  @SuppressWarnings("NullAway.Init") // picocli fills it before the call
  private InstallationOptions installation;

  @Parameters(
      arity = "1..*",
      paramLabel = "KID",
      description = "Thumbprints of the keys: counterfoil keys list has them.")
  private List<String> kids = new ArrayList<>();

  @Option(
      names = "--from",
      paramLabel = "POSITION",
      description =
          "The first position whose token is no good; 0 for all (default: the size that the log has now, or ended with).")
  private @Nullable Long from;

  @Option(
      names = "--alone",
      description =
          "Do not wait for a second person: for an emergency, where the registrar's configuration lets you.")
  private boolean alone;

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
    Map<String, List<String>> logs = logs(keys);
    try {
      OperatorClient operators = new OperatorClient(installation.context());
      Map<String, Long> positions = new LinkedHashMap<>();
      for (String log : logs.keySet()) {
        positions.put(log, from != null ? from : position(keys, log));
      }
      List<JsonObject> revoked = new ArrayList<>();
      boolean changed = false;
      for (Map.Entry<String, List<String>> log : logs.entrySet()) {
        long position = positions.getOrDefault(log.getKey(), 0L);
        Contained done =
            alone
                ? operators.revokeAlone(log.getValue(), log.getKey(), position)
                : operators.revoke(log.getValue(), log.getKey(), position);
        changed |= done.changed();
        revoked.add(
            JsonObject.builder()
                .put("log", done.log())
                .put("from", done.size())
                .put("kids", done.kids())
                .build());
        if (!json) {
          System.out.printf(
              "%s: tokens of %s from position %d of log %s on are no good%n",
              done.changed() ? "REVOKED" : "REVOKED ALREADY",
              String.join(", ", done.kids()),
              done.size(),
              done.log());
        }
      }
      if (json) {
        System.out.println(
            JsonObject.builder().put("changed", changed).put("revoked", revoked).build());
      }
      return ExitCode.OK;
    } catch (OperatorException e) {
      throw KeysTaintCommand.failed(e);
    }
  }

  /** The keys by their logs. Nothing is revoked when one of them cannot be. */
  private Map<String, List<String>> logs(KeySet keys) {
    Map<String, List<String>> logs = new LinkedHashMap<>();
    for (String kid : kids) {
      KeyStatement key =
          keys.key(kid)
              .orElseThrow(
                  () ->
                      CommandFailure.environment(
                          "there is no key "
                              + kid
                              + ": counterfoil keys list shows those there are"));
      String log =
          key.log()
              .orElseThrow(
                  () ->
                      CommandFailure.environment(
                          "no log records the tokens of key "
                              + kid
                              + ", so only all of them can be no good: withdraw the key"));
      logs.computeIfAbsent(log, name -> new ArrayList<>()).add(kid);
    }
    return logs;
  }

  /** The size of a log now, by the word of its signer, or that with which it ended. */
  private long position(KeySet keys, String log) throws OperatorException, InterruptedException {
    for (KeySet.EndedLog ended : keys.endedLogs()) {
      if (ended.log().equals(log)) {
        return ended.size();
      }
    }
    String signer =
        installation.context().signerNames().stream()
            .filter(name -> log.matches(Pattern.quote(name) + "g[0-9]+"))
            .findFirst()
            .orElseThrow(() -> noSigner(log));
    try {
      JsonObject status =
          new OperatorClient(installation.context(), signer).signerStatus().object("log");
      if (status.string("name").equals(log)) {
        return status.number("size");
      }
    } catch (FormatException e) {
      throw CommandFailure.unavailable("the signer's status is not understood: " + e.getMessage());
    }
    throw noSigner(log);
  }

  private static CommandFailure noSigner(String log) {
    return CommandFailure.environment(
        "log "
            + log
            + " is none that a signer here has now: name the first position that is no good with"
            + " --from");
  }
}
