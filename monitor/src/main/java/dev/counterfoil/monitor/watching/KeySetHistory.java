package dev.counterfoil.monitor.watching;

import dev.counterfoil.format.keylog.KeySet;
import dev.counterfoil.format.keylog.KeySet.RevokedToken;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/** Since when a domain's key sets say what they say. Taken by one thread, read by any. */
public final class KeySetHistory {
  private final String domain;
  private final KnownKeys knownKeys;
  private final Map<RevokedToken, Instant> revokedSince = new ConcurrentHashMap<>();
  private final Map<String, Instant> withdrawnSince = new ConcurrentHashMap<>();

  public KeySetHistory(String domain, KnownKeys knownKeys) {
    this.domain = domain;
    this.knownKeys = knownKeys;
  }

  /** Takes a key set that was verified. */
  public void take(KeySet fresh, Instant now) {
    fresh.keys().forEach(key -> knownKeys.remember(new KnownKey(domain, key)));
    // A key that is withdrawn before anybody looked is recognised all the same.
    fresh.withdrawnStatements().forEach(key -> knownKeys.remember(new KnownKey(domain, key)));
    fresh.revokedTokens().forEach(token -> revokedSince.putIfAbsent(token, now));
    revokedSince.keySet().retainAll(fresh.revokedTokens());
    fresh.withdrawnKeys().forEach(kid -> withdrawnSince.putIfAbsent(kid, now));
  }

  /** When a single token's revocation was first seen; empty when it is not revoked. */
  Optional<Instant> revokedSince(String log, long position) {
    return revokedSince.entrySet().stream()
        .filter(e -> e.getKey().log().equals(log) && e.getKey().position() == position)
        .map(Map.Entry::getValue)
        .findFirst();
  }

  /** When a key's withdrawal was first seen; empty when it is not withdrawn. */
  Optional<Instant> withdrawnSince(String kid) {
    return Optional.ofNullable(withdrawnSince.get(kid));
  }
}
