package dev.counterfoil.monitor.issued;

import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.keylog.KeySet;
import dev.counterfoil.format.keys.KeyStatement;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.ToLongFunction;

/** The keys and logs of a domain as its key log states them, for people who look. Pure. */
public final class StatedKeys {
  private StatedKeys() {}

  /** Where a key stands; the gravest first. */
  enum State {
    /** Its tokens are invalid from a position on. */
    REVOKED,
    /** It may be stolen: its tokens from a time on do not count. */
    TAINTED,
    /** It signs. */
    ACTIVE,
    /** It is published ahead of its window. */
    PREPARED,
    /** It signs no more, and its tokens still verify. */
    RETIRED,
    /** Its last token has expired. */
    OVER,
    /** It is in the trusted set no more. */
    WITHDRAWN;

    String text() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  static State state(KeySet keys, KeyStatement key, Instant now) {
    String kid = key.kid();
    if (keys.withdrawals().stream().anyMatch(one -> one.kid().equals(kid))) {
      return State.WITHDRAWN;
    }
    if (keys.revokedKeys().stream().anyMatch(one -> one.kid().equals(kid))) {
      return State.REVOKED;
    }
    if (keys.taintedKeys().stream().anyMatch(one -> one.kid().equals(kid))) {
      return State.TAINTED;
    }
    if (now.isBefore(key.activeFrom())) {
      return State.PREPARED;
    }
    if (!now.isBefore(key.verifyUntil())) {
      return State.OVER;
    }
    return now.isBefore(key.activeUntil())
            && keys.retiredKeys().stream().noneMatch(one -> one.kid().equals(kid))
        ? State.ACTIVE
        : State.RETIRED;
  }

  /**
   * All of them: those that need a look first, then those that signed last.
   *
   * @param sizes how much of a log is held here
   * @param forged how many tokens each key signed outside its signer, by open findings
   */
  public static JsonObject json(
      KeySet keys, Instant now, ToLongFunction<String> sizes, Map<String, Long> forged) {
    List<KeyStatement> all = new ArrayList<>(keys.keys());
    all.addAll(keys.withdrawnStatements());
    List<JsonObject> lines =
        all.stream()
            .sorted(
                Comparator.<KeyStatement, State>comparing(key -> state(keys, key, now))
                    .thenComparing(KeyStatement::activeFrom, Comparator.reverseOrder()))
            .map(key -> json(keys, key, now, forged.getOrDefault(key.kid(), 0L)))
            .toList();
    return JsonObject.builder()
        .put("domain", keys.domain())
        .put("as_of_ms", keys.asOf().toEpochMilli())
        .put("keys", lines)
        .put("logs", keys.logs().stream().map(log -> json(keys, log, sizes)).toList())
        .build();
  }

  private static JsonObject json(KeySet keys, KeyStatement key, Instant now, long forged) {
    JsonObject.Builder json =
        JsonObject.builder()
            .put("kid", key.kid())
            .put("purpose", key.purpose())
            .put("algorithm", key.jwk().algorithm().jose())
            .put("state", state(keys, key, now).text())
            .put("log", key.log().orElse(null))
            .put("active_from_ms", key.activeFrom().toEpochMilli())
            .put("active_until_ms", key.activeUntil().toEpochMilli())
            .put("verify_until_ms", key.verifyUntil().toEpochMilli())
            .put("custody", key.custody())
            .put("forged", forged);
    Optional.ofNullable(keys.statedAt().get(key.kid()))
        .ifPresent(at -> json.put("stated_at_ms", at.toEpochMilli()));
    keys.withdrawals().stream()
        .filter(one -> one.kid().equals(key.kid()))
        .findFirst()
        .ifPresent(one -> json.put("withdrawn_at_ms", one.at().toEpochMilli()));
    return json.build();
  }

  private static JsonObject json(KeySet keys, KeySet.StatedLog log, ToLongFunction<String> sizes) {
    JsonObject.Builder json =
        JsonObject.builder()
            .put("log", log.name())
            .put("origin", log.key().name())
            .put("held", sizes.applyAsLong(log.name()));
    keys.endedLogs().stream()
        .filter(one -> one.log().equals(log.name()))
        .findFirst()
        .ifPresent(one -> json.put("ended_at_ms", one.at().toEpochMilli()).put("size", one.size()));
    keys.pauses().stream()
        .filter(one -> one.log().equals(log.name()))
        .findFirst()
        .ifPresent(one -> json.put("paused_until_ms", one.until().toEpochMilli()));
    return json.build();
  }
}
