package dev.counterfoil.monitor.incidents;

import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.monitor.findings.Suppressions;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Decides which incident a finding belongs to. Pure: tested by table. */
final class Grouping {
  /** What falls due, fills up or is away needs work, and is no incident by itself. */
  private static final Set<String> UPKEEP =
      Set.of(
          "attached-issuer-unread",
          "attached-key-gone",
          "attached-key-waiting",
          "ceremony-due",
          "clock-off",
          "cosigner-failing",
          "custody-repaired",
          "database-lost",
          "key-age",
          "key-log-silent",
          "limit-near",
          "log-repaired",
          "next-key-missing",
          "notifications-failing",
          "reporter-gap",
          "rotation-overdue",
          "signer-away",
          "signing-stopped");

  private Grouping() {}

  /**
   * An incident that shares a clue with the finding.
   *
   * @param incident its number
   * @param clue what is shared
   * @param lastMillis when the incident last showed the clue
   */
  record Shared(long incident, Clue.Kind clue, long lastMillis) {}

  /**
   * Where a finding goes.
   *
   * @param into an incident; empty to open one
   * @param merged incidents that turn out to be the same
   */
  record Plan(Optional<Long> into, List<Long> merged) {}

  /** Whether a finding belongs to an incident at all. */
  static boolean isIncident(JsonObject finding) {
    return !UPKEEP.contains(String.valueOf(finding.get("kind")))
        && !"low".equals(finding.get("severity"))
        && !Suppressions.SUPPRESSED.equals(finding.get("state"));
  }

  /** The oldest incident takes the finding and the others in. */
  static Plan plan(long seenMillis, Collection<Shared> shared) {
    List<Long> same =
        shared.stream()
            .filter(one -> seenMillis - one.lastMillis() <= one.clue().window().toMillis())
            .map(Shared::incident)
            .distinct()
            .sorted()
            .toList();
    return same.isEmpty()
        ? new Plan(Optional.empty(), List.of())
        : new Plan(Optional.of(same.getFirst()), same.subList(1, same.size()));
  }
}
