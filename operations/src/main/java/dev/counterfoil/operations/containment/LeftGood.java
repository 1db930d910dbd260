package dev.counterfoil.operations.containment;

import dev.counterfoil.format.keylog.KeySet;
import dev.counterfoil.format.keys.KeyStatement;
import dev.counterfoil.format.keys.LogName;
import dev.counterfoil.operations.Contained;
import java.time.Instant;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.function.Predicate;

/**
 * Tokens of revoked keys that stay valid: of each key those below a position of the log. Of several
 * revocations of a key the smallest counts.
 *
 * @param log short name of the log
 * @param from the first position that is not valid, by the keys; 0 where none is
 */
public record LeftGood(String log, SequencedMap<String, Long> from) {
  /** Below this every honest token stays valid. */
  public long below() {
    return from.values().stream().mapToLong(Long::longValue).min().orElse(0);
  }

  /** How many tokens of the log there are of which some stay valid. */
  public long size() {
    return from.values().stream().mapToLong(Long::longValue).max().orElse(0);
  }

  /** The first position from which on the tokens of all of some keys are invalid. */
  public long from(Collection<String> kids) {
    return kids.stream().mapToLong(kid -> from.getOrDefault(kid, 0L)).max().orElse(0);
  }

  /**
   * Those of every log of a signer's name whose keys are revoked, now or before: the contained one
   * comes first.
   *
   * @param keys what the key log says; empty where it cannot be read
   */
  public static List<LeftGood> of(Contained contained, Optional<KeySet> keys, Instant now) {
    Map<String, SequencedMap<String, Long>> logs = new LinkedHashMap<>();
    revoke(logs, contained.log(), contained.kids(), contained.size());
    contained.others().forEach(other -> revoke(logs, other.log(), other.kids(), other.from()));
    Optional<String> owner = LogName.parse(contained.log()).map(LogName::owner);
    revokeLive(logs, keys, now, log -> owner.filter(name -> LogName.isOf(name, log)).isPresent());
    return all(logs);
  }

  /** Those of every log whose keys are revoked, whatever its signer is. */
  public static List<LeftGood> ofAllLogs(Optional<KeySet> keys, Instant now) {
    Map<String, SequencedMap<String, Long>> logs = new LinkedHashMap<>();
    revokeLive(logs, keys, now, _ -> true);
    return all(logs);
  }

  private static List<LeftGood> all(Map<String, SequencedMap<String, Long>> logs) {
    return logs.entrySet().stream().map(one -> new LeftGood(one.getKey(), one.getValue())).toList();
  }

  private static void revokeLive(
      Map<String, SequencedMap<String, Long>> logs,
      Optional<KeySet> keys,
      Instant now,
      Predicate<String> isMeant) {
    for (KeySet.RevokedKey revoked : keys.map(KeySet::revokedKeys).orElse(List.of())) {
      boolean isLive =
          keys.flatMap(set -> set.key(revoked.kid()))
              .map(KeyStatement::verifyUntil)
              .filter(now::isBefore)
              .isPresent();
      if (isLive && isMeant.test(revoked.log())) {
        revoke(logs, revoked.log(), List.of(revoked.kid()), revoked.from());
      }
    }
  }

  private static void revoke(
      Map<String, SequencedMap<String, Long>> logs, String log, List<String> kids, long from) {
    SequencedMap<String, Long> of = logs.computeIfAbsent(log, _ -> new LinkedHashMap<>());
    kids.forEach(kid -> of.merge(kid, from, Math::min));
  }
}
