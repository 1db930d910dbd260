package dev.counterfoil.operations.containment;

import dev.counterfoil.format.keylog.KeyLogEvent;
import dev.counterfoil.format.keylog.KeySet;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What is known when it is decided what a containment revokes.
 *
 * @param signer the name of the signer that is meant, by whoever asks and not by whoever answers
 * @param named the log that is meant; empty for whatever the signer has
 * @param keys what the key log says; empty where it cannot be read
 * @param published how far logs are published, by their names, where that can be read
 */
record ContainmentFacts(
    String signer,
    Optional<String> named,
    Optional<KeySet> keys,
    Map<String, Long> published,
    Instant now) {
  ContainmentFacts {
    published = Map.copyOf(published);
  }

  Optional<Long> published(String log) {
    return Optional.ofNullable(published.get(log));
  }

  /** The same where it is known how far one log is published, or that nobody can say. */
  ContainmentFacts withPublished(String log, Optional<Long> size) {
    Map<String, Long> with = new HashMap<>(published);
    with.remove(log);
    size.ifPresent(known -> with.put(log, known));
    return new ContainmentFacts(signer, named, keys, with, now);
  }

  /** A size that somebody says, believed as far as the log is published. */
  long believed(String log, long size) {
    return Math.min(size, published(log).orElse(size));
  }

  /** The keys of a log, of which a token may be good, that the key log has. */
  List<String> liveKeys(String log) {
    return keys.map(set -> OtherLog.liveKeys(set, log, now)).orElse(List.of());
  }

  private Optional<KeySet.EndedLog> end(String log) {
    return keys.flatMap(
        set -> set.endedLogs().stream().filter(one -> one.log().equals(log)).findFirst());
  }

  /** Where the key log says that a log ended after a size. */
  Optional<KeySet.EndedLog> endAfter(String log, long size) {
    return end(log).filter(ended -> ended.size() > size);
  }

  /** Whether all keys of a log of which a token may be good are revoked from a position on. */
  private boolean isTakenBack(String log, long from) {
    List<String> live = liveKeys(log);
    return !live.isEmpty()
        && keys.filter(set -> new OtherLog(log, live, false).isTakenBack(set, from)).isPresent();
  }

  /**
   * Whether the key log bears a signer out that says that it was replaced before: it may be a
   * thief's, and go on with keys that the thief has.
   */
  boolean bearsOut(SignersAnswer answer) {
    return end(answer.log()).isPresent()
        || isTakenBack(answer.log(), believed(answer.log(), answer.size()));
  }

  /** Whether a log that has ended was replaced, within the time in which that is the same theft. */
  boolean isReplacedOfLate(String log) {
    return end(log)
        .map(
            ended ->
                ended.reason() == KeyLogEvent.EndReason.REPLACED
                    && now.isBefore(ended.at().plus(FoundContainment.SAME_WITHIN)))
        .orElse(true);
  }

  /** The other logs of the signer's name that have keys. */
  List<OtherLog> beside(String log) {
    return keys.map(set -> OtherLog.beside(signer, log, set, now)).orElse(List.of());
  }

  /**
   * Whether an earlier log is over: it ended no further than it is published, or its keys were
   * taken back. That it ended at all is the word of the process that held the signer.
   */
  boolean isOver(OtherLog log) {
    Optional<Long> published = published(log.log());
    Optional<Long> end = end(log.log()).map(KeySet.EndedLog::size);
    return (end.isPresent() && published.filter(size -> end.get() <= size).isPresent())
        || isTakenBack(log);
  }

  /**
   * Whether all its keys are revoked, from its end or from the end of what is published at most.
   */
  boolean isTakenBack(OtherLog log) {
    long end = end(log.log()).map(KeySet.EndedLog::size).orElse(Long.MAX_VALUE);
    long published = published(log.log()).orElse(Long.MAX_VALUE);
    return keys.filter(set -> log.isTakenBack(set, Math.min(end, published))).isPresent();
  }
}
