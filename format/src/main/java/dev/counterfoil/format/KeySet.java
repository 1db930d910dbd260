package dev.counterfoil.format;

import java.net.URI;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * All that counts of a trust domain's keys at one time: what its key log says, laid out (see {@link
 * KeyLogState#keySet}).
 *
 * @param domain the trust domain
 * @param issuer its issuer URL
 * @param version size of the key log: it grows with each change, and a verifier never goes back
 * @param asOf as of when the key log is known
 * @param root the versions of the root
 * @param windows the root's delegations that stand or may stand yet
 * @param keys the stated keys that one of them admits, without the withdrawn ones
 * @param logs the logs that record their tokens
 * @param endedLogs those of them that have ended
 * @param withdrawnKeys thumbprints of keys that were stated once and are trusted no more
 * @param withdrawnStatements statements of those that are remembered, to recognise their misuse
 * @param revokedKeys keys whose tokens are no good from a position on
 * @param revokedTokens single tokens that are no good
 */
public record KeySet(
    String domain,
    String issuer,
    long version,
    Instant asOf,
    RootChain root,
    DelegationWindows windows,
    List<KeyStatement> keys,
    List<StatedLog> logs,
    List<EndedLog> endedLogs,
    List<String> withdrawnKeys,
    List<KeyStatement> withdrawnStatements,
    List<RevokedKey> revokedKeys,
    List<RevokedToken> revokedTokens) {
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
      String log, long size, Optional<String> successor, KeyLogEvent.EndReason reason, Instant at) {
    JsonObject toJson() {
      return JsonObject.builder()
          .put("log", log)
          .put("size", size)
          .put("successor", successor.orElse(null))
          .put("reason", reason.text())
          .put("at", at.getEpochSecond())
          .build();
    }
  }

  public KeySet {
    keys = List.copyOf(keys);
    logs = List.copyOf(logs);
    endedLogs = List.copyOf(endedLogs);
    withdrawnStatements = List.copyOf(withdrawnStatements);
    withdrawnKeys = List.copyOf(withdrawnKeys);
    revokedKeys = List.copyOf(revokedKeys);
    revokedTokens = List.copyOf(revokedTokens);
  }

  /** The delegation under which everything stands at a time; empty when none does. */
  public Optional<Delegation> delegation(Instant at) {
    return windows.standing(at).map(DelegationWindows.Window::delegation);
  }

  /** The same with what is needed to verify it elsewhere. */
  public Optional<DelegationChain> delegationChain(Instant at) {
    return windows
        .standing(at)
        .map(
            window ->
                new DelegationChain(
                    root.links().stream().map(RootChain.Link::signed).toList(), window.signed()));
  }

  /** The statement of a key. */
  public Optional<KeyStatement> key(String kid) {
    return keys.stream().filter(key -> key.kid().equals(kid)).findFirst();
  }

  /** A log by its short name. */
  public Optional<StatedLog> log(String name) {
    return logs.stream().filter(log -> log.name().equals(name)).findFirst();
  }

  /** As JSON, for people and their scripts. */
  public JsonObject toJson() {
    return JsonObject.builder()
        .put("domain", domain)
        .put("issuer", issuer)
        .put("version", version)
        .put("as_of", asOf.getEpochSecond())
        .put("root", root.current().map(RootMetadata::toJson).orElse(null))
        .put("delegations", windows.all().stream().map(one -> one.delegation().toJson()).toList())
        .put("keys", keys.stream().map(KeyStatement::toJson).toList())
        .put("logs", logs.stream().map(StatedLog::toJson).toList())
        .put("ended_logs", endedLogs.stream().map(EndedLog::toJson).toList())
        .put("withdrawn_keys", withdrawnKeys)
        .put("revoked_keys", revokedKeys.stream().map(RevokedKey::toJson).toList())
        .put("revoked_tokens", revokedTokens.stream().map(RevokedToken::toJson).toList())
        .build();
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
