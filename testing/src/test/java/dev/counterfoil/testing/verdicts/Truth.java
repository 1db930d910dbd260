package dev.counterfoil.testing.verdicts;

import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.keys.TokenId;
import dev.counterfoil.format.token.CompactToken;
import java.security.KeyPair;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/** Who signed what, and who holds which key. Only the world writes it, and only the judge reads. */
final class Truth {
  /** How long tokens are remembered after their end. */
  private static final Duration KEPT = Duration.ofMinutes(10);

  /**
   * A token that a signer released.
   *
   * @param text the token
   * @param digest of its signing input
   */
  record Issued(String text, Hash digest, TokenId id, String kid, Instant expiresAt) {
    static Issued of(String text) throws FormatException {
      CompactToken token = CompactToken.parse(text);
      JsonObject claims = token.claims();
      return new Issued(
          text,
          token.digest(),
          TokenId.parse(claims.string("jti")),
          token.kid(),
          Instant.ofEpochSecond(claims.number("exp")));
    }
  }

  /**
   * A token that a thief signed.
   *
   * @param how he made it
   */
  record Forged(String text, Hash digest, String kid, Forgery how, Instant expiresAt) {
    /** For how long it says that it is good. */
    Duration life() throws FormatException {
      JsonObject claims = CompactToken.parse(text).claims();
      return Duration.ofSeconds(claims.number("exp") - claims.number("iat"));
    }

    /** The identifier that it carries, where it is one of ours. */
    Optional<TokenId> id() {
      try {
        return Optional.of(TokenId.parse(CompactToken.parse(text).claims().string("jti")));
      } catch (FormatException e) {
        return Optional.empty();
      }
    }
  }

  /** A forged token that a service was shown. */
  static final class Shown {
    final Forged token;
    final String doing;

    /** How long everybody was there since who has to notice it. */
    Duration heard = Duration.ZERO;

    /** How long the monitor has been there since it looked for the first time. */
    Duration waited = Duration.ZERO;

    boolean isHeard;

    Shown(Forged token, String doing) {
      this.token = token;
      this.doing = doing;
    }
  }

  private final Map<Hash, Issued> issued = new LinkedHashMap<>();
  private final Map<Hash, Forged> forged = new HashMap<>();
  private final Map<Hash, Shown> unnoticed = new LinkedHashMap<>();
  private final Map<String, KeyPair> stolen = new LinkedHashMap<>();

  void issued(Issued token) {
    issued.put(token.digest, token);
  }

  void forged(Forged token) {
    forged.put(token.digest, token);
  }

  void shown(Forged token, String doing) {
    unnoticed.putIfAbsent(token.digest, new Shown(token, doing));
  }

  void stolen(Map<String, KeyPair> keys) {
    stolen.putAll(keys);
  }

  Map<String, KeyPair> stolen() {
    return stolen;
  }

  Map<Hash, Shown> unnoticed() {
    return unnoticed;
  }

  boolean isIssued(@Nullable Hash digest) {
    return digest != null && issued.containsKey(digest);
  }

  Optional<Issued> issued(Hash digest) {
    return Optional.ofNullable(issued.get(digest));
  }

  boolean isForged(@Nullable Hash digest) {
    return digest != null && forged.containsKey(digest);
  }

  /** Any token that a signer released and that goes on, the newest more likely. */
  Optional<Issued> anyIssued(SplittableRandom random, Instant now) {
    List<Issued> live = new ArrayList<>();
    for (Issued token : issued.values()) {
      if (now.isBefore(token.expiresAt)) {
        live.add(token);
      }
    }
    if (live.isEmpty()) {
      return Optional.empty();
    }
    int back = random.nextInt(random.nextBoolean() ? Math.min(5, live.size()) : live.size());
    return Optional.of(live.get(live.size() - 1 - back));
  }

  /** Forgets tokens that ended long ago. */
  void forget(Instant now) {
    issued.values().removeIf(token -> token.expiresAt.isBefore(now.minus(KEPT)));
    forged.values().removeIf(token -> token.expiresAt.isBefore(now.minus(KEPT)));
  }
}
