package dev.counterfoil.format.keylog;

import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.keylog.KeyLogEntry.Delegated;
import dev.counterfoil.format.keylog.KeyLogEntry.Happened;
import dev.counterfoil.format.keylog.KeyLogEvent.KeyRevoked;
import dev.counterfoil.format.keylog.KeyLogEvent.KeyStated;
import dev.counterfoil.format.keylog.KeyLogEvent.KeyWithdrawn;
import dev.counterfoil.format.keylog.KeyLogEvent.LogEnded;
import dev.counterfoil.format.keylog.KeyLogEvent.WithdrawalReason;
import dev.counterfoil.format.keylog.KeySet.EndedLog;
import dev.counterfoil.format.keylog.KeySet.RetiredKey;
import dev.counterfoil.format.keylog.KeySet.RevokedKey;
import dev.counterfoil.format.keylog.KeySet.TaintedKey;
import dev.counterfoil.format.keylog.KeySet.WithdrawnKey;
import dev.counterfoil.format.keys.KeyStatement;
import dev.counterfoil.format.policy.TrustPolicy;
import dev.counterfoil.format.root.Delegation;
import dev.counterfoil.format.root.DelegationWindows;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;

/**
 * A key log read as history: which key was allowed to sign what, at every time that was. Unlike
 * {@link KeyLogState} it forgets nothing, and it keeps apart what the log said at a time from what
 * it said later.
 *
 * <p>Every entry must be one that may stand there. The log does not say when a ceremony of the root
 * was recorded, only between which entries; it counts here from the time of the entry before it.
 * Not safe for concurrent use.
 */
public final class KeyHistory {
  private final KeyLogState state;
  private final Map<String, Stated> stated = new LinkedHashMap<>();
  private final Map<String, Instant> revoked = new HashMap<>();
  private final Map<String, Instant> withdrawn = new HashMap<>();
  private final Map<String, Instant> ended = new HashMap<>();
  private final List<Epoch> epochs = new ArrayList<>();
  private final TreeSet<Instant> turns = new TreeSet<>();
  private Instant last = Instant.EPOCH;
  private long counted = Long.MAX_VALUE;

  /** Delegations as they were recorded from a time on. */
  private record Epoch(Instant from, DelegationWindows windows) {}

  private record Stated(KeyStatement key, long index, Instant at) {}

  /**
   * A key's life, as the whole log has it.
   *
   * @param key the statement
   * @param index of the entry that stated it
   * @param statedAt the entry's time
   * @param allowed when it was allowed to sign, by what the log said then
   * @param retired when it was retired
   * @param tainted from when on it may be stolen
   * @param revoked from which position of its log on its tokens are no good
   * @param withdrawn when it was taken out of the trusted set
   * @param logEnded how its log ended
   * @param logEndedAt when that was recorded
   */
  public record Life(
      KeyStatement key,
      long index,
      Instant statedAt,
      List<Interval> allowed,
      Optional<RetiredKey> retired,
      Optional<TaintedKey> tainted,
      Optional<RevokedKey> revoked,
      Optional<WithdrawnKey> withdrawn,
      Optional<EndedLog> logEnded,
      Optional<Instant> logEndedAt) {
    public Life {
      allowed = List.copyOf(allowed);
    }
  }

  /**
   * Some time.
   *
   * @param from its beginning
   * @param until its end, exclusive
   */
  public record Interval(Instant from, Instant until) {}

  /** What speaks against a key at a time. */
  public enum Reason {
    NOT_STATED,
    NOT_COSIGNED,
    NOT_ACTIVE,
    ENDED,
    RETIRED,
    TAINTED,
    REVOKED,
    WITHDRAWN,
    LOG_ENDED,
    NO_DELEGATION,
    BEYOND_DELEGATION,
    TOO_OLD,
    OUT_OF_SCOPE,
    SIGNATURE;

    /** As it stands in JSON, such as {@code not-stated}. */
    public String code() {
      return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
  }

  /**
   * Why a key was not allowed to sign.
   *
   * @param reason for programs
   * @param text for people
   */
  public record Objection(Reason reason, String text) {}

  private KeyHistory(KeyLogState state) {
    this.state = state;
  }

  /** The history before the first entry. */
  public static KeyHistory under(TrustPolicy policy) {
    return new KeyHistory(KeyLogState.under(policy));
  }

  /** Takes in the next entry; one that is refused changes nothing. */
  public void apply(byte[] entry) throws FormatException {
    DelegationWindows before = state.windows();
    long index = state.size();
    KeyLogEntry.Content content = state.take(entry);
    if (content instanceof Happened happened) {
      last = happened.at().isAfter(last) ? happened.at() : last;
      remember(happened.event(), happened.at(), index);
    }
    if (!state.windows().equals(before)) {
      Instant from = content instanceof Delegated && epochs.isEmpty() ? Instant.EPOCH : last;
      epochs.add(new Epoch(from, state.windows()));
      turns.add(from);
      for (DelegationWindows.Window window : state.windows().all()) {
        turns.add(window.delegation().notBefore());
        turns.add(window.delegation().notAfter());
      }
    }
  }

  private void remember(KeyLogEvent event, Instant at, long index) {
    if (event instanceof KeyStated key) {
      stated.put(key.key().kid(), new Stated(key.key(), index, at));
    } else if (event instanceof KeyRevoked key) {
      revoked.putIfAbsent(key.kid(), at);
    } else if (event instanceof KeyWithdrawn key) {
      withdrawn.putIfAbsent(key.kid(), at);
    } else if (event instanceof LogEnded log) {
      ended.putIfAbsent(log.log(), at);
    }
  }

  /** Where a policy asks for witnesses: entries from this index on give no trust yet. */
  public void countedBelow(long size) {
    counted = size;
  }

  /** Number of entries. */
  public long size() {
    return state.size();
  }

  /** Every key that was ever stated, in the order of their entries. */
  public List<Life> lives() {
    return stated.values().stream().map(this::life).toList();
  }

  /** One key's life; empty when it was never stated. */
  public Optional<Life> life(String kid) {
    return Optional.ofNullable(stated.get(kid)).map(this::life);
  }

  private Life life(Stated one) {
    String kid = one.key.kid();
    return new Life(
        one.key,
        one.index,
        one.at,
        allowed(one),
        state.retiredKey(kid),
        state.taintedKey(kid),
        state.revokedKey(kid),
        state.withdrawal(kid),
        one.key.log().flatMap(state::ended),
        one.key.log().map(ended::get));
  }

  /** When a key was allowed to sign, by what the log said at each time. */
  private List<Interval> allowed(Stated one) {
    String kid = one.key.kid();
    TreeSet<Instant> at = new TreeSet<>();
    at.add(one.key.activeFrom());
    at.add(one.key.activeUntil());
    at.add(one.at);
    state.retiredKey(kid).ifPresent(key -> at.add(key.at().plusSeconds(1)));
    state.taintedKey(kid).ifPresent(key -> at.add(key.from()));
    Optional.ofNullable(revoked.get(kid)).ifPresent(at::add);
    Optional.ofNullable(withdrawn.get(kid)).ifPresent(at::add);
    one.key.log().map(ended::get).ifPresent(at::add);
    for (KeyCeiling ceiling : KeyCeiling.values()) {
      at.add(one.key.activeFrom().plus(ceiling.age()));
    }
    at.addAll(turns);
    List<Interval> allowed = new ArrayList<>();
    Instant from = one.key.activeFrom();
    while (from.isBefore(one.key.activeUntil())) {
      Instant until = at.higher(from);
      if (until == null) {
        break;
      }
      if (objection(kid, from).isEmpty()) {
        Interval before = allowed.isEmpty() ? null : allowed.get(allowed.size() - 1);
        if (before != null && before.until.equals(from)) {
          allowed.set(allowed.size() - 1, new Interval(before.from, until));
        } else {
          allowed.add(new Interval(from, until));
        }
      }
      from = until;
    }
    return allowed;
  }

  /**
   * Why a key was not allowed to sign at a time, by what the log said then; empty when it was. What
   * it may sign stands in its statement.
   */
  public Optional<Objection> objection(String kid, Instant at) {
    Stated one = stated.get(kid);
    if (one == null) {
      return because(Reason.NOT_STATED, "no key of this thumbprint was ever stated");
    }
    if (at.isBefore(one.at)) {
      return because(Reason.NOT_STATED, "it was stated at " + one.at);
    }
    if (one.index >= counted) {
      return because(Reason.NOT_COSIGNED, "the policy's witnesses have not cosigned its statement");
    }
    if (at.isBefore(one.key.activeFrom())) {
      return because(Reason.NOT_ACTIVE, "it signs from " + one.key.activeFrom() + " on");
    }
    return taken(one, at).or(() -> bounded(one, at));
  }

  private static Optional<Objection> because(Reason reason, String text) {
    return Optional.of(new Objection(reason, text));
  }

  private Optional<Objection> taken(Stated one, Instant at) {
    String kid = one.key.kid();
    Instant withdrawnAt = withdrawn.get(kid);
    if (withdrawnAt != null && !at.isBefore(withdrawnAt)) {
      return because(Reason.WITHDRAWN, "it was withdrawn at " + withdrawnAt);
    }
    Instant revokedAt = revoked.get(kid);
    if (revokedAt != null && !at.isBefore(revokedAt)) {
      return because(Reason.REVOKED, "it was revoked at " + revokedAt);
    }
    Optional<TaintedKey> tainted = state.taintedKey(kid).filter(key -> !at.isBefore(key.from()));
    if (tainted.isPresent()) {
      return because(Reason.TAINTED, "it is tainted from " + tainted.get().from() + " on");
    }
    Optional<RetiredKey> retired = state.retiredKey(kid).filter(key -> at.isAfter(key.at()));
    if (retired.isPresent()) {
      return because(Reason.RETIRED, "it was retired at " + retired.get().at());
    }
    Optional<Instant> logEnded = one.key.log().map(ended::get).filter(end -> !at.isBefore(end));
    return logEnded.isPresent()
        ? because(Reason.LOG_ENDED, "its log ended at " + logEnded.get())
        : Optional.empty();
  }

  private Optional<Objection> bounded(Stated one, Instant at) {
    if (!at.isBefore(one.key.activeUntil())) {
      return because(Reason.ENDED, "it could sign until " + one.key.activeUntil());
    }
    Optional<Delegation> standing = delegation(at);
    if (standing.isEmpty()) {
      return because(Reason.NO_DELEGATION, "no delegation of the root stood");
    }
    Optional<String> beyond = standing.get().objection(one.key);
    if (beyond.isPresent()) {
      return because(Reason.BEYOND_DELEGATION, beyond.get());
    }
    return KeyCeiling.isPassed(one.key, standing.get(), at)
        ? because(Reason.TOO_OLD, "it had passed its ceiling")
        : Optional.empty();
  }

  /** The delegation that stood at a time, by what was recorded then; empty when none did. */
  public Optional<Delegation> delegation(Instant at) {
    for (int i = epochs.size() - 1; i >= 0; i--) {
      if (!at.isBefore(epochs.get(i).from)) {
        return epochs.get(i).windows.standing(at).map(DelegationWindows.Window::delegation);
      }
    }
    return Optional.empty();
  }

  /**
   * What the log said later against a token of a key that was allowed to sign it; empty when
   * nothing.
   *
   * @param position the token's position in the key's log; empty where it is not known
   */
  public Optional<Objection> since(String kid, Optional<Long> position) {
    Stated one = stated.get(kid);
    if (one == null) {
      return Optional.empty();
    }
    Optional<WithdrawnKey> compromised =
        state.withdrawal(kid).filter(key -> key.reason() == WithdrawalReason.COMPROMISED);
    if (compromised.isPresent()) {
      return because(
          Reason.WITHDRAWN,
          "all its tokens were taken back at "
              + compromised.get().at()
              + ", when it was withdrawn");
    }
    Optional<RevokedKey> key = state.revokedKey(kid);
    if (key.filter(taken -> position.isEmpty() || taken.from() <= position.get()).isPresent()) {
      return because(
          Reason.REVOKED,
          "its tokens from position "
              + key.get().from()
              + " of log "
              + key.get().log()
              + " on were taken back at "
              + key.get().at());
    }
    Optional<EndedLog> end = one.key.log().flatMap(state::ended);
    if (end.isPresent() && position.filter(place -> place >= end.get().size()).isPresent()) {
      return because(
          Reason.LOG_ENDED, "its log ended at size " + end.get().size() + ", before this position");
    }
    Optional<String> log = one.key.log();
    boolean isRevoked =
        log.isPresent()
            && position.isPresent()
            && state.revokedToken(log.get(), position.get()).isPresent();
    return isRevoked ? because(Reason.REVOKED, "this one token was revoked") : Optional.empty();
  }
}
