package dev.counterfoil.log.care;

import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.keylog.KeyLogHead;
import dev.counterfoil.format.note.CosignerKey;
import dev.counterfoil.format.note.NoteKey;
import dev.counterfoil.format.note.SignedNote;
import dev.counterfoil.format.policy.LogPolicy;
import dev.counterfoil.log.checkpoint.Cosigner;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.LongSupplier;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/**
 * Whether this process's clock agrees with its witnesses': what it dates, and until when it lets
 * things hold, is wrong where it does not. Their cosignatures say what time it was when they were
 * made; since then a clock that never steps has counted, so that one that is set while nobody
 * cosigns is noticed, too.
 *
 * <p>A word may be old when it comes here, so a single one shows only that this clock is behind.
 * That it is ahead takes several, each newer than the one before. Whoever carries them can hold
 * them all back, and stop the process by it; he could anyway. Safe for concurrent use.
 *
 * <p>Where no quorum counts, any other clock is a second one, a custodian's too: who differs from
 * it says so and goes on, since nobody tells which of the two is wrong ({@link #decides}). He says
 * it once several new words in a row differ: the first one after a machine slept may have lain
 * there.
 */
public final class ClockCheck {
  /** How far this clock may be from the witnesses' median. */
  public static final Duration OFF_MAX = Duration.ofSeconds(30);

  /** Words of a witness, each newer than the last, before he can say that this clock is ahead. */
  public static final int WORDS_MIN = 3;

  private static final long LOOK_EVERY_NANOS = Duration.ofMillis(100).toNanos();

  /** Whose word a key log's head is. */
  private static final String HEADS = "the key log's heads";

  /** By their names. */
  private final Set<String> voicesHeard;

  private final boolean decides;
  private final Predicate<Set<String>> isQuorum;
  private final LogPolicy policy;
  private final InstantSource clock;
  private final LongSupplier nanos;
  private final Map<String, Voice> voices = new HashMap<>();
  private volatile Looked looked;

  /** New words in a row from which this clock differed. */
  private int differing;

  /** The newest word of one. */
  private record Voice(Instant said, long heardNanos, int words) {
    /** How far a clock is ahead of what he would say now at least. */
    Duration ahead(Instant now, long nanos) {
      // Not by adding to what he said: he may have said the end of time.
      return Duration.between(said, now).minusNanos(nanos - heardNanos);
    }
  }

  private record Looked(long nanos, Optional<Duration> off) {}

  /**
   * By the cosigners that a configuration names: its witnesses, and where none of them counts, all.
   *
   * @param cosigners of the log
   * @param quorum how many of its witnesses count
   * @param nanos a clock that never steps
   */
  public ClockCheck(List<Cosigner> cosigners, int quorum, InstantSource clock, LongSupplier nanos) {
    this(
        cosigners.stream()
            .filter(one -> quorum == 0 || one.kind() == Cosigner.Kind.WITNESS)
            .map(Cosigner::name)
            .collect(Collectors.toUnmodifiableSet()),
        quorum > 0,
        names -> names.size() >= quorum,
        LogPolicy.EMPTY,
        clock,
        nanos);
  }

  /**
   * By the witnesses of a policy, and where it has no quorum, by the heads of the key log.
   *
   * @param nanos a clock that never steps
   */
  public static ClockCheck by(LogPolicy policy, InstantSource clock, LongSupplier nanos) {
    return by(policy, List.of(), clock, nanos);
  }

  /**
   * By the other witnesses of a policy, for one of them: its own word always agrees with its clock.
   *
   * @param own keys with which this process cosigns; where the policy names them they count as
   *     heard for the quorum, and for nothing else
   * @param nanos a clock that never steps
   */
  public static ClockCheck by(
      LogPolicy policy, List<CosignerKey> own, InstantSource clock, LongSupplier nanos) {
    if (policy.quorum().equals(LogPolicy.NONE)) {
      return new ClockCheck(Set.of(HEADS), false, names -> true, policy, clock, nanos);
    }
    Map<Boolean, Set<String>> isOwn =
        policy.witnesses().stream()
            .collect(
                Collectors.partitioningBy(
                    witness -> own.stream().anyMatch(witness.key()::isSameKeyAs),
                    Collectors.mapping(LogPolicy.Witness::name, Collectors.toUnmodifiableSet())));
    Set<String> others = isOwn.getOrDefault(false, Set.of());
    Set<String> present = isOwn.getOrDefault(true, Set.of());
    return new ClockCheck(
        others,
        true,
        names -> policy.isQuorum(name -> names.contains(name) || present.contains(name)),
        policy,
        clock,
        nanos);
  }

  private ClockCheck(
      Set<String> voicesHeard,
      boolean decides,
      Predicate<Set<String>> isQuorum,
      LogPolicy policy,
      InstantSource clock,
      LongSupplier nanos) {
    this.voicesHeard = voicesHeard;
    this.decides = decides;
    this.isQuorum = isQuorum;
    this.policy = policy;
    this.clock = clock;
    this.nanos = nanos;
    this.looked = new Looked(nanos.getAsLong(), Optional.empty());
  }

  /**
   * Whether a quorum counts, so that a clock that differs from its median is wrong. Otherwise one
   * of two is: that is worth an alarm, and no reason to stop.
   */
  public boolean decides() {
    return decides;
  }

  /**
   * Takes note of the time of a key log's head, where no quorum tells the time. One that is none,
   * or not the log's, says nothing.
   */
  public void heardHead(byte[] head, NoteKey log) {
    if (!voicesHeard.contains(HEADS)) {
      return;
    }
    try {
      heard(Map.of(HEADS, KeyLogHead.verify(head, log).at()));
    } catch (FormatException e) {
      // Whoever reads it refuses it.
      return;
    }
  }

  /**
   * Takes note of the times of the policy's witnesses under a checkpoint that was read somewhere.
   * One that is none, or not the log's, says nothing.
   */
  public void heard(byte[] cosigned, NoteKey log) {
    if (voicesHeard.isEmpty()) {
      return;
    }
    SignedNote note;
    try {
      note = SignedNote.parse(cosigned);
    } catch (FormatException e) {
      return;
    }
    if (note.isSignedBy(log)) {
      heard(
          policy.cosigned(note).entries().stream()
              .collect(
                  Collectors.toMap(
                      entry -> entry.witness().name(),
                      entry -> instant(entry.cosignature().timestamp()))));
    }
  }

  private static Instant instant(long timestamp) {
    return Instant.ofEpochSecond(Math.min(timestamp, Instant.MAX.getEpochSecond()));
  }

  /** Takes note of times that good cosignatures have, by the cosigners' names. */
  public synchronized void heard(Map<String, Instant> times) {
    if (voicesHeard.isEmpty()) {
      return;
    }
    long now = nanos.getAsLong();
    boolean[] isNew = new boolean[1];
    times.forEach(
        (name, said) -> {
          Voice before = voices.get(name);
          if (voicesHeard.contains(name) && (before == null || said.isAfter(before.said))) {
            int words = before == null ? 1 : Math.min(WORDS_MIN, before.words + 1);
            voices.put(name, new Voice(said, now, words));
            isNew[0] = true;
          }
        });
    Optional<Duration> off = off(now);
    if (isNew[0]) {
      differing = off.isPresent() ? Math.min(WORDS_MIN, differing + 1) : 0;
    }
    looked = new Looked(now, decides || differing == WORDS_MIN ? off : Optional.empty());
  }

  /**
   * How far this clock is from the others' median, where that is further than it may be: ahead, or
   * behind when negative. Cheap.
   */
  public Optional<Duration> off() {
    if (voicesHeard.isEmpty()) {
      return Optional.empty();
    }
    long now = nanos.getAsLong();
    Looked last = looked;
    if (!decides || now - last.nanos < LOOK_EVERY_NANOS) {
      return last.off;
    }
    synchronized (this) {
      last = new Looked(now, off(now));
      looked = last;
    }
    return last.off;
  }

  /**
   * Whether this clock is known to be right, looked at anew: the witnesses were heard, as often as
   * it takes to say that it is ahead, and it agrees with them. Before that it may be years ahead,
   * and {@link #off} is as empty. Where no quorum counts, whether it differs from no other clock.
   */
  public boolean isRight() {
    if (voicesHeard.isEmpty()) {
      return true;
    }
    synchronized (this) {
      return decides ? agrees() : looked.off.isEmpty();
    }
  }

  /**
   * Whether the others were heard, as often as it takes to say that this clock is ahead, and it
   * agrees with them. Unlike {@link #isRight}, silence is no agreement where no quorum counts.
   */
  public synchronized boolean agrees() {
    return isKnown() && off(nanos.getAsLong()).isEmpty();
  }

  private boolean isKnown() {
    Set<String> heard =
        voices.entrySet().stream()
            .filter(voice -> voice.getValue().words >= WORDS_MIN)
            .map(Map.Entry::getKey)
            .collect(Collectors.toUnmodifiableSet());
    return !heard.isEmpty() && isQuorum.test(heard);
  }

  private Optional<Duration> off(long nowNanos) {
    Instant now = clock.instant();
    Map<String, Duration> ahead = new HashMap<>();
    voices.forEach(
        (name, voice) -> {
          Duration one = voice.ahead(now, nowNanos);
          if (voice.words >= WORDS_MIN || isBehind(one)) {
            ahead.put(name, one);
          }
        });
    if (ahead.isEmpty() || !isQuorum.test(ahead.keySet())) {
      return Optional.empty();
    }
    Duration[] sorted = ahead.values().stream().sorted().toArray(Duration[]::new);
    // Of two in the middle the one that finds less: half of them are no majority.
    Duration lower = sorted[(sorted.length - 1) / 2];
    Duration upper = sorted[sorted.length / 2];
    Duration median = lower.abs().compareTo(upper.abs()) < 0 ? lower : upper;
    return Optional.of(median).filter(off -> off.abs().compareTo(OFF_MAX) > 0);
  }

  private static boolean isBehind(Duration ahead) {
    return ahead.compareTo(OFF_MAX.negated()) < 0;
  }

  /** What is wrong, for people; empty when nothing is. */
  public Optional<String> obstacle() {
    return off()
        .map(
            off ->
                "this machine's clock is %d seconds %s %s"
                    .formatted(
                        off.abs().toSeconds(),
                        off.isNegative() ? "behind" : "ahead of",
                        decides
                            ? "the witnesses' median: set it"
                            : "another one, and no quorum tells which is wrong: see to both"));
  }
}
