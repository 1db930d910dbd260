package dev.counterfoil.format;

import java.net.URI;
import java.security.GeneralSecurityException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * All that a verifier must know of a trust domain's keys at one time, signed by the registrar's
 * statement key: key statements, logs, what is withdrawn and revoked, and the root's delegation
 * that makes it count.
 *
 * @param domain the trust domain
 * @param issuer its issuer URL
 * @param version grows by at least one with each change; a verifier never goes back
 * @param issuedAt when it was signed
 * @param expiresAt when it stops to count
 * @param delegation the root's word, a compact JWS
 * @param keys the stated keys
 * @param logs the logs that record their tokens
 * @param withdrawnKeys thumbprints of keys that were stated once and are trusted no more
 * @param revokedKeys keys whose tokens are no good from a position on
 * @param revokedTokens single tokens that are no good
 */
public record KeySet(
    String domain,
    String issuer,
    long version,
    Instant issuedAt,
    Instant expiresAt,
    String delegation,
    List<KeyStatement> keys,
    List<StatedLog> logs,
    List<String> withdrawnKeys,
    List<RevokedKey> revokedKeys,
    List<RevokedToken> revokedTokens) {
  /** The JWS type. */
  public static final String TYPE = "counterfoil-keys+jwt";

  /**
   * A log of the domain.
   *
   * @param name its short name
   * @param key its key; the key's name is the log's origin
   * @param url prefix of its tiles, without a trailing slash
   */
  public record StatedLog(String name, NoteKey key, URI url) {
    JsonObject toJson() {
      return JsonObject.builder()
          .put("name", name)
          .put("vkey", key.toString())
          .put("url", url.toString())
          .build();
    }

    static StatedLog parse(JsonObject json) throws FormatException {
      json.allowOnly("name", "vkey", "url");
      String name = json.string("name");
      if (!TokenId.isLogName(name)) {
        throw new FormatException("not a log name");
      }
      try {
        return new StatedLog(
            name, NoteKey.parse(json.string("vkey")), URI.create(json.string("url")));
      } catch (IllegalArgumentException e) {
        throw new FormatException("log's url is not a URL", e);
      }
    }
  }

  /**
   * A key's tokens are no good from a position of its log on.
   *
   * @param kid the key
   * @param log short name of its log
   * @param from first position that is no good; 0 for all
   * @param at when it was revoked
   */
  public record RevokedKey(String kid, String log, long from, Instant at) {
    JsonObject toJson() {
      return JsonObject.builder()
          .put("kid", kid)
          .put("log", log)
          .put("from", from)
          .put("at", at.getEpochSecond())
          .build();
    }

    static RevokedKey parse(JsonObject json) throws FormatException {
      json.allowOnly("kid", "log", "from", "at");
      return new RevokedKey(
          json.string("kid"),
          json.string("log"),
          KeySet.position(json, "from"),
          KeyStatement.instant(json, "at"));
    }
  }

  /**
   * One token that is no good.
   *
   * @param log short name of its log
   * @param position its position there
   * @param until its expiry, after which the entry may go
   */
  public record RevokedToken(String log, long position, Instant until) {
    JsonObject toJson() {
      return JsonObject.builder()
          .put("log", log)
          .put("position", position)
          .put("until", until.getEpochSecond())
          .build();
    }

    static RevokedToken parse(JsonObject json) throws FormatException {
      json.allowOnly("log", "position", "until");
      return new RevokedToken(
          json.string("log"),
          KeySet.position(json, "position"),
          KeyStatement.instant(json, "until"));
    }
  }

  /**
   * A log that has ended.
   *
   * @param log its short name
   * @param size how many entries it has, for good
   * @param successor short name of the log that follows; none when there is none
   * @param reason why it ended
   * @param at when the registrar said so
   */
  public record EndedLog(
      String log,
      long size,
      Optional<String> successor,
      KeyLogEvent.EndReason reason,
      Instant at) {}

  public KeySet {
    keys = List.copyOf(keys);
    logs = List.copyOf(logs);
    withdrawnKeys = List.copyOf(withdrawnKeys);
    revokedKeys = List.copyOf(revokedKeys);
    revokedTokens = List.copyOf(revokedTokens);
  }

  /** Signs it with the statement key. */
  public String sign(StatementSigner registrar) throws GeneralSecurityException {
    return SignedStatement.sign(TYPE, toJson(), registrar);
  }

  /**
   * Verifies a set from the root down: the root signed the delegation, its window holds now, its
   * key signed the set, the set is not expired, and every key statement stays inside the
   * delegation.
   */
  public static KeySet verify(String jws, TrustPolicy policy, Instant now) throws FormatException {
    JsonObject claimed = SignedStatement.unverified(jws);
    Delegation delegation = Delegation.verify(claimed.string("delegation"), policy.rootKey());
    if (!delegation.holdsAt(now)) {
      throw new FormatException("delegation's window does not hold now");
    }
    KeySet set = parse(SignedStatement.verify(TYPE, jws, delegation.statementKey()));
    if (!set.domain.equals(policy.domain())
        || !set.issuer.equals(policy.issuer())
        || !delegation.domain().equals(set.domain)
        || !delegation.issuer().equals(set.issuer)) {
      throw new FormatException("key set is of another domain or issuer");
    }
    if (!now.isBefore(set.expiresAt)) {
      throw new FormatException("key set is expired");
    }
    for (KeyStatement key : set.keys) {
      Optional<String> objection = delegation.objection(key);
      if (objection.isPresent()) {
        throw new FormatException(objection.get());
      }
    }
    for (StatedLog log : set.logs) {
      if (policy.contradicts(log.key())) {
        throw new FormatException("log key differs from the one in the policy");
      }
    }
    return set;
  }

  /** The statement of a key. */
  public Optional<KeyStatement> key(String kid) {
    return keys.stream().filter(key -> key.kid().equals(kid)).findFirst();
  }

  /** A log by its short name. */
  public Optional<StatedLog> log(String name) {
    return logs.stream().filter(log -> log.name().equals(name)).findFirst();
  }

  JsonObject toJson() {
    return JsonObject.builder()
        .put("v", 1)
        .put("domain", domain)
        .put("issuer", issuer)
        .put("version", version)
        .put("iat", issuedAt.getEpochSecond())
        .put("exp", expiresAt.getEpochSecond())
        .put("delegation", delegation)
        .put("keys", keys.stream().map(KeyStatement::toJson).toList())
        .put("logs", logs.stream().map(StatedLog::toJson).toList())
        .put("withdrawn_keys", withdrawnKeys)
        .put("revoked_keys", revokedKeys.stream().map(RevokedKey::toJson).toList())
        .put("revoked_tokens", revokedTokens.stream().map(RevokedToken::toJson).toList())
        .build();
  }

  private static KeySet parse(JsonObject json) throws FormatException {
    json.allowOnly(
        "v",
        "domain",
        "issuer",
        "version",
        "iat",
        "exp",
        "delegation",
        "keys",
        "logs",
        "withdrawn_keys",
        "revoked_keys",
        "revoked_tokens");
    KeyStatement.requireVersion(json);
    List<KeyStatement> keys = new ArrayList<>();
    Set<String> kids = new HashSet<>();
    for (JsonObject key : json.objects("keys")) {
      KeyStatement statement = KeyStatement.parse(key);
      if (!kids.add(statement.kid())) {
        throw new FormatException("key set states a key twice");
      }
      keys.add(statement);
    }
    List<StatedLog> logs = new ArrayList<>();
    Set<String> names = new HashSet<>();
    for (JsonObject log : json.objects("logs")) {
      StatedLog stated = StatedLog.parse(log);
      if (!names.add(stated.name())) {
        throw new FormatException("key set states a log twice");
      }
      logs.add(stated);
    }
    List<RevokedKey> revokedKeys = new ArrayList<>();
    for (JsonObject revoked : json.objects("revoked_keys")) {
      revokedKeys.add(RevokedKey.parse(revoked));
    }
    List<RevokedToken> revokedTokens = new ArrayList<>();
    for (JsonObject revoked : json.objects("revoked_tokens")) {
      revokedTokens.add(RevokedToken.parse(revoked));
    }
    return new KeySet(
        json.string("domain"),
        json.string("issuer"),
        json.number("version"),
        KeyStatement.instant(json, "iat"),
        KeyStatement.instant(json, "exp"),
        json.string("delegation"),
        keys,
        logs,
        json.strings("withdrawn_keys"),
        revokedKeys,
        revokedTokens);
  }

  /** A member that is a position in a log. */
  public static long position(JsonObject json, String name) throws FormatException {
    long value = json.number(name);
    if (value < 0 || value >= TokenId.POSITION_LIMIT) {
      throw new FormatException("member " + name + " is out of range");
    }
    return value;
  }
}
