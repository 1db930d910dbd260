package dev.counterfoil.format.keylog;

import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.keys.KeyStatement;
import dev.counterfoil.format.note.SignedStatement;
import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * The keys of an issuer as those know them who do not read its key log: JWK sets (RFC 7517 5),
 * plain, or signed by the registrar in the form of OpenID Federation 1.0 (5.2.1, {@code
 * application/jwk-set+jwt}).
 */
public final class IssuerJwks {
  /** The JWS type of a signed set, and of the history of keys. */
  public static final String TYPE = "jwk-set+jwt";

  /** How long a signed set counts: who holds an older one may lack what was taken back since. */
  public static final Duration SIGNED_LIFE = Duration.ofHours(1);

  /** Most bytes of a set, plain or signed. */
  public static final int BYTES_MAX = SignedStatement.LENGTH_MAX;

  private IssuerJwks() {}

  /**
   * The keys that a service may trust on their signature alone. A revoked key's tokens below its
   * position are good, but only who asks for the position can tell: services that know no more than
   * this set must not trust the key at all. Keys of other issuers stand in none: who checks
   * signatures only would take every forgery of theirs for good.
   *
   * @param publication which of the issuer's two sets
   */
  public static List<JsonObject> keys(
      KeySet set, KeyStatement.Publication publication, Instant now) {
    Set<String> takenBack = new HashSet<>(set.withdrawnKeys());
    set.revokedKeys().forEach(revoked -> takenBack.add(revoked.kid()));
    Set<String> copied = rolledBackLogs(set);
    return set.keys().stream()
        .filter(key -> key.publication() == publication && !key.isForeign())
        .filter(key -> !takenBack.contains(key.kid()) && now.isBefore(key.verifyUntil()))
        .filter(key -> key.log().filter(copied::contains).isEmpty())
        .map(key -> jwk(key).build())
        .toList();
  }

  private static Set<String> rolledBackLogs(KeySet set) {
    return set.endedLogs().stream()
        .filter(ended -> ended.reason() == KeyLogEvent.EndReason.ROLLED_BACK)
        .map(KeySet.EndedLog::log)
        .collect(Collectors.toUnmodifiableSet());
  }

  /** The content of a plain set. */
  public static JsonObject plain(List<JsonObject> keys) {
    return JsonObject.builder().put("keys", keys).build();
  }

  /** What is signed of a set: OpenID Federation 1.0, 5.2.1. */
  public static JsonObject signed(String issuer, List<JsonObject> keys, Instant now) {
    return JsonObject.builder()
        .put("iss", issuer)
        .put("sub", issuer)
        .put("iat", now.getEpochSecond())
        .put("exp", now.plus(SIGNED_LIFE).getEpochSecond())
        .put("keys", keys)
        .build();
  }

  /** A key as a JWK (RFC 7517 4), to which more may be added. */
  static JsonObject.Builder jwk(KeyStatement key) {
    JsonObject material = key.jwk().toJson();
    JsonObject.Builder jwk = JsonObject.builder();
    for (String name : material.names()) {
      if (!name.equals("alg")) {
        jwk.put(name, String.valueOf(material.get(name)));
      }
    }
    return jwk.put("kid", key.kid()).put("alg", key.jwk().algorithm().jose()).put("use", "sig");
  }
}
