package dev.counterfoil.operations.containment;

import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.keylog.KeySet;
import dev.counterfoil.format.keys.KeyStatement;
import dev.counterfoil.format.keys.LogName;
import dev.counterfoil.monitor.MonitorAdmin;
import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * With which keys of ours forged tokens were seen, by the monitor's findings: a key that signed
 * what was never issued is in other hands, whatever became of its log.
 *
 * @param counts how many, by key; only keys of which there are some
 * @param lostBefore what was seen before then is lost, with the monitor's database; empty while
 *     nothing says so
 * @param twoHistories how many of those may be honest tokens of their log's other history, by key
 * @param told keys of which the audit log tells findings of forged tokens that the database lost
 * @param logs those of whose keys, also one that is over or taken back, forged tokens were seen
 */
public record ForgedKeys(
    Map<String, Long> counts,
    Map<String, Long> twoHistories,
    Optional<Instant> lostBefore,
    Set<String> told,
    Set<String> logs) {
  /** The findings that say that those of before are not there. */
  private static final List<String> LOST = List.of("database-lost", "audit-log-of-another");

  public ForgedKeys {
    counts = Map.copyOf(counts);
    twoHistories = Map.copyOf(twoHistories);
    told = Set.copyOf(told);
    logs = Set.copyOf(logs);
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
    Map<String, Long> twoHistories = new HashMap<>();
    Optional<Instant> lostBefore;
    Set<String> told = new HashSet<>();
    try {
      List<JsonObject> lost = lost(monitor, Optional.of(keys.domain()));
      lostBefore = lastOf(lost);
      for (JsonObject finding : lost) {
        told.addAll(told(finding));
      }
      monitor.forgedKeys(
          key -> {
            try {
              counts.put(key.string("kid"), key.number("count"));
              // A monitor that still runs from before an update does not say it.
              twoHistories.put(key.string("kid"), key.optionalNumber("two_histories").orElse(0L));
            } catch (FormatException e) {
              throw new IOException("cannot understand the monitor's answer", e);
            }
          });
    } catch (IOException e) {
      return Optional.empty();
    }
    Set<String> logs =
        Stream.concat(keys.keys().stream(), keys.withdrawnStatements().stream())
            .filter(key -> !key.isForeign() && counts.containsKey(key.kid()))
            .flatMap(key -> key.log().stream())
            .collect(Collectors.toSet());
    counts.keySet().retainAll(live);
    told.retainAll(live);
    return Optional.of(new ForgedKeys(counts, twoHistories, lostBefore, told, logs));
  }

  /**
   * Before when what the monitor saw is lost; empty while nothing says so.
   *
   * @param domain of which domain; empty for any
   */
  public static Optional<Instant> lostBefore(MonitorAdmin monitor, Optional<String> domain)
      throws IOException {
    return lastOf(lost(monitor, domain));
  }

  private static List<JsonObject> lost(MonitorAdmin monitor, Optional<String> domain)
      throws IOException {
    List<JsonObject> found = new ArrayList<>();
    for (String kind : LOST) {
      monitor.findings(JsonObject.builder().put("kind", kind).build(), found::add);
    }
    List<JsonObject> lost = new ArrayList<>();
    try {
      for (JsonObject finding : found) {
        if (LOST.contains(finding.string("kind"))
            && (domain.isEmpty() || finding.string("domain").equals(domain.get()))) {
          lost.add(finding);
        }
      }
    } catch (FormatException e) {
      throw notUnderstood(e);
    }
    return lost;
  }

  private static Optional<Instant> lastOf(List<JsonObject> lost) throws IOException {
    Optional<Instant> last = Optional.empty();
    try {
      for (JsonObject finding : lost) {
        Instant at = Instant.ofEpochMilli(finding.number("first_seen_ms"));
        if (last.filter(at::isBefore).isEmpty()) {
          last = Optional.of(at);
        }
      }
    } catch (FormatException e) {
      throw notUnderstood(e);
    }
    return last;
  }

  /** The keys that the audit log has findings of and the database lacks. */
  private static List<String> told(JsonObject lost) throws IOException {
    try {
      JsonObject detail = lost.optionalObject("detail").orElse(JsonObject.builder().build());
      return detail.has("forged_kids") ? detail.strings("forged_kids") : List.of();
    } catch (FormatException e) {
      throw notUnderstood(e);
    }
  }

  private static IOException notUnderstood(FormatException e) {
    return new IOException("cannot understand the monitor's finding", e);
  }

  /**
   * The keys of which forged tokens may have been seen that nobody remembers: a token of theirs may
   * be good, nobody revoked them, and a key of their log was stated before what was seen was lost,
   * or nobody knows when. A theft takes the keys that are prepared with those that sign, and a
   * thief waits for no key to become active.
   *
   * @param of a signer's name, or a log's for its signer: whoever had one of its logs may have had
   *     the others; empty for all signers
   */
  public Set<String> forgotten(KeySet keys, Optional<String> of, Instant now) {
    if (lostBefore.isEmpty()) {
      return Set.of();
    }
    Optional<String> signer = of.map(name -> LogName.parse(name).map(LogName::owner).orElse(name));
    Set<String> before =
        Stream.concat(keys.keys().stream(), keys.withdrawnStatements().stream())
            .filter(key -> isOlder(key, keys))
            .flatMap(key -> key.log().stream())
            .filter(log -> signer.isEmpty() || LogName.isOf(signer.get(), log))
            .collect(Collectors.toSet());
    return goodKeys(keys, before, now).map(KeyStatement::kid).collect(Collectors.toSet());
  }

  private boolean isOlder(KeyStatement key, KeySet keys) {
    Instant stated = keys.statedAt().getOrDefault(key.kid(), Instant.MIN);
    return lostBefore.filter(stated::isBefore).isPresent();
  }

  /** The keys of some logs of which a token may be good, and that nobody revoked. */
  private static Stream<KeyStatement> goodKeys(KeySet keys, Set<String> logs, Instant now) {
    Set<String> revoked = revoked(keys);
    return keys.keys().stream()
        .filter(key -> !key.isForeign() && now.isBefore(key.verifyUntil()))
        .filter(key -> !revoked.contains(key.kid()))
        .filter(key -> key.log().filter(logs::contains).isPresent());
  }

  /**
   * The keys that a thief may have: with which forged tokens were seen, and those of their logs
   * that nobody revoked. One theft takes all keys of a log.
   */
  public Set<String> stolen(KeySet keys, Instant now) {
    Set<String> stolen = new HashSet<>(counts.keySet());
    goodKeys(keys, logs, now).map(KeyStatement::kid).forEach(stolen::add);
    return stolen;
  }

  /** The logs of a signer that have keys that a thief may have, and that nobody revoked. */
  Set<String> stolenLogs(String signer, KeySet keys, Instant now) {
    return goodKeys(keys, logs, now)
        .flatMap(key -> key.log().stream())
        .filter(log -> LogName.isOf(signer, log))
        .collect(Collectors.toSet());
  }

  /**
   * The keys of which nobody may say that no forged token was seen when a signer is contained: what
   * is {@link #forgotten} of it, and what the audit log {@link #told} of, of whichever signer.
   *
   * @param of the signer or log that was named; empty where none was
   */
  public Set<String> suspect(KeySet keys, Optional<String> of, Instant now) {
    Set<String> suspect = new HashSet<>(told);
    suspect.removeAll(revoked(keys));
    suspect.addAll(forgotten(keys, of, now));
    return Set.copyOf(suspect);
  }

  private static Set<String> revoked(KeySet keys) {
    return keys.revokedKeys().stream().map(KeySet.RevokedKey::kid).collect(Collectors.toSet());
  }

  /** How many were seen with some keys. */
  long with(Collection<String> kids) {
    return kids.stream().mapToLong(kid -> counts.getOrDefault(kid, 0L)).sum();
  }

  /** How many of those may be honest tokens of their log's other history. */
  long unclearWith(Collection<String> kids) {
    return kids.stream().mapToLong(kid -> twoHistories.getOrDefault(kid, 0L)).sum();
  }

  /**
   * The {@link #stolen} keys that nobody revoked and whose log is no signer's here, such as one
   * that was taken out of the configuration; by their logs.
   */
  public Map<String, List<String>> ofNobody(KeySet keys, List<String> signers, Instant now) {
    return goodKeys(keys, logs, now)
        .filter(
            key -> signers.stream().noneMatch(name -> LogName.isOf(name, key.log().orElseThrow())))
        .collect(
            Collectors.groupingBy(
                key -> key.log().orElseThrow(),
                Collectors.mapping(KeyStatement::kid, Collectors.toList())));
  }
}
