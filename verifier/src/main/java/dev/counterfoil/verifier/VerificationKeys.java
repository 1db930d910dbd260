package dev.counterfoil.verifier;

import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.keylog.KeyCeiling;
import dev.counterfoil.format.keylog.KeyLogEvent;
import dev.counterfoil.format.keylog.KeySet;
import dev.counterfoil.format.keys.GroupHandle;
import dev.counterfoil.format.keys.KeyStatement;
import dev.counterfoil.format.keys.RecordForm;
import dev.counterfoil.format.keys.TokenId;
import dev.counterfoil.format.root.Delegation;
import dev.counterfoil.format.root.DelegationWindows;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What a mirrored key log says, laid out for asking. Immutable.
 *
 * <p>What a revocation looks like: a key revoked from position n on makes its tokens at and past n
 * no good; a withdrawn key makes all of them no good; a revoked token is one position.
 */
final class VerificationKeys {
  /** Most logs of a record door in which one token is looked for: the latest. */
  static final int RECORD_LOGS_MAX = 16;

  /** A stated key, ready to check signatures. */
  record TrustedKey(String kid, KeyStatement statement, SignatureCheck.Key key) {}

  private record Position(String log, long position) {}

  private final KeySet set;

  /** The delegation under which these keys count; null while it is not asked for. */
  private final @Nullable Delegation standing;

  private final Map<String, TrustedKey> keys;
  private final Map<String, KeySet.StatedLog> logs;
  private final Map<String, KeySet.EndedLog> endedLogs;
  private final Map<RecordForm, List<KeySet.StatedLog>> recordLogs;
  private final Set<String> withdrawn;

  /** From when on each key is too old, under the delegation that stands. */
  private final Map<String, Instant> tooOldFrom = new HashMap<>();

  /** Whether another issuer composes the tokens of any key. */
  private final boolean foreign;

  private final Map<String, KeyLogEvent.WithdrawalReason> withdrawalReasons;
  private final Map<String, Instant> taintedFrom;
  private final Map<String, Instant> retiredAt;
  private final Map<String, List<KeySet.RevokedKey>> revokedKeys;
  private final Set<Position> revokedTokens;
  private final Map<GroupHandle, KeySet.RevokedGroup> revokedGroups;

  private VerificationKeys(KeySet set, SignatureCheck signatures) throws FormatException {
    this.set = set;
    this.standing = null;
    this.keys = new HashMap<>();
    for (KeyStatement statement : set.keys()) {
      put(keys, trusted(statement, signatures));
    }
    for (KeyStatement statement : set.withdrawnStatements()) {
      // Only to recognise who uses it: isWithdrawn is asked first.
      put(keys, trusted(statement, signatures));
    }
    this.foreign = anyForeign(keys);
    this.logs = new HashMap<>();
    set.logs().forEach(log -> logs.put(log.name(), log));
    this.endedLogs = new HashMap<>();
    set.endedLogs().forEach(ended -> endedLogs.putIfAbsent(ended.log(), ended));
    this.recordLogs = new HashMap<>();
    for (KeyStatement statement : set.keys()) {
      if (statement.record() instanceof RecordForm.Digest form) {
        recordLogs.computeIfAbsent(
            form, same -> set.logs(form).stream().limit(RECORD_LOGS_MAX).toList());
      }
    }
    this.withdrawn = Set.copyOf(set.withdrawnKeys());
    this.withdrawalReasons = new HashMap<>();
    this.taintedFrom = new HashMap<>();
    this.retiredAt = new HashMap<>();
    set.withdrawals().forEach(key -> withdrawalReasons.put(key.kid(), key.reason()));
    set.taintedKeys().forEach(key -> taintedFrom.put(key.kid(), key.from()));
    set.retiredKeys().forEach(key -> retiredAt.put(key.kid(), key.at()));
    this.revokedKeys =
        set.revokedKeys().stream().collect(Collectors.groupingBy(KeySet.RevokedKey::kid));
    this.revokedTokens =
        set.revokedTokens().stream()
            .map(r -> new Position(r.log(), r.position()))
            .collect(Collectors.toUnmodifiableSet());
    this.revokedGroups = new HashMap<>();
    set.revokedGroups().forEach(group -> revokedGroups.put(group.group(), group));
  }

  /** The same without the keys that a delegation does not admit. */
  private VerificationKeys(VerificationKeys all, Delegation delegation) {
    this.set = all.set;
    this.standing = delegation;
    this.keys = new HashMap<>(all.keys);
    keys.values()
        .removeIf(
            key ->
                !all.isWithdrawn(key.kid()) && delegation.objection(key.statement()).isPresent());
    for (TrustedKey key : keys.values()) {
      KeyCeiling.end(key.statement(), delegation).ifPresent(end -> tooOldFrom.put(key.kid(), end));
    }
    this.foreign = anyForeign(keys);
    this.logs = all.logs;
    this.endedLogs = all.endedLogs;
    this.recordLogs = all.recordLogs;
    this.withdrawn = all.withdrawn;
    this.withdrawalReasons = all.withdrawalReasons;
    this.taintedFrom = all.taintedFrom;
    this.retiredAt = all.retiredAt;
    this.revokedKeys = all.revokedKeys;
    this.revokedTokens = all.revokedTokens;
    this.revokedGroups = all.revokedGroups;
  }

  private static boolean anyForeign(Map<String, TrustedKey> keys) {
    return keys.values().stream().anyMatch(key -> key.statement().isForeign());
  }

  private static void put(Map<String, TrustedKey> keys, TrustedKey key) {
    keys.put(key.kid(), key);
    String alias = key.statement().alias();
    if (alias != null) {
      // A withdrawn key does not take the name of one that followed it.
      keys.putIfAbsent(alias, key);
    }
  }

  private static TrustedKey trusted(KeyStatement statement, SignatureCheck signatures)
      throws FormatException {
    return new TrustedKey(statement.kid(), statement, signatures.key(statement.jwk()));
  }

  /**
   * A set under each of its delegations: which one stands changes while a set is held.
   *
   * @param set what a mirror verified
   * @param under the ring under each delegation; there are few
   */
  record Rings(KeySet set, List<KeySetSource.Fresh.Ring> under) {
    /** The ring that counts at a time; null when no delegation stands. */
    KeySetSource.Fresh.@Nullable Ring at(Instant now) {
      Delegation standing = set.delegation(now).orElse(null);
      if (standing != null) {
        for (KeySetSource.Fresh.Ring fresh : under) {
          Delegation of = fresh.ring().standing;
          if (of != null && of.version() == standing.version()) {
            return fresh;
          }
        }
      }
      return null;
    }
  }

  /** Lays out a set that a mirror verified. */
  static Rings of(KeySet set, SignatureCheck signatures) throws FormatException {
    VerificationKeys all = new VerificationKeys(set, signatures);
    List<KeySetSource.Fresh.Ring> under = new ArrayList<>();
    for (DelegationWindows.Window window : set.windows().all()) {
      under.add(new KeySetSource.Fresh.Ring(new VerificationKeys(all, window.delegation())));
    }
    return new Rings(set, List.copyOf(under));
  }

  KeySet set() {
    return set;
  }

  /** The key that a token names, by its thumbprint or by the name that its issuer has for it. */
  @Nullable TrustedKey key(String kid) {
    return keys.get(kid);
  }

  /** The keys that may still sign, each once. */
  Stream<TrustedKey> signers() {
    return keys.values().stream().distinct().filter(key -> !isWithdrawn(key.kid()));
  }

  /** Whether another issuer composes the tokens of any key, or may compose those of one to come. */
  boolean hasForeign() {
    return foreign || (standing != null && !standing.bounds().attachedIssuers().isEmpty());
  }

  /** Whether the root has attached an issuer. */
  boolean attaches(String issuer) {
    return standing != null && standing.bounds().attachedIssuers().contains(issuer);
  }

  Optional<KeySet.StatedLog> log(String name) {
    return Optional.ofNullable(logs.get(name));
  }

  /**
   * The logs in which a digest of a stated key counts, the latest generation first. No more than
   * {@value #RECORD_LOGS_MAX}: each is asked about a token that none has.
   */
  List<KeySet.StatedLog> logs(RecordForm.Digest form) {
    return recordLogs.getOrDefault(form, List.of());
  }

  /** Whether a log ended before a position, so that nothing at it counts. */
  Optional<KeySet.EndedLog> endedBefore(String log, long position) {
    return ended(log).filter(end -> position >= end.size());
  }

  /** A log that lost its end may have issued the token: it cannot be shown, and is no forgery. */
  static Refused pastEnd(KeySet.EndedLog ended) {
    return ended.reason().losesTokens()
        ? new Refused(
            RefusalCode.PROOF_UNAVAILABLE, "the token's log lost what it recorded at its end")
        : new Refused(RefusalCode.BEYOND_TIP, "the token's log ended before its position");
  }

  /** How a log ended; empty while it goes on. */
  Optional<KeySet.EndedLog> ended(String log) {
    return Optional.ofNullable(endedLogs.get(log));
  }

  boolean isWithdrawn(String kid) {
    return withdrawn.contains(kid);
  }

  /** Whether a key was withdrawn because all its tokens had expired. */
  boolean isEnded(String kid) {
    return withdrawalReasons.get(kid) == KeyLogEvent.WithdrawalReason.ENDED;
  }

  /** Whether a key is older than any may be, at an instant at which it is said to have signed. */
  boolean isTooOld(TrustedKey key, Instant at) {
    Instant end = tooOldFrom.get(key.kid());
    return standing == null || (end != null && !at.isBefore(end));
  }

  /** Whether a key may be stolen, by what somebody who saw it said. */
  boolean isTainted(String kid) {
    return taintedFrom.containsKey(kid);
  }

  /**
   * What the set says against a key or one of its tokens; empty when nothing.
   *
   * @param issuedAt when the token says that it was issued
   * @param group the handle that it carries, or null
   */
  Optional<RefusalCode> revocation(
      String kid, TokenId id, Instant issuedAt, @Nullable GroupHandle group) {
    if (isWithdrawn(kid)) {
      return Optional.of(RefusalCode.KEY_WITHDRAWN);
    }
    Instant tainted = taintedFrom.get(kid);
    if (tainted != null && !issuedAt.isBefore(tainted)) {
      return Optional.of(RefusalCode.KEY_TAINTED);
    }
    Instant retired = retiredAt.get(kid);
    if (retired != null && issuedAt.isAfter(retired)) {
      return Optional.of(RefusalCode.KEY_RETIRED);
    }
    if (revokedKeys.getOrDefault(kid, List.of()).stream()
        .anyMatch(revoked -> revoked.covers(id.log(), id.position()))) {
      return Optional.of(RefusalCode.KEY_REVOKED);
    }
    KeySet.RevokedGroup ended = group == null ? null : revokedGroups.get(group);
    return (ended != null && ended.ends(issuedAt))
            || revokedTokens.contains(new Position(id.log(), id.position()))
        ? Optional.of(RefusalCode.TOKEN_REVOKED)
        : Optional.empty();
  }

  /** What a code of {@link #revocation} is told by. */
  static String text(RefusalCode code) {
    return code == RefusalCode.KEY_TAINTED
        ? "token is dated after its key was found to be perhaps stolen"
        : code == RefusalCode.KEY_RETIRED
            ? "token is dated after another key took over"
            : "token or its key is revoked at its position";
  }
}
