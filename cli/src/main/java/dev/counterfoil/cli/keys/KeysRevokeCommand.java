package dev.counterfoil.cli.keys;

import dev.counterfoil.cli.command.CommandFailure;
import dev.counterfoil.cli.command.ExitCode;
import dev.counterfoil.cli.command.FetchedKeys;
import dev.counterfoil.cli.command.InstallationCommand;
import dev.counterfoil.cli.command.JsonLine;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.keylog.KeySet;
import dev.counterfoil.format.keys.KeyStatement;
import dev.counterfoil.format.keys.LogName;
import dev.counterfoil.format.keys.RecordForm;
import dev.counterfoil.format.keys.TokenId;
import dev.counterfoil.format.note.Checkpoint;
import dev.counterfoil.format.note.SignedNote;
import dev.counterfoil.operations.Contained;
import dev.counterfoil.operations.OperatorClient;
import dev.counterfoil.operations.OperatorException;
import dev.counterfoil.verifier.reading.HttpReadSide;
import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Revokes keys. */
@Command(
    name = "revoke",
    description = {
      "Revokes keys: their tokens from a position of the log on become invalid.",
      "Tokens below that stay valid. The signer stops signing with the keys and"
          + " prepares new ones. All keys of a log change at once. If a key may be stolen,"
          + " the whole signer may be: run counterfoil compromise instead. This cannot be"
          + " undone."
    })
final class KeysRevokeCommand extends InstallationCommand {
  private static final Duration FETCH_WITHIN = Duration.ofSeconds(10);

  @Parameters(
      arity = "1..*",
      paramLabel = "KID",
      description = "Thumbprints of the keys. To list them, run counterfoil keys list.")
  private List<String> kids = new ArrayList<>();

  @Option(
      names = "--from",
      paramLabel = "POSITION",
      description =
          "The first position whose token becomes invalid; 0 for all (default: the"
              + " present or final size of the log).")
  private @Nullable Long from;

  @Option(
      names = "--alone",
      description =
          "Do not wait for a second person: for an emergency, where the registrar's"
              + " configuration allows it.")
  private boolean alone;

  @Override
  public Integer call() throws OperatorException, InterruptedException {
    KeySet keys = FetchedKeys.fetch(installation.policy());
    Map<String, List<String>> logs = logs(keys);
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
            "%s: tokens of %s from position %d of log %s on are invalid%n",
            done.changed() ? "REVOKED" : "REVOKED ALREADY",
            String.join(", ", done.kids()),
            done.size(),
            done.log());
      }
    }
    if (json) {
      JsonLine.print(JsonObject.builder().put("changed", changed).put("revoked", revoked).build());
    }
    return ExitCode.OK;
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
                              + ". To list the keys, run counterfoil keys list"));
      String log =
          log(keys, key)
              .orElseThrow(
                  () ->
                      CommandFailure.environment(
                          "no log records the tokens of key "
                              + kid
                              + ", so they can only all be made invalid. Withdraw the key"));
      logs.computeIfAbsent(log, name -> new ArrayList<>()).add(kid);
    }
    return logs;
  }

  /**
   * The log that records a key's tokens. Of several record logs it is the first that goes on: what
   * it takes from a position on is revoked, with all that those after it have.
   */
  private static Optional<String> log(KeySet keys, KeyStatement key) {
    if (!(key.record() instanceof RecordForm.Digest form)) {
      return key.log();
    }
    List<String> newestFirst = keys.logs(form).stream().map(KeySet.StatedLog::name).toList();
    return newestFirst.reversed().stream()
        .filter(name -> keys.endedLogs().stream().noneMatch(end -> end.log().equals(name)))
        .findFirst()
        .or(() -> newestFirst.stream().findFirst())
        .or(key::log);
  }

  /** The size of a log now, by the word of its signer, or that with which it ended. */
  private long position(KeySet keys, String log) throws OperatorException, InterruptedException {
    for (KeySet.EndedLog ended : keys.endedLogs()) {
      if (ended.log().equals(log)) {
        return ended.size();
      }
    }
    if (TokenId.isRecordLogName(log)) {
      return published(keys, log);
    }
    String signer =
        installation.context().signerNames().stream()
            .filter(name -> LogName.isOf(name, log))
            .findFirst()
            .orElseThrow(() -> noSigner(log));
    try {
      JsonObject status =
          new OperatorClient(installation.context(), signer).signerStatus().object("log");
      if (status.string("name").equals(log)) {
        return status.number("size");
      }
    } catch (FormatException e) {
      throw CommandFailure.unavailable("cannot understand the signer's status: " + e.getMessage());
    }
    throw noSigner(log);
  }

  /** How far a record log is published: its digests come from elsewhere, at any time. */
  private static long published(KeySet keys, String log) {
    KeySet.StatedLog stated = keys.log(log).orElseThrow(() -> noSigner(log));
    try {
      byte[] note =
          HttpReadSide.create(FETCH_WITHIN)
              .get(URI.create(stated.url() + "/checkpoint"), SignedNote.BYTES_MAX);
      return Checkpoint.verify(note, stated.key()).size();
    } catch (IOException | FormatException e) {
      throw CommandFailure.unavailable(
          "the size of log " + log + " cannot be read (" + e.getMessage() + "). Give --from");
    }
  }

  private static CommandFailure noSigner(String log) {
    return CommandFailure.environment(
        "log "
            + log
            + " is not a present log of any signer here. Give the first invalid position"
            + " with --from");
  }
}
