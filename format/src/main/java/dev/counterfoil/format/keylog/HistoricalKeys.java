package dev.counterfoil.format.keylog;

import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.bytes.Spelled;
import dev.counterfoil.format.keylog.KeyLogEvent.EndReason;
import dev.counterfoil.format.keylog.KeyLogEvent.KeyRevoked;
import dev.counterfoil.format.keylog.KeyLogEvent.KeyStated;
import dev.counterfoil.format.keylog.KeyLogEvent.KeyTainted;
import dev.counterfoil.format.keylog.KeyLogEvent.KeyWithdrawn;
import dev.counterfoil.format.keylog.KeyLogEvent.LogEnded;
import dev.counterfoil.format.keylog.KeyLogEvent.WithdrawalReason;
import dev.counterfoil.format.keys.KeyStatement;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The keys of an issuer that no JWK set has any more, with their times and what became of them, in
 * the form of OpenID Federation 1.0 (8.7.2): whoever has an old token sees whether its key counted
 * when it was signed. The key log says the same in full.
 *
 * <p>A decoy stands here as what it looks like, a key that was compromised. Not safe for concurrent
 * use.
 */
public final class HistoricalKeys {
  /**
   * How long after its tokens' end a key is listed: as long as the record of its tokens is kept.
   */
  public static final Duration LISTED = Duration.ofDays(730);

  /** Most bytes of the list; past it the oldest keys are left out. */
  public static final int BYTES_MAX = 4 * 1024 * 1024;

  /** Most keys that are remembered: thirteen rings for two years of days. */
  static final int KEYS_MAX = 10_000;

  /** Why a key is revoked, in the words of OpenID Federation 1.0, 8.7.3. */
  private enum Reason implements Spelled {
    /** It may be stolen. */
    UNSPECIFIED,
    /** It is treated as stolen. */
    COMPROMISED
  }

  /** When a key was taken back first, and the gravest reason. */
  private record Revoked(Instant at, Reason reason) {}

  private record Past(KeyStatement key, Instant statedAt, @Nullable Revoked revoked) {
    boolean isOver(Instant now) {
      return revoked != null || !now.isBefore(key.verifyUntil());
    }

    JsonObject toJson() {
      JsonObject.Builder jwk =
          IssuerJwks.jwk(key)
              .put("iat", statedAt.getEpochSecond())
              .put("nbf", key.activeFrom().getEpochSecond())
              .put("exp", key.verifyUntil().getEpochSecond());
      Revoked was = revoked;
      if (was != null) {
        jwk.put(
            "revoked",
            JsonObject.builder()
                .put("revoked_at", was.at.getEpochSecond())
                .put("reason", was.reason.text())
                .build());
      }
      return jwk.build();
    }
  }

  /** In the order in which they were stated. */
  private final Map<String, Past> keys = new LinkedHashMap<>();

  /** Before the first entry. */
  public HistoricalKeys() {}

  HistoricalKeys copy() {
    HistoricalKeys copy = new HistoricalKeys();
    copy.keys.putAll(keys);
    return copy;
  }

  /** Takes in what an entry says. */
  void happen(KeyLogEvent event, Instant at) {
    if (event instanceof KeyStated stated) {
      if (!stated.key().isForeign()) {
        keys.put(stated.key().kid(), new Past(stated.key(), at, null));
        forget(at);
      }
    } else if (event instanceof KeyRevoked revoked) {
      revoke(revoked.kid(), new Revoked(at, Reason.COMPROMISED));
    } else if (event instanceof KeyTainted tainted) {
      revoke(tainted.kid(), new Revoked(at, Reason.UNSPECIFIED));
    } else if (event instanceof KeyWithdrawn withdrawn
        && withdrawn.reason() == WithdrawalReason.COMPROMISED) {
      revoke(withdrawn.kid(), new Revoked(at, Reason.COMPROMISED));
    } else if (event instanceof LogEnded ended && ended.reason() == EndReason.ROLLED_BACK) {
      // A copy of its signer's folder exists, so none of its keys stands in a set any more.
      keys.values().stream()
          .filter(past -> past.key.log().equals(Optional.of(ended.log())))
          .map(past -> past.key.kid())
          .toList()
          .forEach(kid -> revoke(kid, new Revoked(at, Reason.UNSPECIFIED)));
    }
  }

  private void revoke(String kid, Revoked now) {
    keys.computeIfPresent(
        kid,
        (same, past) -> {
          Revoked before = past.revoked;
          if (before == null) {
            return new Past(past.key, past.statedAt, now);
          }
          Reason graver = before.reason.compareTo(now.reason) < 0 ? now.reason : before.reason;
          Instant first = before.at.isBefore(now.at) ? before.at : now.at;
          return new Past(past.key, past.statedAt, new Revoked(first, graver));
        });
  }

  private void forget(Instant at) {
    keys.values().removeIf(past -> !at.isBefore(past.key.verifyUntil().plus(LISTED)));
    while (keys.size() > KEYS_MAX) {
      keys.remove(keys.keySet().iterator().next());
    }
  }

  /** What is signed: the keys that are over, the latest first. */
  public JsonObject signed(String issuer, Instant now) {
    List<Past> latestFirst = new ArrayList<>(keys.values());
    Collections.reverse(latestFirst);
    List<JsonObject> listed = new ArrayList<>();
    long bytes = 0;
    for (Past past : latestFirst) {
      if (past.isOver(now) && now.isBefore(past.key.verifyUntil().plus(LISTED))) {
        JsonObject jwk = past.toJson();
        bytes += jwk.toString().length();
        if (bytes > BYTES_MAX) {
          break;
        }
        listed.add(jwk);
      }
    }
    return JsonObject.builder()
        .put("iss", issuer)
        .put("iat", now.getEpochSecond())
        .put("keys", listed)
        .build();
  }
}
