package dev.counterfoil.registrar;

import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.keylog.KeyLogEvent;
import dev.counterfoil.format.keylog.KeyLogEvent.WithdrawalReason;
import dev.counterfoil.format.keylog.KeySet;
import dev.counterfoil.format.keys.GroupHandle;
import dev.counterfoil.format.keys.KeyStatement;
import dev.counterfoil.format.keys.RecordForm;
import dev.counterfoil.format.keys.TokenId;
import dev.counterfoil.format.note.Checkpoint;
import dev.counterfoil.process.settings.KeySchedule;
import dev.counterfoil.signerprotocol.Answer;
import dev.counterfoil.signerprotocol.Answer.Code;
import dev.counterfoil.signerprotocol.Commands;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;

/**
 * The registrar's commands that take trust away. None needs the root, and none is refused for what
 * the key log says; the same command twice changes nothing.
 */
final class TakingBack {
  /**
   * Most revocations of tokens and groups that are not over: what a verifier has to remember of a
   * domain, some 10 MB. Who would revoke more revokes their group or their key.
   */
  static final int REVOCATIONS_MAX = 100_000;

  /**
   * Of these, so many are kept for groups, which operators revoke: single tokens are revoked by
   * clients, who so leave them room.
   */
  static final int GROUPS_RESERVE = 10_000;

  /** Revocations at which no further single token is revoked. */
  static final int REVOKED_TOKENS_MAX = REVOCATIONS_MAX - GROUPS_RESERVE;

  /** How far ahead the time may lie before which a group's tokens are no good. */
  static final Duration GROUP_AHEAD_MAX = Duration.ofSeconds(60);

  /** Longest time that a revoked token is listed: the longest life, and clocks that differ. */
  static final Duration REVOKED_UNTIL_MAX = Duration.ofHours(1).plus(Duration.ofMinutes(5));

  /**
   * A taint counts from so long after it is recorded: until then the key's signer may not know, and
   * its tokens are honest. It asks every two seconds.
   */
  static final Duration TAINT_AFTER = Duration.ofSeconds(5);

  private final RegistrarLog keyLog;

  TakingBack(RegistrarLog keyLog) {
    this.keyLog = keyLog;
  }

  /**
   * Revokes one token that was issued: a checkpoint by its log's own key covers its position. So
   * whoever asks, a captured authority too, uses up nothing for tokens that do not exist, and ends
   * none ahead of its issue; and a signer that is away is not needed, for its last checkpoint
   * stays.
   */
  Answer revokeToken(JsonObject arguments) throws IOException, FormatException {
    arguments.allowOnly("log", "position", "until", "checkpoint");
    String name = arguments.string("log");
    long position = KeySet.position(arguments, "position");
    Instant until = KeyStatement.instant(arguments, "until");
    Instant now = keyLog.now();
    byte[] checkpoint = arguments.string("checkpoint").getBytes(StandardCharsets.UTF_8);
    Optional<KeySet.StatedLog> log = keyLog.state().log(name);
    if (log.isEmpty()) {
      return new Answer.Refused(Code.UNKNOWN, "there is no such log");
    }
    if (until.isAfter(now.plus(REVOKED_UNTIL_MAX))) {
      return new Answer.Refused(Code.MALFORMED, "no token lives that long");
    }
    long issued = Checkpoint.verify(checkpoint, log.get().key()).size();
    if (position >= issued) {
      return new Answer.Refused(
          Code.NOT_ALLOWED, "under this checkpoint the log has " + issued + " tokens only");
    }
    boolean known =
        keyLog
            .state()
            .revokedToken(name, position)
            .filter(token -> !token.until().isBefore(until))
            .isPresent();
    if (known || !now.isBefore(until)) {
      return keyLog.unchanged();
    }
    return hasRoom(REVOKED_TOKENS_MAX, now)
        ? keyLog.revoke(new KeyLogEvent.TokenRevoked(name, position, until), until)
        : noRoom();
  }

  /**
   * Revokes all tokens of a group that were issued before a time. The registrar says itself until
   * when that is remembered: until the last of them has expired.
   */
  Answer revokeGroup(JsonObject arguments) throws IOException, FormatException {
    arguments.allowOnly("group", "before");
    GroupHandle group = GroupHandle.parse(arguments.string("group"));
    Instant before = KeyStatement.instant(arguments, "before");
    Instant now = keyLog.now();
    if (before.isAfter(now.plus(GROUP_AHEAD_MAX))) {
      return new Answer.Refused(
          Code.MALFORMED, "tokens that are issued later cannot be revoked ahead");
    }
    Instant until = before.plus(REVOKED_UNTIL_MAX);
    boolean known =
        keyLog
            .state()
            .revokedGroup(group)
            .filter(revoked -> !revoked.before().isBefore(before))
            .isPresent();
    if (known || !now.isBefore(until)) {
      return keyLog.unchanged();
    }
    return hasRoom(REVOCATIONS_MAX, now)
        ? keyLog.revoke(new KeyLogEvent.GroupRevoked(group, before, until), until)
        : noRoom();
  }

  private boolean hasRoom(int revocationsMax, Instant now) {
    if (keyLog.state().revocationCount() >= revocationsMax) {
      keyLog.state().forget(now);
    }
    return keyLog.state().revocationCount() < revocationsMax;
  }

  private static Answer noRoom() {
    return new Answer.Refused(
        Code.BUSY,
        "no more tokens can be revoked. Wait until some expire, or revoke their group"
            + " or key instead");
  }

  /** All of them are revoked under one checkpoint, or none. */
  Answer revokeKeys(JsonObject arguments) throws FormatException {
    arguments.allowOnly("kids", "log", "from");
    List<String> kids = arguments.strings("kids");
    String name = arguments.string("log");
    long from = KeySet.position(arguments, "from");
    if (kids.isEmpty() || kids.size() > Commands.REVOKED_AT_ONCE_MAX) {
      return new Answer.Refused(
          Code.MALFORMED,
          "from 1 to " + Commands.REVOKED_AT_ONCE_MAX + " keys are revoked at once");
    }
    List<KeyLogEvent.KeyRevoked> revoked = new ArrayList<>();
    for (String kid : new LinkedHashSet<>(kids)) {
      Optional<KeyStatement> key = keyLog.state().key(kid);
      if (key.filter(one -> isRecordedIn(one, name)).isEmpty()) {
        return new Answer.Refused(
            Code.UNKNOWN, "there is no such key in this log, so none is revoked");
      }
      // A revocation is never narrowed.
      if (!keyLog.state().isRevoked(kid, name, from)) {
        revoked.add(new KeyLogEvent.KeyRevoked(kid, name, from));
      }
    }
    return revoked.isEmpty() ? keyLog.unchanged() : keyLog.takeBack(revoked);
  }

  private boolean isRecordedIn(KeyStatement key, String log) {
    return key.log().equals(Optional.of(log))
        || (key.record() instanceof RecordForm.Digest form
            && form.covers(log)
            && keyLog.state().log(log).isPresent());
  }

  Answer withdrawKey(JsonObject arguments) throws FormatException {
    arguments.allowOnly("kid");
    String kid = arguments.string("kid");
    if (keyLog
        .state()
        .withdrawal(kid)
        .filter(key -> key.reason() == WithdrawalReason.COMPROMISED)
        .isPresent()) {
      return keyLog.unchanged();
    }
    return keyLog.state().wasStated(kid) || isOfDisclosure(kid)
        ? keyLog.takeBack(new KeyLogEvent.KeyWithdrawn(kid, WithdrawalReason.COMPROMISED))
        : new Answer.Refused(Code.UNKNOWN, "there is no such key");
  }

  private boolean isOfDisclosure(String kid) {
    return keyLog.state().disclosureKeys().all().stream()
        .anyMatch(key -> key.key().thumbprint().equals(kid));
  }

  Answer taintKey(JsonObject arguments) throws FormatException {
    arguments.allowOnly("kid");
    String kid = arguments.string("kid");
    if (keyLog.state().taintedKey(kid).isPresent()) {
      return keyLog.unchanged();
    }
    return keyLog.state().wasStated(kid)
        ? keyLog.takeBack(
            new KeyLogEvent.KeyTainted(
                kid, keyLog.now().truncatedTo(ChronoUnit.SECONDS).plus(TAINT_AFTER)))
        : new Answer.Refused(Code.UNKNOWN, "there is no such key");
  }

  Answer retireKey(JsonObject arguments) throws FormatException {
    arguments.allowOnly("kid");
    String kid = arguments.string("kid");
    if (keyLog.state().retiredKey(kid).isPresent()) {
      return keyLog.unchanged();
    }
    return keyLog.state().wasStated(kid)
        ? keyLog.takeBack(new KeyLogEvent.KeyRetired(kid))
        : new Answer.Refused(Code.UNKNOWN, "there is no such key");
  }

  /**
   * States the end of a log, or an earlier one than stands: of two ends the smaller size counts
   * (spec/keylog.md, rule 1). Who narrows one is an operator: {@link SignersDesk} lets no signer.
   */
  Answer endLog(JsonObject arguments) throws FormatException {
    arguments.allowOnly("log", "size", "successor", "reason");
    String name = arguments.string("log");
    long end = KeySet.position(arguments, "size");
    Optional<String> successor = arguments.optionalString("successor");
    KeyLogEvent.EndReason reason = KeyLogEvent.EndReason.parse(arguments.string("reason"));
    if (keyLog.state().log(name).isEmpty()) {
      return new Answer.Refused(Code.UNKNOWN, "there is no such log");
    }
    if (successor.filter(next -> !TokenId.isLogName(next) || next.equals(name)).isPresent()) {
      return new Answer.Refused(Code.MALFORMED, "the successor is no name of another log");
    }
    Optional<KeySet.EndedLog> before = keyLog.state().ended(name);
    if (before.filter(stands -> stands.size() == end).isPresent()) {
      return keyLog.unchanged();
    }
    if (before.filter(stands -> stands.size() < end).isPresent()) {
      return endedAlready(before.get());
    }
    return keyLog.takeBack(new KeyLogEvent.LogEnded(name, end, successor, reason));
  }

  /** The refusal of another end than the key log has. */
  static Answer.Refused endedAlready(KeySet.EndedLog stands) {
    return new Answer.Refused(
        Code.CONFLICT, "the log has ended at size " + stands.size() + " already");
  }

  /**
   * Withdraws the keys whose tokens have all expired, by every clock: the last step of a key's
   * life. What does not fit on the disk is done later.
   */
  void withdrawEnded() throws FormatException {
    Instant now = keyLog.now();
    for (KeyStatement key : keyLog.state().trustedKeys()) {
      if (!now.isBefore(key.verifyUntil().plus(KeySchedule.SKEW))) {
        Answer answer =
            keyLog.takeBack(new KeyLogEvent.KeyWithdrawn(key.kid(), WithdrawalReason.ENDED));
        if (answer instanceof Answer.Refused) {
          return;
        }
      }
    }
  }
}
