package dev.counterfoil.format.keylog;

import dev.counterfoil.format.keylog.KeyLogEvent.KeyRevoked;
import dev.counterfoil.format.keylog.KeySet.RevokedKey;
import java.time.Instant;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * From where on keys' tokens are invalid, for each log that an entry named: no entry narrows what
 * another one says of another log. Not safe for concurrent use.
 */
final class RevokedKeys {
  private record KeyInLog(String kid, String log) {}

  private final Map<KeyInLog, RevokedKey> keys = new LinkedHashMap<>();

  void take(KeyRevoked key, Instant at) {
    keys.merge(
        new KeyInLog(key.kid(), key.log()),
        new RevokedKey(key.kid(), key.log(), key.from(), at),
        (a, b) -> b.from() < a.from() ? b : a);
  }

  List<RevokedKey> all() {
    return List.copyOf(keys.values());
  }

  private Stream<RevokedKey> of(String kid) {
    return keys.values().stream().filter(revoked -> revoked.kid().equals(kid));
  }

  /** The widest of a key's; of a key that has one log there is no other. */
  Optional<RevokedKey> widest(String kid) {
    return of(kid).min(Comparator.comparingLong(RevokedKey::from));
  }

  /** Whether a key's tokens are invalid that stand at a position of a log. */
  boolean covers(String kid, String log, long position) {
    return of(kid).anyMatch(revoked -> revoked.covers(log, position));
  }

  RevokedKeys copy() {
    RevokedKeys copy = new RevokedKeys();
    copy.keys.putAll(keys);
    return copy;
  }
}
