package dev.counterfoil.authority;

import dev.counterfoil.authority.connect.IdTokenHints;
import dev.counterfoil.format.keylog.KeySet;
import dev.counterfoil.format.keys.KeyStatement;
import dev.counterfoil.format.keys.RecordForm;
import dev.counterfoil.verifier.VerifierLimits;
import java.time.Instant;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/**
 * Whether a domain issues tokens that verifiers accept: a pure function of what was heard.
 *
 * @param keyActive whether a signer that issues has a key that signs now
 * @param reason why the domain is not ready; empty when it is
 */
record Readiness(boolean keyActive, Optional<String> reason) {
  /**
   * Judges.
   *
   * @param registrar whether the registrar answers
   * @param issuing short names of the token logs of the signers that issue
   * @param keys what the key log says of the keys; empty when none of it counts
   */
  static Readiness of(boolean registrar, Set<String> issuing, Optional<KeySet> keys, Instant now) {
    boolean active =
        keys.isPresent()
            && keys.get().keys().stream()
                .anyMatch(key -> isOf(issuing, key) && signs(keys.get(), key, now));
    Optional<Instant> asOf = keys.map(KeySet::asOf);
    if (asOf.isPresent() && isStale(asOf.get(), now)) {
      return new Readiness(
          active,
          Optional.of(
              "the key log's head is of " + asOf.get() + ": services refuse tokens as keys-stale"));
    }
    if (!registrar) {
      return new Readiness(active, Optional.of("the registrar does not answer"));
    }
    if (keys.isEmpty()) {
      return new Readiness(active, Optional.of("no key set counts"));
    }
    if (issuing.isEmpty()) {
      return new Readiness(active, Optional.of("no signer issues"));
    }
    return new Readiness(
        active,
        active ? Optional.empty() : Optional.of("no signer that issues has a key that signs now"));
  }

  /**
   * Why nobody gets an ID token, where people sign in: the root may have delegated no such keys. A
   * domain is ready nevertheless, since it issues tokens to clients.
   */
  static Optional<String> signInReason(Optional<KeySet> keys, Instant now) {
    return signs(keys, IdTokenHints.ID_TOKEN, now)
        ? Optional.empty()
        : Optional.of("no key signs ID tokens now: see docs/operate/people.md");
  }

  /** Whether a key signs tokens of a type now. */
  static boolean signs(Optional<KeySet> keys, String type, Instant now) {
    return signing(keys, type, now).isPresent();
  }

  /** A key that signs tokens of a type now. */
  static Optional<KeyStatement> signing(Optional<KeySet> keys, String type, Instant now) {
    return keys.flatMap(
        set ->
            set.keys().stream()
                .filter(key -> key.tokenTypes().allows(type) && signs(set, key, now))
                .findFirst());
  }

  /** As a verifier with the default limits judges it. */
  static boolean isStale(Instant asOf, Instant now) {
    return !now.isBefore(asOf.plus(VerifierLimits.defaults().staleAfter()));
  }

  /** Whether one of the logs records its tokens. */
  static boolean isOf(Set<String> logs, KeyStatement key) {
    return key.record() instanceof RecordForm.Position position && logs.contains(position.log());
  }

  private static boolean signs(KeySet set, KeyStatement key, Instant now) {
    return !now.isBefore(key.activeFrom())
        && now.isBefore(key.activeUntil())
        && Stream.of(
                set.withdrawnKeys().stream(),
                set.taintedKeys().stream().map(KeySet.TaintedKey::kid),
                set.retiredKeys().stream().map(KeySet.RetiredKey::kid),
                set.revokedKeys().stream().map(KeySet.RevokedKey::kid))
            .flatMap(kids -> kids)
            .noneMatch(key.kid()::equals);
  }
}
