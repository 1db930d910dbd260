package dev.counterfoil.registrar;

import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.keylog.KeyCeiling;
import dev.counterfoil.format.keylog.KeyLogState;
import dev.counterfoil.format.keys.KeyStatement;
import dev.counterfoil.format.keys.RecordForm;
import dev.counterfoil.format.keys.TokenId;
import dev.counterfoil.format.root.Delegation;
import dev.counterfoil.process.settings.KeySchedule;
import dev.counterfoil.process.settings.Purposes;
import java.time.Instant;
import java.util.Optional;

/** What may be stated of a key that another issuer made and holds. */
public final class AdoptedKey {
  private AdoptedKey() {}

  /** What keeps the statement from being made; empty when nothing does. */
  public static Optional<String> objection(
      KeyStatement key, Purposes purposes, Delegation delegation, Instant now) {
    Delegation.Bounds ours = purposes.bounds();
    // Whether tokens may go unrecorded, and who is attached, is the root's to say.
    Delegation.Bounds here =
        new Delegation.Bounds(
            ours.tenants(),
            ours.audiences(),
            ours.tokenTypes(),
            delegation.bounds().recordForms(),
            ours.lifeMax(),
            delegation.bounds().attachedIssuers());
    return here.objection(key)
        .or(() -> delegation.objection(key))
        .or(() -> KeyCeiling.objection(key, delegation))
        .or(() -> ofItsKind(key, now))
        .or(() -> guessed(key));
  }

  private static Optional<String> guessed(KeyStatement key) {
    try {
      key.jwk().requireUnguessable();
      return Optional.empty();
    } catch (FormatException e) {
      return Optional.of(String.valueOf(e.getMessage()));
    }
  }

  private static Optional<String> ofItsKind(KeyStatement key, Instant now) {
    if (key.assurance() != KeyStatement.Assurance.UNKNOWN) {
      return Optional.of("nothing is known of how another issuer holds its keys");
    }
    Instant ceiling = now.plus(KeyLogState.UNRECORDED_MAX);
    return switch (key.record()) {
      case RecordForm.Position position ->
          Optional.of("a key that records by position is stated by its signer");
      case RecordForm.Digest digest ->
          TokenId.isRecordLogName(digest.log())
              ? until(key, ceiling)
              : Optional.of("digests are handed in to record logs");
      case RecordForm.None none ->
          none.until().isAfter(ceiling) ? tooLong() : until(key, none.until());
    };
  }

  private static Optional<String> until(KeyStatement key, Instant end) {
    return key.activeUntil().isAfter(end)
            || key.verifyUntil().isAfter(end.plus(key.lifeMax()).plus(KeySchedule.SKEW))
        ? tooLong()
        : Optional.empty();
  }

  private static Optional<String> tooLong() {
    return Optional.of(
        "the key would be trusted for too long: "
            + KeyLogState.UNRECORDED_MAX.toDays()
            + " days at most, and no longer than its date");
  }
}
