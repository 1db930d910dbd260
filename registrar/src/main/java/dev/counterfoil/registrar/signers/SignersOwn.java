package dev.counterfoil.registrar.signers;

import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.keylog.KeyLogState;
import dev.counterfoil.format.keys.KeyStatement;
import dev.counterfoil.format.keys.LogName;
import dev.counterfoil.format.keys.RecordForm;
import dev.counterfoil.signerprotocol.Answer;
import dev.counterfoil.signerprotocol.Answer.Code;
import dev.counterfoil.signerprotocol.Commands;
import dev.counterfoil.signerprotocol.Request;
import java.util.Optional;
import java.util.Set;

/**
 * What is one signer's own: the logs that begin with its name, its record logs, and the keys that
 * record in its token logs. It has the key log say nothing of anybody else's, so whoever holds one
 * signer does not end the others' logs or retire their keys. What is not known to be its own is
 * not.
 *
 * @param signer its name
 * @param recordLogs names of its record doors
 * @param formerRecordLogs names of those that were its own, and are nobody's now: it ends their
 *     logs when it is replaced
 */
public record SignersOwn(String signer, Set<String> recordLogs, Set<String> formerRecordLogs) {
  public SignersOwn {
    recordLogs = Set.copyOf(recordLogs);
    formerRecordLogs = Set.copyOf(formerRecordLogs);
  }

  /**
   * What keeps the signer from a command; empty when it is about nothing but its own. The registrar
   * judges what it says.
   *
   * @throws FormatException when it does not say what it is about
   */
  public Optional<Answer.Refused> objection(Request.Command command, KeyLogState state)
      throws FormatException {
    JsonObject said = command.arguments();
    return switch (command.name()) {
      case Commands.READ_KEYS -> Optional.empty();
      case Commands.STATE_KEY -> ofStatement(said, state);
      case Commands.STATE_LOG -> unless(isLog(said.string("log_name")));
      case Commands.PAUSE_ROTATION -> unless(isTokenLog(said.string("log")));
      case Commands.RETIRE_KEY -> ofRetirement(said.string("kid"), state);
      case Commands.END_LOG -> ofEnd(said.string("log"), said.optionalString("successor"));
      default -> Optional.of(new Answer.Refused(Code.NOT_ALLOWED, "a signer may not ask this"));
    };
  }

  private Optional<Answer.Refused> ofStatement(JsonObject said, KeyLogState state)
      throws FormatException {
    KeyStatement key = KeyStatement.parse(said.object("key"));
    Optional<KeyStatement> known = state.key(key.kid());
    return unless(
        isTokenLog(said.string("log_name"))
            && key.log().filter(this::isTokenLog).isPresent()
            && (known.isEmpty() || isKey(known.get())));
  }

  private Optional<Answer.Refused> ofRetirement(String kid, KeyLogState state) {
    Optional<KeyStatement> key = state.key(kid);
    if (key.isEmpty()) {
      // Whose it was is forgotten with its statement, when its last token has ended.
      return Optional.of(new Answer.Refused(Code.UNKNOWN, "there is no such key"));
    }
    return unless(isKey(key.get()));
  }

  private Optional<Answer.Refused> ofEnd(String log, Optional<String> successor) {
    boolean followed =
        successor.isEmpty()
            || LogName.parse(log)
                .flatMap(
                    ended ->
                        LogName.parse(successor.get())
                            .filter(next -> next.owner().equals(ended.owner())))
                .isPresent();
    return unless(followed && (isLog(log) || isOf(log, formerRecordLogs)));
  }

  private static Optional<Answer.Refused> unless(boolean own) {
    return own
        ? Optional.empty()
        : Optional.of(
            new Answer.Refused(
                Code.NOT_ITS_OWN,
                "the key or log does not belong to this signer, which may change only"
                    + " its own. If it is the signer's own record log, list it under"
                    + " record-logs in the signer's entry of the registrar's configuration"));
  }

  private boolean isKey(KeyStatement key) {
    return key.record() instanceof RecordForm.Position
        && key.log().filter(this::isTokenLog).isPresent();
  }

  private boolean isTokenLog(String name) {
    return LogName.isOf(signer, name);
  }

  private boolean isLog(String name) {
    return isTokenLog(name) || isOf(name, recordLogs);
  }

  private static boolean isOf(String name, Set<String> doors) {
    return LogName.parse(name).filter(log -> doors.contains(log.owner())).isPresent();
  }
}
