package dev.counterfoil.registrar;

import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.keylog.DisclosureKeyStated;
import dev.counterfoil.format.keylog.StatedDisclosureKey;
import dev.counterfoil.registrar.settings.RegistrarConfiguration;
import dev.counterfoil.signerprotocol.Answer;
import dev.counterfoil.signerprotocol.Answer.Code;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * States the keys of the disclosure process in the key log. It takes an operator, by the admin
 * socket, who says which they are: no notice is worth more than that word.
 */
final class DisclosureKeyStating {
  /** Asked again within a day the same statement is meant. */
  private static final Duration SAME = Duration.ofDays(1);

  private final RegistrarConfiguration configuration;
  private final RegistrarLog keyLog;

  DisclosureKeyStating(RegistrarConfiguration configuration, RegistrarLog keyLog) {
    this.configuration = configuration;
    this.keyLog = keyLog;
  }

  Answer state(JsonObject arguments) throws FormatException, GeneralSecurityException {
    arguments.allowOnly("jwk", "vkey", "not_after");
    DisclosureKeyStated event = DisclosureKeyStated.parse(arguments);
    if (!configuration.disclosureKeys()) {
      return new Answer.Refused(
          Code.OUT_OF_SCOPE,
          "verifiers of before this event refuse the key log that has it. Update them all, and"
              + " then set disclosure-keys: true in the registrar's configuration");
    }
    if (keyLog.delegation().isEmpty()) {
      return RegistrarLog.noDelegation();
    }
    String kid = event.key().thumbprint();
    if (keyLog.state().takenBack().contains(kid)) {
      return new Answer.Refused(
          Code.CONFLICT,
          "the key was withdrawn. Move statements.key away from the disclosure process's folder"
              + " and start it again: it makes another");
    }
    Optional<StatedDisclosureKey> standing = standing(event);
    if (standing.isPresent()) {
      return keyLog.unchanged() instanceof Answer.Refused refused
          ? refused
          : stated(false, standing.get().index());
    }
    Optional<String> objection = keyLog.state().disclosureKeys().objection(event, keyLog.now());
    if (objection.isPresent()) {
      return new Answer.Refused(Code.CONFLICT, objection.get());
    }
    long index = keyLog.size();
    return keyLog.give(List.of(event)) instanceof Answer.Refused refused
        ? refused
        : stated(true, index);
  }

  private Optional<StatedDisclosureKey> standing(DisclosureKeyStated event) {
    return keyLog.state().disclosureKeys().all().reversed().stream()
        .filter(key -> key.key().equals(event.key()) && key.log().equals(event.log()))
        .filter(key -> key.at().plus(SAME).isAfter(keyLog.now()))
        .filter(key -> key.notAfter().plus(SAME).isAfter(event.notAfter()))
        .findFirst();
  }

  private Answer stated(boolean changed, long index) {
    return RegistrarLog.done(
        JsonObject.builder().put("changed", changed).put("index", index).build());
  }
}
