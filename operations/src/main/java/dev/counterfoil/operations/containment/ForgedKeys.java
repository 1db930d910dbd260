package dev.counterfoil.operations.containment;

import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.keylog.KeySet;
import dev.counterfoil.format.keys.KeyStatement;
import dev.counterfoil.format.keys.LogName;
import dev.counterfoil.monitor.MonitorAdmin;
import java.io.IOException;
import java.time.Instant;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * With which keys of ours forged tokens were seen, by the monitor's findings: a key that signed
 * what was never issued is in other hands, whatever became of its log.
 *
 * @param counts how many, by key; only keys of which there are some
 */
public record ForgedKeys(Map<String, Long> counts) {
  public ForgedKeys {
    counts = Map.copyOf(counts);
  }

  /**
   * Asks the monitor about every key of ours whose tokens may be good.
   *
   * @return empty where it does not answer
   */
  public static Optional<ForgedKeys> seen(MonitorAdmin monitor, KeySet keys, Instant now) {
    List<String> live =
        keys.keys().stream()
            .filter(key -> !key.isForeign() && now.isBefore(key.verifyUntil()))
            .map(KeyStatement::kid)
            .toList();
    Map<String, Long> counts = new HashMap<>();
    try {
      monitor.forgedKeys(
          key -> {
            try {
              counts.put(key.string("kid"), key.number("count"));
            } catch (FormatException e) {
              throw new IOException("cannot understand the monitor's answer", e);
            }
          });
    } catch (IOException e) {
      return Optional.empty();
    }
    counts.keySet().retainAll(live);
    return Optional.of(new ForgedKeys(counts));
  }

  /** How many were seen with some keys. */
  long with(Collection<String> kids) {
    return kids.stream().mapToLong(kid -> counts.getOrDefault(kid, 0L)).sum();
  }

  /**
   * The keys that nobody revoked yet and whose log is no signer's here, such as one that was taken
   * out of the configuration; by their logs.
   */
  public Map<String, List<String>> ofNobody(KeySet keys, List<String> signers) {
    Set<String> revoked =
        keys.revokedKeys().stream().map(KeySet.RevokedKey::kid).collect(Collectors.toSet());
    return keys.keys().stream()
        .filter(key -> counts.containsKey(key.kid()) && !revoked.contains(key.kid()))
        .filter(key -> key.log().isPresent())
        .filter(
            key -> signers.stream().noneMatch(name -> LogName.isOf(name, key.log().orElseThrow())))
        .collect(
            Collectors.groupingBy(
                key -> key.log().orElseThrow(),
                Collectors.mapping(KeyStatement::kid, Collectors.toList())));
  }
}
