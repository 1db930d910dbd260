package dev.counterfoil.disclosure.victims;

import dev.counterfoil.disclosure.Claim;
import dev.counterfoil.disclosure.TheftNotice;
import dev.counterfoil.disclosure.documents.Draft;
import dev.counterfoil.disclosure.record.AffectedIncident;
import dev.counterfoil.disclosure.record.AffectedIncident.AffectedTenant;
import dev.counterfoil.disclosure.record.NoticeState;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * Makes notices from a draft: one for each tenant that has none of this version. A tenant that was
 * told, and is not among those affected any more, is told that. Pure.
 */
public final class NoticeMaker {
  private static final int TOUCHED_MAX = 1000;
  private static final String LOWER_BOUNDS =
      "Not everything was seen: the numbers here are lower bounds.";
  private static final AffectedTenant NOBODY = new AffectedTenant(List.of(), List.of());

  private NoticeMaker() {}

  /**
   * The notices that are to be made.
   *
   * @param version of the published statement that they go with; of a draft, the one before
   * @param sent those that there are
   */
  public static List<TheftNotice> of(
      Draft draft, long version, String domain, List<NoticeState> sent, Instant now) {
    List<TheftNotice> notices = new ArrayList<>();
    Map<String, Long> told = new TreeMap<>();
    for (NoticeState one : sent) {
      told.merge(one.notice().tenant(), one.notice().details().statement(), Math::max);
    }
    Map<String, AffectedTenant> tenants = new TreeMap<>(draft.incident().tenants());
    told.keySet().forEach(tenant -> tenants.putIfAbsent(tenant, NOBODY));
    tenants.forEach(
        (tenant, part) -> {
          long last = told.getOrDefault(tenant, -1L);
          boolean isTouched = !part.accounts().isEmpty() || !part.entities().isEmpty();
          if (last < version && (isTouched || last >= 0)) {
            notices.add(notice(draft, version, domain, tenant, part, now));
          }
        });
    return notices;
  }

  private static TheftNotice notice(
      Draft draft, long version, String domain, String tenant, AffectedTenant part, Instant now) {
    AffectedIncident incident = draft.incident();
    return new TheftNotice(
        incident.id(),
        domain,
        tenant,
        now.truncatedTo(ChronoUnit.SECONDS),
        incident.keys(),
        part.accounts().stream().limit(TheftNotice.AFFECTED_MAX).toList(),
        draft.text(Draft.ADVICE),
        new TheftNotice.Details(
            version,
            part.entities().stream()
                .limit(TOUCHED_MAX)
                .map(AffectedIncident.Opened::words)
                .toList(),
            draft.in(Claim.State.CONFIRMED).stream()
                .flatMap(claim -> claim.evidence().stream())
                .distinct()
                .toList(),
            Stream.of(
                    draft.in(Claim.State.UNKNOWN).stream().map(Claim::text),
                    // The monitor's own words name other tenants' tokens and services.
                    incident.isExact() ? Stream.<String>empty() : Stream.of(LOWER_BOUNDS),
                    cut("accounts", part.accounts().size(), TheftNotice.AFFECTED_MAX),
                    cut("mailboxes or files", part.entities().size(), TOUCHED_MAX))
                .flatMap(lines -> lines)
                .toList(),
            draft.nextWordAt(),
            draft.corrections(),
            incident.counted(tenant, part)));
  }

  private static Stream<String> cut(String what, int count, int most) {
    return count <= most
        ? Stream.empty()
        : Stream.of("This notice lists %d of %d %s. Ask us for all.".formatted(most, count, what));
  }
}
