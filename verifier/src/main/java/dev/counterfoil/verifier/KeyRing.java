package dev.counterfoil.verifier;

import dev.counterfoil.format.Delegation;
import dev.counterfoil.format.FormatException;
import dev.counterfoil.format.KeySet;
import dev.counterfoil.format.KeyStatement;
import dev.counterfoil.format.TokenId;
import dev.counterfoil.format.TrustPolicy;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A verified key set, laid out for asking. Immutable.
 *
 * <p>What a revocation looks like: a key revoked from position n on makes its tokens at and past n
 * no good; a withdrawn key makes all of them no good; a revoked token is one position.
 */
final class KeyRing {
  /** A stated key, ready to check signatures. */
  record TrustedKey(String kid, KeyStatement statement, SignatureCheck.Key key) {}

  private record Position(String log, long position) {}

  private final KeySet set;
  private final Instant trustedUntil;
  private final Map<String, TrustedKey> keys = new HashMap<>();
  private final Map<String, KeySet.StatedLog> logs = new HashMap<>();
  private final Set<String> withdrawn;
  private final Map<String, Long> revokedFrom = new HashMap<>();
  private final Set<Position> revokedTokens;

  private KeyRing(KeySet set, Instant trustedUntil, SignatureCheck signatures)
      throws FormatException {
    this.set = set;
    this.trustedUntil = trustedUntil;
    for (KeyStatement statement : set.keys()) {
      String kid = statement.kid();
      keys.put(kid, new TrustedKey(kid, statement, signatures.key(statement.jwk())));
    }
    set.logs().forEach(log -> logs.put(log.name(), log));
    withdrawn = Set.copyOf(set.withdrawnKeys());
    // The log's name stands in the entry for people: a key has one log, so the key decides.
    set.revokedKeys().forEach(r -> revokedFrom.merge(r.kid(), r.from(), Math::min));
    revokedTokens =
        set.revokedTokens().stream()
            .map(r -> new Position(r.log(), r.position()))
            .collect(java.util.stream.Collectors.toUnmodifiableSet());
  }

  /** Verifies a key set from the policy's root down. */
  static KeyRing verify(String jws, TrustPolicy policy, Instant now, SignatureCheck signatures)
      throws FormatException {
    KeySet set = KeySet.verify(jws, policy, now);
    Delegation delegation = Delegation.verify(set.delegation(), policy.rootKey());
    Instant until =
        delegation.notAfter().isBefore(set.expiresAt()) ? delegation.notAfter() : set.expiresAt();
    return new KeyRing(set, until, signatures);
  }

  KeySet set() {
    return set;
  }

  long version() {
    return set.version();
  }

  /** Whether set and delegation still hold. */
  boolean holdsAt(Instant now) {
    return now.isBefore(trustedUntil);
  }

  @Nullable TrustedKey key(String kid) {
    return keys.get(kid);
  }

  Optional<KeySet.StatedLog> log(String name) {
    return Optional.ofNullable(logs.get(name));
  }

  boolean isWithdrawn(String kid) {
    return withdrawn.contains(kid);
  }

  /** What the set says against a key or one of its tokens; empty when nothing. */
  Optional<RefusalCode> revocation(String kid, TokenId id) {
    if (isWithdrawn(kid)) {
      return Optional.of(RefusalCode.KEY_WITHDRAWN);
    }
    Long from = revokedFrom.get(kid);
    if (from != null && id.position() >= from) {
      return Optional.of(RefusalCode.KEY_REVOKED);
    }
    return revokedTokens.contains(new Position(id.log(), id.position()))
        ? Optional.of(RefusalCode.TOKEN_REVOKED)
        : Optional.empty();
  }

  /**
   * What keeps this set from following an earlier one: it is older, another set of the same
   * version, or gives a log another key. A log's key lives as long as its origin; its successor has
   * a new name.
   */
  Optional<String> objectionAfter(KeyRing earlier) {
    if (set.version() < earlier.set.version()) {
      return Optional.of("key set goes back in version");
    }
    for (KeySet.StatedLog log : set.logs()) {
      KeySet.StatedLog before = earlier.logs.get(log.name());
      if (before != null && !before.key().equals(log.key())) {
        return Optional.of("key set gives log " + log.name() + " another key");
      }
    }
    return Optional.empty();
  }
}
