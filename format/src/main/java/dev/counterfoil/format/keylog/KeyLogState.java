package dev.counterfoil.format.keylog;

import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.keylog.KeyLogEvent.LogMoved;
import dev.counterfoil.format.keylog.KeyLogEvent.WithdrawalReason;
import dev.counterfoil.format.keylog.KeySet.EndedLog;
import dev.counterfoil.format.keylog.KeySet.RetiredKey;
import dev.counterfoil.format.keylog.KeySet.RevokedGroup;
import dev.counterfoil.format.keylog.KeySet.RevokedKey;
import dev.counterfoil.format.keylog.KeySet.RevokedToken;
import dev.counterfoil.format.keylog.KeySet.RotationPause;
import dev.counterfoil.format.keylog.KeySet.StatedLog;
import dev.counterfoil.format.keylog.KeySet.TaintedKey;
import dev.counterfoil.format.keylog.KeySet.WithdrawnKey;
import dev.counterfoil.format.keys.GroupHandle;
import dev.counterfoil.format.keys.KeyStatement;
import dev.counterfoil.format.keys.PublicJwk;
import dev.counterfoil.format.keys.RecordForm;
import dev.counterfoil.format.note.NoteKey;
import dev.counterfoil.format.policy.TrustPolicy;
import dev.counterfoil.format.root.Delegation;
import dev.counterfoil.format.root.DelegationWindows;
import dev.counterfoil.format.root.JointStatement;
import dev.counterfoil.format.root.RootChain;
import dev.counterfoil.format.root.RootPin;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What a key log says: a pure function of its entries in their order, and the one that registrar
 * and verifiers share. The registrar asks {@link #apply} before it makes an entry durable, so that
 * no entry stands in the log that a verifier refuses.
 *
 * <p>What takes trust away is never refused when it is well-formed, and twice is as once. What
 * gives trust must be signed under the delegation that stands at its entry, inside that
 * delegation's window and bounds. Not safe for concurrent use.
 */
public final class KeyLogState {
  /** Statements stay after their tokens' end, so that misuse of the key can be recognised. */
  public static final Duration STATEMENT_KEPT = Duration.ofDays(30);

  /** Most key statements that are kept; those whose tokens have ended give way to later ones. */
  public static final int KEYS_MAX = 1_000;

  /** How far ahead the date of a key may lie whose tokens nobody records. */
  public static final Duration UNRECORDED_MAX = Duration.ofDays(365);

  private final String domain;
  private final String issuer;
  private final List<NoteKey> pinned;
  private final Map<String, Stated<KeyStatement>> keys = new LinkedHashMap<>();
  private final Map<String, Stated<StatedLog>> logs = new LinkedHashMap<>();
  private final Map<String, EndedLog> ended = new LinkedHashMap<>();
  private AuditLogs auditLogs = new AuditLogs();
  private DisclosureKeys disclosureKeys;
  private final Map<String, WithdrawnKey> withdrawn = new LinkedHashMap<>();
  private final Map<String, TaintedKey> tainted = new LinkedHashMap<>();
  private final Map<String, RetiredKey> retired = new LinkedHashMap<>();
  private final Map<String, RotationPause> pauses = new LinkedHashMap<>();

  /** When all keys that ever were were stated: 100 bytes a rotation, so that none comes back. */
  private final Map<String, Instant> everStated = new HashMap<>();

  private RevokedKeys revokedKeys = new RevokedKeys();

  private Revocations revocations = new Revocations();
  private RevocationLogs revocationLogs = new RevocationLogs();
  private Succession succession = new Succession();
  private RootChain root;
  private DelegationWindows windows = DelegationWindows.none();
  private long size;

  /** Where the past is kept, too; null for who asks what counts now. */
  private @Nullable HistoricalKeys history;

  /** Something stated, and the index of the entry that stated it. */
  private record Stated<T>(long index, T what) {}

  private KeyLogState(String domain, String issuer, RootChain root, List<NoteKey> pinned) {
    this.domain = domain;
    this.issuer = issuer;
    this.root = root;
    this.pinned = List.copyOf(pinned);
    this.disclosureKeys = new DisclosureKeys(KeyLog.origin(issuer));
  }

  /**
   * The state before the first entry.
   *
   * @param domain the trust domain
   * @param issuer its issuer URL
   * @param root who delegates: one version of the root
   * @param pinned log keys that are known from elsewhere; no log of theirs is stated with another
   */
  public static KeyLogState empty(
      String domain, String issuer, RootPin root, List<NoteKey> pinned) {
    return new KeyLogState(domain, issuer, RootChain.under(root), pinned);
  }

  /** The state before the first entry, for whoever starts from a policy. */
  public static KeyLogState under(TrustPolicy policy) {
    return empty(policy.domain(), policy.issuer(), policy.root(), policy.logs());
  }

  /** The same, which keeps the history of keys, too; before the first entry. */
  public KeyLogState withHistory() {
    history = new HistoricalKeys();
    return this;
  }

  /** The history of keys, where it is kept. */
  public Optional<HistoricalKeys> history() {
    return Optional.ofNullable(history);
  }

  /** The same state, which goes on by itself. */
  public KeyLogState copy() {
    KeyLogState copy = new KeyLogState(domain, issuer, root, pinned);
    copy.keys.putAll(keys);
    copy.logs.putAll(logs);
    copy.ended.putAll(ended);
    copy.auditLogs = auditLogs.copy();
    copy.disclosureKeys = disclosureKeys.copy();
    copy.withdrawn.putAll(withdrawn);
    copy.tainted.putAll(tainted);
    copy.retired.putAll(retired);
    copy.pauses.putAll(pauses);
    copy.everStated.putAll(everStated);
    copy.succession = succession.copy();
    copy.revokedKeys = revokedKeys.copy();
    copy.revocations = revocations.copy();
    copy.revocationLogs = revocationLogs.copy();
    copy.windows = windows;
    copy.size = size;
    copy.history = history == null ? null : history.copy();
    return copy;
  }

  /** Number of entries taken in. */
  public long size() {
    return size;
  }

  /** Takes in the next entry; one that is refused changes nothing. */
  public void apply(byte[] entry) throws FormatException {
    KeyLogEntry.Content unused = take(entry);
  }

  /** The same, and what stands in the entry. */
  KeyLogEntry.Content take(byte[] entry) throws FormatException {
    KeyLogEntry.Content content = KeyLogEntry.parse(entry, new Expected());
    if (content instanceof KeyLogEntry.RootStated stated) {
      root = root.with(stated.signed());
    } else if (content instanceof KeyLogEntry.Delegated delegated) {
      delegate(delegated.signed());
    } else if (content instanceof KeyLogEntry.Happened happened) {
      happen(happened.event(), happened.at());
      if (history != null) {
        history.happen(happened.event(), happened.at());
      }
    }
    size++;
    return content;
  }

  /** Takes in entries of a revocation log, all of them or none. Whose they are is asked before. */
  public void revoke(List<byte[]> entries) throws FormatException {
    revocations.take(entries);
  }

  private final class Expected implements KeyLogEntry.Signers {
    @Override
    public PublicJwk statementKey(Instant at) throws FormatException {
      return standing(at).statementKey();
    }

    @Override
    public String origin() {
      return KeyLog.origin(issuer);
    }

    @Override
    public long index() {
      return size;
    }
  }

  private Delegation standing(Instant at) throws FormatException {
    return windows
        .standing(at)
        .orElseThrow(() -> new FormatException("no delegation stands at the entry"))
        .delegation();
  }

  private void delegate(JointStatement signed) throws FormatException {
    Delegation delegation = Delegation.verify(signed, root.required());
    if (!delegation.domain().equals(domain) || !delegation.issuer().equals(issuer)) {
      throw new FormatException("delegation is for another domain or issuer");
    }
    windows = windows.with(new DelegationWindows.Window(delegation, signed));
  }

  private void happen(KeyLogEvent event, Instant at) throws FormatException {
    if (event instanceof KeyLogEvent.Takes takes) {
      take(takes, at);
      return;
    }
    Delegation delegation = standing(at);
    if (event instanceof KeyLogEvent.KeyStated stated) {
      state(stated.key(), at, delegation);
    } else if (event instanceof KeyLogEvent.LogStated stated) {
      state(stated.log());
    } else if (event instanceof AuditLogStated stated) {
      auditLogs.state(stated, at, size, KeyLog.origin(issuer));
    } else if (event instanceof DisclosureKeyStated stated) {
      requireNotTakenBack(stated.key().thumbprint());
      disclosureKeys.state(stated, at, size);
    } else if (event instanceof LogMoved moved) {
      move(moved);
    } else if (event instanceof KeyLogEvent.RotationPaused paused) {
      pauses.put(paused.log(), new RotationPause(paused.log(), paused.until(), paused.by(), at));
    }
    windows = windows.stoodUnder(delegation.version());
  }

  private void move(LogMoved moved) throws FormatException {
    Stated<StatedLog> stated = logs.get(moved.log());
    if (stated == null) {
      throw new FormatException("a log that moves is stated before");
    }
    StatedLog there = new StatedLog(moved.log(), stated.what.key(), moved.url());
    logs.put(moved.log(), new Stated<>(stated.index, there));
  }

  /** Never refused nor narrowed by a later entry; but revocation logs begin and end in order. */
  private void take(KeyLogEvent.Takes event, Instant at) throws FormatException {
    if (event instanceof KeyLogEvent.TokenRevoked || event instanceof KeyLogEvent.GroupRevoked) {
      revocations.take(event);
    } else if (event instanceof KeyLogEvent.RevocationLogStated log) {
      revocationLogs.state(log, at);
    } else if (event instanceof KeyLogEvent.RevocationLogEnded log) {
      revocationLogs.end(log);
    } else if (event instanceof KeyLogEvent.KeyRevoked key) {
      revokedKeys.take(key, at);
      succession.takenBack(key.kid(), at);
    } else if (event instanceof KeyLogEvent.KeyTainted key) {
      tainted.merge(
          key.kid(),
          new TaintedKey(key.kid(), key.from(), at),
          (a, b) -> b.from().isBefore(a.from()) ? b : a);
      succession.takenBack(key.kid(), at);
    } else if (event instanceof KeyLogEvent.KeyRetired key) {
      retired.merge(
          key.kid(), new RetiredKey(key.kid(), at), (a, b) -> b.at().isBefore(a.at()) ? b : a);
      succession.retired(key.kid(), at);
    } else if (event instanceof KeyLogEvent.KeyWithdrawn key) {
      withdrawn.merge(
          key.kid(),
          new WithdrawnKey(key.kid(), key.reason(), at),
          (a, b) -> a.reason() == WithdrawalReason.ENDED ? b : a);
      succession.takenBack(key.kid(), at);
    } else if (event instanceof KeyLogEvent.LogEnded log) {
      ended.merge(
          log.log(),
          new EndedLog(log.log(), log.size(), log.successor(), log.reason(), at),
          (a, b) -> b.size() < a.size() ? b : a);
      succession.ended(log.log(), at);
    } else if (event instanceof AuditLogEnded log) {
      auditLogs.end(log, at);
    }
  }

  private void state(KeyStatement key, Instant at, Delegation delegation) throws FormatException {
    // Once and never again: its ceiling counts from its first statement.
    if (everStated.containsKey(key.kid())) {
      throw new FormatException("key is stated already");
    }
    requireNotTakenBack(key.kid());
    if (isNamedAlready(key, at)) {
      throw new FormatException("tokens name another key so");
    }
    Optional<String> objection =
        delegation
            .objection(key)
            .or(() -> KeyCeiling.objection(key, delegation))
            .or(() -> succession.objection(key, at));
    if (objection.isPresent()) {
      throw new FormatException(objection.get());
    }
    Optional<String> log = key.log();
    if (log.isPresent() && (!logs.containsKey(log.get()) || ended.containsKey(log.get()))) {
      throw new FormatException("key's log is not stated, or has ended");
    }
    if (key.record() instanceof RecordForm.None none
        && none.until().isAfter(at.plus(UNRECORDED_MAX))) {
      throw new FormatException("a key whose tokens nobody records is stated for too long");
    }
    keys.put(key.kid(), new Stated<>(size, key));
    everStated.put(key.kid(), at);
    succession.stated(key, at);
  }

  private void requireNotTakenBack(String kid) throws FormatException {
    if (withdrawn.containsKey(kid) || tainted.containsKey(kid)) {
      throw new FormatException("key was withdrawn");
    }
  }

  private boolean isNamedAlready(KeyStatement key, Instant at) {
    return keys.values().stream()
        .map(Stated::what)
        .anyMatch(other -> key.sharesNameWith(other) && at.isBefore(other.verifyUntil()));
  }

  private void state(StatedLog log) throws FormatException {
    String origin = KeyLog.origin(issuer);
    String expected = origin.substring(0, origin.length() - KeyLog.NAME.length()) + log.name();
    if (!log.key().name().equals(expected)) {
      throw new FormatException("log's key is not of a log of this issuer");
    }
    if (logs.containsKey(log.name()) || ended.containsKey(log.name())) {
      throw new FormatException("a log is stated once, and keeps its key");
    }
    if (pinned.stream()
        .anyMatch(key -> key.name().equals(log.key().name()) && !key.equals(log.key()))) {
      throw new FormatException("log key differs from the one in the policy");
    }
    logs.put(log.name(), new Stated<>(size, log));
  }

  /** The versions of the root. */
  public RootChain root() {
    return root;
  }

  /** The delegations that stand or may stand yet. */
  public DelegationWindows windows() {
    return windows;
  }

  /** The delegation that stands at a time. */
  public Optional<Delegation> delegation(Instant at) {
    return windows.standing(at).map(DelegationWindows.Window::delegation);
  }

  /** The statement of a key. */
  public Optional<KeyStatement> key(String kid) {
    return Optional.ofNullable(keys.get(kid)).map(Stated::what);
  }

  /** Stated keys that were not withdrawn. */
  public List<KeyStatement> trustedKeys() {
    return keys.values().stream()
        .map(Stated::what)
        .filter(key -> !withdrawn.containsKey(key.kid()))
        .toList();
  }

  /** A log by its short name. */
  public Optional<StatedLog> log(String name) {
    return Optional.ofNullable(logs.get(name)).map(Stated::what);
  }

  /** All logs that were ever stated. */
  public List<StatedLog> logs() {
    return logs.values().stream().map(Stated::what).toList();
  }

  /** How a log ended; empty while it goes on. */
  public Optional<EndedLog> ended(String log) {
    return Optional.ofNullable(ended.get(log));
  }

  /** Whether a key was withdrawn. */
  public boolean isWithdrawn(String kid) {
    return withdrawn.containsKey(kid);
  }

  /** How a key was withdrawn; empty when it is not. */
  public Optional<WithdrawnKey> withdrawal(String kid) {
    return Optional.ofNullable(withdrawn.get(kid));
  }

  /** Whether a key was ever stated. */
  public boolean wasStated(String kid) {
    return everStated.containsKey(kid);
  }

  /** When a key was retired; empty while it may sign. */
  public Optional<RetiredKey> retiredKey(String kid) {
    return Optional.ofNullable(retired.get(kid));
  }

  /** From when on a key's tokens do not count; empty while it is not tainted. */
  public Optional<TaintedKey> taintedKey(String kid) {
    return Optional.ofNullable(tainted.get(kid));
  }

  /** The last word on the pause of a signer's rotation. */
  public Optional<RotationPause> pause(String log) {
    return Optional.ofNullable(pauses.get(log));
  }

  /** The audit logs that were ever stated. */
  public List<StatedAuditLog> auditLogs() {
    return auditLogs.stated(Long.MAX_VALUE);
  }

  /** What keeps an audit log from being stated next; empty when nothing does. */
  public Optional<String> objection(AuditLogStated event) {
    return auditLogs.objection(event, KeyLog.origin(issuer));
  }

  /** Those audit logs that have ended. */
  public List<StatedAuditLog.Ended> endedAuditLogs() {
    return auditLogs.ended();
  }

  /** The keys of the disclosure process that were ever stated, the withdrawn ones, too. */
  public DisclosureKeys disclosureKeys() {
    return disclosureKeys;
  }

  /** How long before it signs a key of a ring must stand here, when it is stated at an instant. */
  public Duration requiredLead(KeyStatement.Ring ring, Instant at) {
    return succession.lead(ring, at);
  }

  /** The longest time ahead that any key that can sign at an instant promises. */
  public Duration longestLead(Instant at) {
    return succession.most(at);
  }

  /** Thumbprints of the keys that were retired. */
  public List<String> retired() {
    return List.copyOf(retired.keySet());
  }

  /** Thumbprints of the keys that were tainted, withdrawn or revoked. */
  public List<String> takenBack() {
    Set<String> kids = new LinkedHashSet<>(withdrawn.keySet());
    kids.addAll(tainted.keySet());
    revokedKeys.all().forEach(key -> kids.add(key.kid()));
    return List.copyOf(kids);
  }

  /** From where on a key's tokens are revoked. */
  public Optional<RevokedKey> revokedKey(String kid) {
    return revokedKeys.widest(kid);
  }

  /** Whether a key's tokens are revoked that stand at a position of a log. */
  public boolean isRevoked(String kid, String log, long position) {
    return revokedKeys.covers(kid, log, position);
  }

  /** The revocation of one token. */
  public Optional<RevokedToken> revokedToken(String log, long position) {
    return revocations.token(log, position);
  }

  /** The revocations of single tokens that were not forgotten. */
  public List<RevokedToken> revokedTokens() {
    return revocations.tokens();
  }

  /** The revocation of a group of tokens. */
  public Optional<RevokedGroup> revokedGroup(GroupHandle group) {
    return revocations.group(group);
  }

  /** The revocations of groups that were not forgotten. */
  public List<RevokedGroup> revokedGroups() {
    return revocations.groups();
  }

  /** Number of revoked tokens and groups that were not forgotten. */
  public int revocationCount() {
    return revocations.count();
  }

  /** Where the domain's revocations of tokens are read. */
  public RevocationLogs revocationLogs() {
    return revocationLogs;
  }

  /**
   * Forgets what no longer matters: revocations of tokens that are expired, statements of keys
   * whose tokens have ended long ago or when there are many. No later entry is judged by it, so
   * everybody may forget by his own clock.
   */
  public void forget(Instant now) {
    revocations.forget(now);
    revocationLogs.forget(now);
    keys.values().removeIf(key -> !now.isBefore(key.what.verifyUntil().plus(STATEMENT_KEPT)));
    forgetKeysWithoutStatement(now);
    if (keys.size() >= KEYS_MAX) {
      keys.values().stream()
          .map(Stated::what)
          .filter(key -> !now.isBefore(key.verifyUntil()))
          .sorted(Comparator.comparing(KeyStatement::verifyUntil))
          .limit(keys.size() - KEYS_MAX + 1L)
          .map(KeyStatement::kid)
          .toList()
          .forEach(keys::remove);
    }
  }

  /**
   * What happened to keys at their end goes with their statements. Keys that somebody took back
   * stay in the list: whoever uses one is recognised.
   */
  private void forgetKeysWithoutStatement(Instant now) {
    withdrawn
        .values()
        .removeIf(
            key ->
                key.reason() == WithdrawalReason.ENDED
                    && everStated.containsKey(key.kid())
                    && !keys.containsKey(key.kid())
                    && !now.isBefore(key.at().plus(STATEMENT_KEPT)));
    retired
        .values()
        .removeIf(
            key -> !keys.containsKey(key.kid()) && !now.isBefore(key.at().plus(STATEMENT_KEPT)));
    pauses.values().removeIf(pause -> !now.isBefore(pause.until().plus(STATEMENT_KEPT)));
  }

  /**
   * What counts now.
   *
   * <p>What takes trust away counts from its entry on. What gives trust counts when its entry
   * stands below {@code countedSize}, the size of the last checkpoint that the policy's quorum has
   * cosigned. Keys that were stated under a wider delegation than those that stand are left out.
   *
   * @param countedSize entries below it give trust
   * @param asOf as of when the log is known
   * @throws FormatException before the pinned root is there, and a delegation of it
   */
  public KeySet keySet(long countedSize, Instant asOf) throws FormatException {
    if (!root.reachesPin()) {
      throw new FormatException(
          "the key log does not have version " + root.pin().version() + " of the root yet");
    }
    if (windows.all().isEmpty()) {
      throw new FormatException("the root has not delegated yet");
    }
    List<StatedLog> countedLogs =
        logs.values().stream().filter(log -> log.index < countedSize).map(Stated::what).toList();
    return new KeySet(
        domain,
        issuer,
        size,
        asOf,
        root,
        windows,
        keys.values().stream()
            .filter(key -> key.index < countedSize)
            .map(Stated::what)
            .filter(key -> !withdrawn.containsKey(key.kid()))
            .filter(windows::admit)
            .filter(
                key ->
                    key.log().isEmpty()
                        || countedLogs.stream().anyMatch(log -> log.name().equals(key.log().get())))
            .toList(),
        countedLogs,
        List.copyOf(ended.values()),
        List.copyOf(withdrawn.values()),
        withdrawn.keySet().stream()
            .map(keys::get)
            .filter(Objects::nonNull)
            .map(Stated::what)
            .toList(),
        List.copyOf(tainted.values()),
        List.copyOf(retired.values()),
        revokedKeys.all(),
        revocations.tokens(),
        revocations.groups(),
        List.copyOf(pauses.values()),
        auditLogs.stated(countedSize),
        auditLogs.ended(),
        disclosureKeys.counting(countedSize, withdrawn.keySet()),
        succession.servingSince(),
        succession.interruptions(),
        everStated);
  }
}
