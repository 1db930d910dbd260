package dev.counterfoil.registrar;

import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.keylog.KeyLog;
import dev.counterfoil.format.keylog.KeyLogEntry;
import dev.counterfoil.format.keylog.KeyLogEvent;
import dev.counterfoil.format.keylog.KeyLogEvent.WithdrawalReason;
import dev.counterfoil.format.keylog.KeyLogState;
import dev.counterfoil.format.keylog.KeySet;
import dev.counterfoil.format.keys.KeyStatement;
import dev.counterfoil.format.keys.LogName;
import dev.counterfoil.format.keys.RecordForm;
import dev.counterfoil.format.keys.StatementSigner;
import dev.counterfoil.format.keys.TokenId;
import dev.counterfoil.format.note.NoteKey;
import dev.counterfoil.format.root.Delegation;
import dev.counterfoil.process.ServedTenants;
import dev.counterfoil.registrar.settings.RegistrarConfiguration;
import dev.counterfoil.registrar.settings.SignerEntry;
import dev.counterfoil.registrar.signers.StatingRules;
import dev.counterfoil.signerprotocol.Answer;
import dev.counterfoil.signerprotocol.Answer.Code;
import java.net.URI;
import java.security.GeneralSecurityException;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The registrar's commands that give trust, or say where to look for what gives it: keys and logs
 * are stated, a log moves, a rotation is paused. Each needs a delegation of the root that stands.
 */
final class KeyStating {
  /** Keys of each other signer that find room whatever one has stated. */
  private static final int KEPT_FOR_EACH = 100;

  private final RegistrarConfiguration configuration;
  private final RegistrarLog keyLog;
  private final ServedTenants tenants;

  KeyStating(RegistrarConfiguration configuration, ServedTenants tenants, RegistrarLog keyLog) {
    this.configuration = configuration;
    this.keyLog = keyLog;
    this.tenants = tenants;
  }

  private StatingRules rules() {
    return new StatingRules(
        configuration.process().domain(),
        configuration.process().issuer().toString(),
        tenants.purposes());
  }

  Answer stateKey(JsonObject arguments) throws FormatException, GeneralSecurityException {
    arguments.allowOnly("key", "log_name", "log_vkey", "log_url");
    KeyStatement key = KeyStatement.parse(arguments.object("key"));
    KeySet.StatedLog stated = statedLog(arguments);
    Optional<KeyStatement> known = keyLog.state().key(key.kid());
    if (keyLog.state().isWithdrawn(key.kid())) {
      return new Answer.Refused(Code.CONFLICT, "the key was withdrawn");
    }
    if (known.isPresent() && known.get().equals(key) && isStated(stated)) {
      return keyLog.unchanged();
    }
    if (known.isPresent()) {
      return new Answer.Refused(Code.CONFLICT, "the key is stated already, otherwise");
    }
    Optional<Delegation> delegation = keyLog.delegation();
    if (delegation.isEmpty()) {
      return RegistrarLog.noDelegation();
    }
    Optional<Answer.Refused> objection =
        objection(key, stated, delegation.get())
            .or(() -> tooManyKeys(LogName.parse(stated.name())));
    if (objection.isPresent()) {
      return objection.get();
    }
    KeyLogEvent.Gives keyStated = new KeyLogEvent.KeyStated(key);
    return keyLog.give(
        keyLog.state().log(stated.name()).isPresent()
            ? List.of(keyStated)
            : List.of(new KeyLogEvent.LogStated(stated), keyStated));
  }

  /** Another issuer's key, which nobody here signs with. */
  Answer adoptKey(JsonObject arguments) throws FormatException, GeneralSecurityException {
    arguments.allowOnly("key");
    KeyStatement key = KeyStatement.parse(arguments.object("key"));
    if (keyLog.state().isWithdrawn(key.kid())) {
      return new Answer.Refused(Code.CONFLICT, "the key was withdrawn");
    }
    Optional<KeyStatement> known = keyLog.state().key(key.kid());
    if (known.isPresent()) {
      return known.get().equals(key)
          ? keyLog.unchanged()
          : new Answer.Refused(Code.CONFLICT, "the key is stated already, otherwise");
    }
    Optional<Delegation> delegation = keyLog.delegation();
    if (delegation.isEmpty()) {
      return RegistrarLog.noDelegation();
    }
    Optional<Answer.Refused> objection =
        AdoptedKey.objection(key, tenants.purposes(), delegation.get(), keyLog.now())
            .flatMap(KeyStating::outOfScope)
            .or(() -> tooManyKeys(Optional.empty()));
    return objection.isPresent()
        ? objection.get()
        : keyLog.give(List.of(new KeyLogEvent.KeyStated(key)));
  }

  /**
   * Keys that an operator took back take no room: whoever had as many stated as may be keeps out
   * the others' only until then. Retired ones do, as signers retire keys themselves. For each other
   * signer some room is kept, so that who holds one does not keep the others' next keys out.
   *
   * @param log of the signer that asks; empty for an operator
   */
  private Optional<Answer.Refused> tooManyKeys(Optional<LogName> log) {
    KeyLogState state = keyLog.state();
    state.forget(keyLog.now());
    Map<String, Integer> standing = new HashMap<>();
    int taken = 0;
    for (KeyStatement key : state.trustedKeys()) {
      boolean ended = !keyLog.now().isBefore(key.verifyUntil());
      if (!ended
          && state.taintedKey(key.kid()).isEmpty()
          && state.revokedKey(key.kid()).isEmpty()) {
        taken++;
        key.log()
            .flatMap(LogName::parse)
            .ifPresent(of -> standing.merge(of.owner(), 1, Integer::sum));
      }
    }
    List<SignerEntry> signers = configuration.signers();
    int share = Math.min(KEPT_FOR_EACH, KeyLogState.KEYS_MAX / (2 * signers.size()));
    if (log.isPresent()) {
      for (SignerEntry other : signers) {
        boolean asks = other.name().equals(log.get().owner());
        taken += asks ? 0 : Math.max(0, share - standing.getOrDefault(other.name(), 0));
      }
    }
    return taken < KeyLogState.KEYS_MAX
        ? Optional.empty()
        : Optional.of(
            new Answer.Refused(
                Code.BUSY,
                "no more keys can be stated. Wait until the tokens of one have"
                    + " expired, or revoke those that nobody needs with counterfoil keys"
                    + " revoke"));
  }

  Answer stateLog(JsonObject arguments) throws FormatException, GeneralSecurityException {
    arguments.allowOnly("log_name", "log_vkey", "log_url");
    KeySet.StatedLog stated = statedLog(arguments);
    if (isStated(stated)) {
      return keyLog.unchanged();
    }
    if (keyLog.delegation().isEmpty()) {
      return RegistrarLog.noDelegation();
    }
    Optional<Answer.Refused> objection = objection(stated);
    if (objection.isPresent()) {
      return objection.get();
    }
    if (keyLog.state().log(stated.name()).isPresent()) {
      return new Answer.Refused(Code.CONFLICT, "the log is stated already, otherwise");
    }
    return keyLog.give(List.of(new KeyLogEvent.LogStated(stated)));
  }

  /** Whether a log is stated as its signer states it; it may have moved since. */
  private boolean isStated(KeySet.StatedLog log) {
    return log.url().equals(configuration.process().logUrl(log.name()))
        && keyLog
            .state()
            .log(log.name())
            .filter(stated -> stated.key().equals(log.key()))
            .isPresent();
  }

  /** The log of a {@code state-key} or {@code state-log} command. */
  private static KeySet.StatedLog statedLog(JsonObject json) throws FormatException {
    String name = json.string("log_name");
    if (!TokenId.isLogName(name) || name.equals(KeyLog.NAME)) {
      throw new FormatException("log_name is no name of a token log");
    }
    try {
      return new KeySet.StatedLog(
          name, NoteKey.parse(json.string("log_vkey")), URI.create(json.string("log_url")));
    } catch (IllegalArgumentException e) {
      throw new FormatException("log_url is no URL", e);
    }
  }

  /** The registrar's own scope, and then the root's. */
  private Optional<Answer.Refused> objection(
      KeyStatement key, KeySet.StatedLog log, Delegation delegation) {
    Optional<Answer.Refused> ofKey =
        rules().objection(key, delegation, keyLog.state(), keyLog.now());
    if (ofKey.isPresent()) {
      return ofKey;
    }
    if (!key.record().equals(new RecordForm.Position(log.name()))) {
      return outOfScope("the key records in another log");
    }
    return objection(log);
  }

  private Optional<Answer.Refused> objection(KeySet.StatedLog log) {
    if (!log.key().name().equals(configuration.process().origin(log.name()))
        || !log.url().equals(configuration.process().logUrl(log.name()))) {
      return outOfScope("the log is not named as a log of this issuer");
    }
    if (keyLog.state().ended(log.name()).isPresent()) {
      return Optional.of(new Answer.Refused(Code.CONFLICT, "the log has ended"));
    }
    if (keyLog
        .state()
        .log(log.name())
        .filter(stated -> !stated.key().equals(log.key()))
        .isPresent()) {
      return Optional.of(
          new Answer.Refused(Code.CONFLICT, "a log of this name is stated with another key"));
    }
    return Optional.empty();
  }

  private static Optional<Answer.Refused> outOfScope(String text) {
    return Optional.of(new Answer.Refused(Code.OUT_OF_SCOPE, text));
  }

  /**
   * Both entries stand under one checkpoint, so that nobody ever sees the key as one that counts.
   */
  Answer stateWithdrawn(JsonObject arguments) throws FormatException, GeneralSecurityException {
    arguments.allowOnly("key");
    KeyStatement key = KeyStatement.parse(arguments.object("key"));
    if (keyLog.state().isWithdrawn(key.kid())) {
      return keyLog.unchanged();
    }
    if (keyLog.state().key(key.kid()).isPresent()) {
      return new Answer.Refused(Code.CONFLICT, "the key is stated already, as one that counts");
    }
    Optional<Delegation> delegation = keyLog.delegation();
    if (delegation.isEmpty()) {
      return RegistrarLog.noDelegation();
    }
    Optional<KeySet.StatedLog> stated = key.log().flatMap(keyLog.state()::log);
    if (stated.isEmpty()) {
      return new Answer.Refused(Code.UNKNOWN, "there is no such log");
    }
    Optional<Answer.Refused> objection = objection(key, stated.get(), delegation.get());
    if (objection.isPresent()) {
      return objection.get();
    }
    Optional<StatementSigner> signer = keyLog.signer();
    if (signer.isEmpty()) {
      return RegistrarLog.noDelegation();
    }
    Instant now = keyLog.now();
    return keyLog.record(
        List.of(
            KeyLogEntry.of(
                new KeyLogEvent.KeyStated(key),
                now,
                KeyLog.origin(configuration.process().issuer().toString()),
                keyLog.size(),
                signer.get()),
            KeyLogEntry.of(
                new KeyLogEvent.KeyWithdrawn(key.kid(), WithdrawalReason.COMPROMISED), now)));
  }

  Answer moveLog(JsonObject arguments) throws FormatException, GeneralSecurityException {
    arguments.allowOnly("log", "url");
    String name = arguments.string("log");
    URI url;
    try {
      url = URI.create(arguments.string("url"));
    } catch (IllegalArgumentException e) {
      throw new FormatException("url is no URL", e);
    }
    Optional<KeySet.StatedLog> stated = keyLog.state().log(name);
    if (stated.isEmpty()) {
      return new Answer.Refused(Code.UNKNOWN, "there is no such log");
    }
    if (stated.get().url().equals(url)) {
      return keyLog.unchanged();
    }
    if (keyLog.delegation().isEmpty()) {
      return RegistrarLog.noDelegation();
    }
    return keyLog.give(List.of(new KeyLogEvent.LogMoved(name, url)));
  }

  Answer pauseRotation(JsonObject arguments) throws FormatException, GeneralSecurityException {
    arguments.allowOnly("log", "until", "by");
    String name = arguments.string("log");
    Instant until = KeyStatement.instant(arguments, "until");
    if (keyLog.state().log(name).isEmpty() || keyLog.state().ended(name).isPresent()) {
      return new Answer.Refused(Code.UNKNOWN, "there is no such log, or it has ended");
    }
    if (keyLog.delegation().isEmpty()) {
      return RegistrarLog.noDelegation();
    }
    if (keyLog.state().pause(name).filter(pause -> pause.until().equals(until)).isPresent()) {
      return keyLog.unchanged();
    }
    try {
      return keyLog.give(
          List.of(new KeyLogEvent.RotationPaused(name, until, arguments.string("by"))));
    } catch (IllegalArgumentException e) {
      throw new FormatException(String.valueOf(e.getMessage()), e);
    }
  }
}
