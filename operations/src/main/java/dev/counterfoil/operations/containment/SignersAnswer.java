package dev.counterfoil.operations.containment;

import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.bytes.PlainText;
import dev.counterfoil.format.keylog.KeySet;
import dev.counterfoil.format.keys.LogName;
import dev.counterfoil.operations.OperatorException;
import dev.counterfoil.signerprotocol.Commands;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/**
 * What a signer answers that was to be replaced ({@link Commands#REPLACE}), read as a whole before
 * anything is done by it. It may be a thief who answers.
 *
 * @param log short name of the log that it sealed
 * @param size how many tokens it says the log has
 * @param kids the keys that it says it had there
 * @param already whether it says that it was replaced before
 * @param own the names of its logs by its folder; empty where it does not say them as it should
 * @param announced the log that was to follow, and its keys
 */
record SignersAnswer(
    String log,
    long size,
    List<String> kids,
    boolean already,
    Optional<Set<String>> own,
    Optional<OtherLog> announced) {
  /** Most keys that are revoked by a signer's word alone, where nobody can read the key log. */
  static final int NAMED_MAX = 1_024;

  /**
   * The same where the key log can be read and does not have them: those that were stated a moment
   * ago.
   */
  static final int UNSTATED_MAX = 64;

  SignersAnswer {
    kids = List.copyOf(kids);
    own = own.map(Set::copyOf);
  }

  static SignersAnswer parse(JsonObject said) throws FormatException {
    Optional<OtherLog> announced = Optional.empty();
    if (said.has("announced")) {
      JsonObject next = said.object("announced");
      announced = Optional.of(new OtherLog(next.string("log"), next.strings("kids"), true));
    }
    return new SignersAnswer(
        said.string("log"),
        KeySet.position(said, "size"),
        said.strings("kids"),
        said.truth("already"),
        own(said),
        announced);
  }

  /** Whoever garbles it shall not keep his other logs with that. */
  private static Optional<Set<String>> own(JsonObject said) {
    try {
      return Optional.of(Set.copyOf(said.strings("own")));
    } catch (FormatException e) {
      return Optional.empty();
    }
  }

  /**
   * Refuses an answer about what is not the signer's own, or not what it was asked: whoever holds
   * one signer would have another one's keys taken back by it, and keep his.
   *
   * @param signer the name of the one that was asked
   * @param named the log that was named
   * @param again whether it was told to be replaced whatever was replaced before
   */
  void check(String signer, Optional<String> named, boolean again) throws OperatorException {
    for (String one :
        Stream.concat(Stream.of(log), announced.stream().map(OtherLog::log)).toList()) {
      if (!LogName.isOf(signer, one)) {
        throw isLying(signer, "answers of log " + shown(one) + ", which is none of its own");
      }
    }
    boolean isMeant =
        named.isEmpty()
            || named.get().equals(log)
            // A successor's keys are resident beside those of the log that it sealed.
            || (!already && announced.filter(next -> next.log().equals(named.get())).isPresent());
    if (!isMeant) {
      throw isLying(
          signer, "was asked for log " + named.get() + " and answers of log " + shown(log));
    }
    if (again && already) {
      throw isLying(
          signer, "was told to replace itself again, but reports that it was replaced before");
    }
  }

  private static String shown(String said) {
    return PlainText.of(said, OperatorException.SAID_MAX);
  }

  private static OperatorException isLying(String signer, String how) {
    return new OperatorException(
        ("signer %s %s. Somebody else may control it, so this command revokes nothing"
                + " on its word. Stop it, and revoke the keys that counterfoil keys list shows"
                + " for each of its logs: counterfoil compromise --yes --signer-lost LOG --from"
                + " SIZE --kid KID")
            .formatted(signer, how),
        OperatorException.Kind.REFUSED);
  }

  /**
   * Which logs of the signer's name are not its own, by its folder: one that was announced and
   * never began, or a thief's. What is later than the log is its own only where it was replaced
   * before: else nothing followed yet. Where it does not say which are its own, the later ones.
   */
  List<OtherLog> strangers(List<OtherLog> others) {
    return others.stream()
        .filter(
            one ->
                own.map(names -> !names.contains(one.log()) || (one.isLater() && !already))
                    .orElse(one.isLater()))
        .toList();
  }

  /**
   * Keys that a signer names and the key log does not have: a few, since most likely nobody stated
   * them.
   *
   * @param keys what the key log says; empty where it cannot be read
   */
  static List<String> unstated(List<String> named, Optional<KeySet> keys) {
    return named.stream()
        .distinct()
        .filter(kid -> keys.flatMap(set -> set.key(kid)).isEmpty())
        .limit(keys.isPresent() ? UNSTATED_MAX : NAMED_MAX)
        .toList();
  }
}
