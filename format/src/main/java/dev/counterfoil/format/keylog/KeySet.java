package dev.counterfoil.format.keylog;

import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.keys.GroupHandle;
import dev.counterfoil.format.keys.KeyStatement;
import dev.counterfoil.format.keys.LogName;
import dev.counterfoil.format.keys.RecordForm;
import dev.counterfoil.format.keys.TokenId;
import dev.counterfoil.format.note.NoteKey;
import dev.counterfoil.format.root.Delegation;
import dev.counterfoil.format.root.DelegationChain;
import dev.counterfoil.format.root.DelegationWindows;
import dev.counterfoil.format.root.RootChain;
import dev.counterfoil.format.root.RootMetadata;
import java.net.URI;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;

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
 * @param withdrawals keys that were stated once and are trusted no more
 * @param withdrawnStatements statements of those that are remembered, to recognise their misuse
 * @param taintedKeys keys that may be stolen: their tokens from a time on do not count
 * @param retiredKeys keys that sign no more, since another one took over
 * @param revokedKeys keys whose tokens are no good from a position on
 * @param revokedTokens single tokens that are no good
 * @param revokedGroups groups of tokens that are no good
 * @param pauses signers whose keys an operator does not let change for a while
 * @param auditLogs the logs that keep the domain's events, those that have ended, too
 * @param endedAuditLogs those of them that have ended
 * @param disclosureKeys keys of the disclosure process that were ever stated, without the withdrawn
 *     ones
 * @param servingSince since when some key could sign at every time; empty before the first
 * @param interruptions rings whose key that signed was taken back, with the time to which it would
 *     have signed: until then, or until another key of the ring signs, the next one may come at
 *     once
 * @param statedAt when those of the keys, and of the withdrawn ones, were stated of which that is
 *     known
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
    List<WithdrawnKey> withdrawals,
    List<KeyStatement> withdrawnStatements,
    List<TaintedKey> taintedKeys,
    List<RetiredKey> retiredKeys,
    List<RevokedKey> revokedKeys,
    List<RevokedToken> revokedTokens,
    List<RevokedGroup> revokedGroups,
    List<RotationPause> pauses,
    List<StatedAuditLog> auditLogs,
    List<StatedAuditLog.Ended> endedAuditLogs,
    List<StatedDisclosureKey> disclosureKeys,
    Optional<Instant> servingSince,
    Map<KeyStatement.Ring, Instant> interruptions,
    Map<String, Instant> statedAt) {
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
   * A key that is trusted no more.
   *
   * @param kid the key
   * @param reason why
   * @param at since when
   */
  public record WithdrawnKey(String kid, KeyLogEvent.WithdrawalReason reason, Instant at) {
    JsonObject toJson() {
      return JsonObject.builder()
          .put("kid", kid)
          .put("reason", reason.text())
          .put("at", at.getEpochSecond())
          .build();
    }
  }

  /**
   * A key that may be stolen.
   *
   * @param kid the key
   * @param from no token that is dated at or after this counts
   * @param at when it was tainted
   */
  public record TaintedKey(String kid, Instant from, Instant at) {
    JsonObject toJson() {
      return JsonObject.builder()
          .put("kid", kid)
          .put("from", from.getEpochSecond())
          .put("at", at.getEpochSecond())
          .build();
    }
  }

  /**
   * A key that signs no more.
   *
   * @param kid the key
   * @param at no token that is dated after this counts
   */
  public record RetiredKey(String kid, Instant at) {
    JsonObject toJson() {
      return JsonObject.builder().put("kid", kid).put("at", at.getEpochSecond()).build();
    }
  }

  /**
   * An operator's wish that a signer's keys do not change for a while.
   *
   * @param log short name of the signer's log
   * @param until when rotation goes on
   * @param by the Unix user who asked
   * @param at when
   */
  public record RotationPause(String log, Instant until, String by, Instant at) {
    JsonObject toJson() {
      return JsonObject.builder()
          .put("log", log)
          .put("until", until.getEpochSecond())
          .put("by", by)
          .put("at", at.getEpochSecond())
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
    /**
     * Whether a token of the key is invalid. A key has one token log, so that its name stands here
     * for people; of record logs it may have several, and those of later generations come after the
     * position.
     *
     * @param of short name of the log that records the token
     */
    public boolean covers(String of, long position) {
      Optional<LogName> named = LogName.parse(log).filter(LogName::isRecordLog);
      Optional<LogName> other = LogName.parse(of);
      if (named.isEmpty() || other.isEmpty() || !named.get().isOfOwnerOf(other.get())) {
        return position >= from;
      }
      return named.get().isBefore(other.get()) || (named.equals(other) && position >= from);
    }

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
   * Tokens of a group that are no good.
   *
   * @param group the handle that they carry
   * @param before the first time of issue that is good again
   * @param until when the last of them has expired, after which the entry may go
   */
  public record RevokedGroup(GroupHandle group, Instant before, Instant until) {
    /** Whether a token of the group that says that it was issued at a time is no good. */
    public boolean ends(Instant issuedAt) {
      return issuedAt.isBefore(before);
    }

    /** Both of two revocations of one group. */
    static RevokedGroup wider(RevokedGroup a, RevokedGroup b) {
      return new RevokedGroup(
          a.group,
          a.before.isBefore(b.before) ? b.before : a.before,
          a.until.isBefore(b.until) ? b.until : a.until);
    }

    JsonObject toJson() {
      return JsonObject.builder()
          .put("group", group.toString())
          .put("before", before.getEpochSecond())
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
    withdrawals = List.copyOf(withdrawals);
    taintedKeys = List.copyOf(taintedKeys);
    retiredKeys = List.copyOf(retiredKeys);
    pauses = List.copyOf(pauses);
    revokedKeys = List.copyOf(revokedKeys);
    revokedTokens = List.copyOf(revokedTokens);
    revokedGroups = List.copyOf(revokedGroups);
    auditLogs = List.copyOf(auditLogs);
    endedAuditLogs = List.copyOf(endedAuditLogs);
    disclosureKeys = List.copyOf(disclosureKeys);
    interruptions = Map.copyOf(interruptions);
    statedAt = ofThese(statedAt, keys, withdrawnStatements);
  }

  /** Those that ever were are too many for each key set. */
  private static Map<String, Instant> ofThese(
      Map<String, Instant> all, List<KeyStatement> keys, List<KeyStatement> withdrawn) {
    return Stream.concat(keys.stream(), withdrawn.stream())
        .map(KeyStatement::kid)
        .distinct()
        .filter(all::containsKey)
        .collect(Collectors.toUnmodifiableMap(Function.identity(), all::get));
  }

  /** Thumbprints of the keys that are trusted no more. */
  public List<String> withdrawnKeys() {
    return withdrawals.stream().map(WithdrawnKey::kid).toList();
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

  /**
   * The logs in which a key's digests count, the latest generation first. One that ended empty is
   * left out.
   */
  public List<StatedLog> logs(RecordForm.Digest form) {
    return logs.stream()
        .filter(log -> form.covers(log.name()))
        .filter(
            log ->
                endedLogs.stream()
                    .noneMatch(end -> end.log().equals(log.name()) && end.size() == 0))
        .sorted(Comparator.comparingInt(KeySet::generation).reversed())
        .toList();
  }

  private static int generation(StatedLog log) {
    return LogName.parse(log.name()).map(LogName::generation).orElse(0);
  }

  /** Whether a key is stated as an audit log's of the domain; it may have ended since. */
  public boolean statesAuditLog(NoteKey key) {
    return auditLogs.stream().anyMatch(log -> log.key().equals(key));
  }

  /**
   * What the key log has against a checkpoint of an audit log; empty when nothing. Whether it
   * states the log is another question.
   *
   * @param origin the audit log's
   * @param size the checkpoint's
   */
  public Optional<String> auditLogObjection(String origin, long size) {
    return endedAuditLogs.stream()
        .filter(log -> log.origin().equals(origin))
        .findFirst()
        .flatMap(log -> log.objection(size));
  }

  /**
   * Why a checkpoint that an audit log's key signed does not count; empty when it does.
   *
   * @param size the checkpoint's
   */
  public Optional<String> auditLogFault(NoteKey key, long size) {
    Optional<String> objection = auditLogObjection(key.name(), size);
    return objection.isPresent() || statesAuditLog(key)
        ? objection
        : Optional.of(
            "the key log of domain %s does not state this key of audit log %s, as of %s"
                .formatted(domain, key.name(), asOf));
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
        .put("withdrawn_keys", withdrawals.stream().map(WithdrawnKey::toJson).toList())
        .put("tainted_keys", taintedKeys.stream().map(TaintedKey::toJson).toList())
        .put("retired_keys", retiredKeys.stream().map(RetiredKey::toJson).toList())
        .put("revoked_keys", revokedKeys.stream().map(RevokedKey::toJson).toList())
        .put("revoked_tokens", revokedTokens.stream().map(RevokedToken::toJson).toList())
        .put("revoked_groups", revokedGroups.stream().map(RevokedGroup::toJson).toList())
        .put("pauses", pauses.stream().map(RotationPause::toJson).toList())
        .put("audit_logs", auditLogs.stream().map(StatedAuditLog::toJson).toList())
        .put("ended_audit_logs", endedAuditLogs.stream().map(StatedAuditLog.Ended::toJson).toList())
        .put("disclosure_keys", disclosureKeys.stream().map(StatedDisclosureKey::toJson).toList())
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
