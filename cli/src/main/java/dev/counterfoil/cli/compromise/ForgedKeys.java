package dev.counterfoil.cli.compromise;

import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.keylog.KeySet;
import dev.counterfoil.format.keys.KeyStatement;
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
record ForgedKeys(Map<String, Long> counts) {
  /** Findings that say that a token was made with the key and never issued. */
  private static final Set<String> FORGERIES = Set.of("forged-token", "digest-differs");

  private static final int FINDINGS_MAX = 1_000;

  ForgedKeys {
    counts = Map.copyOf(counts);
  }

  /**
   * Asks the monitor about every key of ours whose tokens may be good.
   *
   * @return empty where it does not answer
   */
  static Optional<ForgedKeys> seen(MonitorAdmin monitor, KeySet keys, Instant now) {
    Map<String, Long> counts = new HashMap<>();
    try {
      for (String kid : live(keys, now)) {
        long[] count = new long[1];
        monitor.findings(
            JsonObject.builder().put("kid", kid).put("limit", FINDINGS_MAX).build(),
            finding -> {
              count[0] += isForgery(finding) ? 1 : 0;
            });
        if (count[0] > 0) {
          counts.put(kid, count[0]);
        }
      }
      return Optional.of(new ForgedKeys(counts));
    } catch (IOException e) {
      return Optional.empty();
    }
  }

  private static List<String> live(KeySet keys, Instant now) {
    return keys.keys().stream()
        .filter(key -> !key.isForeign() && now.isBefore(key.verifyUntil()))
        .map(KeyStatement::kid)
        .toList();
  }

  /** A signature that is good is the key's own, whoever reported the token. */
  private static boolean isForgery(JsonObject finding) {
    return finding.get("kind") instanceof String kind
        && FORGERIES.contains(kind)
        && finding.get("detail") instanceof JsonObject detail
        && detail.get("presented") instanceof JsonObject presented
        && "good".equals(presented.get("signature"));
  }

  /** How many were seen with some keys. */
  long with(Collection<String> kids) {
    return kids.stream().mapToLong(kid -> counts.getOrDefault(kid, 0L)).sum();
  }

  /**
   * The keys that nobody revoked yet and whose log is no signer's here, such as one that was taken
   * out of the configuration; by their logs.
   */
  Map<String, List<String>> ofNobody(KeySet keys, List<String> signers) {
    Set<String> revoked =
        keys.revokedKeys().stream().map(KeySet.RevokedKey::kid).collect(Collectors.toSet());
    return keys.keys().stream()
        .filter(key -> counts.containsKey(key.kid()) && !revoked.contains(key.kid()))
        .filter(key -> key.log().isPresent())
        .filter(
            key ->
                signers.stream()
                    .noneMatch(name -> SuspectSigners.isOf(name, key.log().orElseThrow())))
        .collect(
            Collectors.groupingBy(
                key -> key.log().orElseThrow(),
                Collectors.mapping(KeyStatement::kid, Collectors.toList())));
  }
}
