package dev.counterfoil.signer;

import dev.counterfoil.format.Delegation;
import dev.counterfoil.format.FormatException;
import dev.counterfoil.format.JsonObject;
import dev.counterfoil.format.KeySet;
import dev.counterfoil.format.KeySet.RevokedKey;
import dev.counterfoil.format.KeySet.RevokedToken;
import dev.counterfoil.format.KeyStatement;
import dev.counterfoil.format.NoteKey;
import dev.counterfoil.format.TokenId;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedSet;
import org.jspecify.annotations.Nullable;

/**
 * What the registrar's journal says, all of it: a function of its records in their order. A record
 * is a JSON object with the member {@code event}.
 */
final class RegistrarState {
  static final String KEY_STATED = "key-stated";
  static final String TOKEN_REVOKED = "token-revoked";
  static final String KEY_REVOKED = "key-revoked";
  static final String KEY_WITHDRAWN = "key-withdrawn";
  static final String DELEGATION_TAKEN = "delegation-taken";

  /** Statements stay after their key's end, so that its misuse can be recognised. */
  static final Duration STATEMENT_KEPT = Duration.ofDays(30);

  /** What an entry adds to the JSON of the key set at most, in bytes. */
  private static final int REVOKED_TOKEN_BYTES = 80;

  private static final int REVOKED_KEY_BYTES = 140;
  private static final int WITHDRAWN_KEY_BYTES = 50;
  private static final int REST_BYTES = 1_000;

  private final Map<String, KeyStatement> keys = new LinkedHashMap<>();
  private final Map<String, KeySet.StatedLog> logs = new LinkedHashMap<>();
  private final SequencedSet<String> withdrawn = new LinkedHashSet<>();
  private final Map<String, RevokedKey> revokedKeys = new LinkedHashMap<>();
  private final Map<TokenPosition, RevokedToken> revokedTokens = new LinkedHashMap<>();
  private @Nullable String delegation;
  private int keyBytes;
  private int logBytes;

  /** Where a token stands. */
  record TokenPosition(String log, long position) {}

  /** The log of a {@code state-key} command or record. */
  static KeySet.StatedLog log(JsonObject json) throws FormatException {
    String name = json.string("log_name");
    if (!TokenId.isLogName(name)) {
      throw new FormatException("log_name is no name of a log");
    }
    try {
      return new KeySet.StatedLog(
          name, NoteKey.parse(json.string("log_vkey")), URI.create(json.string("log_url")));
    } catch (IllegalArgumentException e) {
      throw new FormatException("log_url is no URL", e);
    }
  }

  static long position(JsonObject json, String member) throws FormatException {
    long position = json.number(member);
    if (position < 0 || position >= TokenId.POSITION_LIMIT) {
      throw new FormatException("member " + member + " is out of range");
    }
    return position;
  }

  /** An instant of a command or record, in epoch seconds. */
  static Instant instant(JsonObject json, String member) throws FormatException {
    long seconds = json.number(member);
    if (seconds < 0 || seconds > 100_000_000_000L) {
      throw new FormatException("member " + member + " is out of range");
    }
    return Instant.ofEpochSecond(seconds);
  }

  /** Takes a record in. */
  void apply(JsonObject event) throws FormatException {
    switch (event.string("event")) {
      case KEY_STATED -> {
        KeyStatement key = KeyStatement.parse(event.object("key"));
        if (keys.put(key.kid(), key) == null) {
          keyBytes += bytes(key);
        }
        KeySet.StatedLog log = log(event);
        if (logs.put(log.name(), log) == null) {
          logBytes += log.toString().length() + 2 * log.key().toString().length();
        }
      }
      case TOKEN_REVOKED -> {
        RevokedToken token =
            new RevokedToken(
                event.string("log"), position(event, "position"), instant(event, "until"));
        revokedTokens.put(new TokenPosition(token.log(), token.position()), token);
      }
      case KEY_REVOKED -> {
        RevokedKey key =
            new RevokedKey(
                event.string("kid"),
                event.string("log"),
                position(event, "from"),
                instant(event, "at"));
        revokedKeys.put(key.kid(), key);
      }
      case KEY_WITHDRAWN -> withdrawn.add(event.string("kid"));
      case DELEGATION_TAKEN -> delegation = event.string("delegation");
      default -> throw new FormatException("unknown event");
    }
  }

  Optional<KeyStatement> key(String kid) {
    return Optional.ofNullable(keys.get(kid));
  }

  /** All logs that were ever stated. */
  List<KeySet.StatedLog> logs() {
    return List.copyOf(logs.values());
  }

  Optional<KeySet.StatedLog> log(String name) {
    return Optional.ofNullable(logs.get(name));
  }

  boolean isWithdrawn(String kid) {
    return withdrawn.contains(kid);
  }

  Optional<RevokedKey> revokedKey(String kid) {
    return Optional.ofNullable(revokedKeys.get(kid));
  }

  Optional<RevokedToken> revokedToken(String log, long position) {
    return Optional.ofNullable(revokedTokens.get(new TokenPosition(log, position)));
  }

  int revokedTokenCount() {
    return revokedTokens.size();
  }

  /** Length of the key set as it is signed, in bytes, at most: its JSON in base64url. */
  int signedBytes() {
    return (REST_BYTES
            + (delegation == null ? 0 : delegation.length())
            + keyBytes
            + logBytes
            + revokedTokens.size() * REVOKED_TOKEN_BYTES
            + revokedKeys.size() * REVOKED_KEY_BYTES
            + withdrawn.size() * WITHDRAWN_KEY_BYTES)
        * 4
        / 3;
  }

  /** What the revoked tokens take of it, in bytes, at most. */
  int revokedTokensBytes() {
    return revokedTokens.size() * REVOKED_TOKEN_BYTES * 4 / 3;
  }

  private static int bytes(KeyStatement key) {
    return key.toJson().canonicalBytes().length + 1;
  }

  Optional<String> delegation() {
    return Optional.ofNullable(delegation);
  }

  /** Forgets revocations of tokens that are expired, and keys long past their end. */
  void forgetExpired(Instant now) {
    revokedTokens.values().removeIf(token -> !now.isBefore(token.until()));
    keys.values()
        .removeIf(
            key -> {
              boolean ended = !now.isBefore(key.verifyUntil().plus(STATEMENT_KEPT));
              keyBytes -= ended ? bytes(key) : 0;
              return ended;
            });
  }

  /**
   * Forgets keys whose tokens have all ended, the oldest first, until the set is no longer than so
   * many bytes or none of them is left.
   */
  void forgetEnded(Instant now, int signedBytesMax) {
    if (signedBytes() <= signedBytesMax) {
      return;
    }
    List<KeyStatement> ended =
        keys.values().stream()
            .filter(key -> !now.isBefore(key.verifyUntil()))
            .sorted(Comparator.comparing(KeyStatement::verifyUntil))
            .toList();
    for (KeyStatement key : ended) {
      if (signedBytes() <= signedBytesMax) {
        return;
      }
      keys.remove(key.kid());
      keyBytes -= bytes(key);
    }
  }

  /** Stated keys that were not withdrawn. */
  List<KeyStatement> trustedKeys() {
    return keys.values().stream().filter(key -> !withdrawn.contains(key.kid())).toList();
  }

  /**
   * The key set of this state. A key that was stated under a wider delegation is left out:
   * verifiers refuse a set whole that has a key beyond its delegation.
   */
  KeySet keySet(
      String domain,
      String issuer,
      long version,
      Instant issuedAt,
      Instant expiresAt,
      String delegationJws,
      Delegation standing) {
    return new KeySet(
        domain,
        issuer,
        version,
        issuedAt,
        expiresAt,
        delegationJws,
        trustedKeys().stream().filter(key -> standing.objection(key).isEmpty()).toList(),
        List.copyOf(logs.values()),
        List.copyOf(withdrawn),
        List.copyOf(revokedKeys.values()),
        List.copyOf(revokedTokens.values()));
  }
}
