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
import java.util.stream.Stream;

/** Makes notices from a draft: one for each tenant that has none of this version. Pure. */
public final class NoticeMaker {
  private static final int TOUCHED_MAX = 1000;

  private NoticeMaker() {}

  /**
   * The notices that are to be made.
   *
   * @param sent those that there are
   */
  public static List<TheftNotice> of(
      Draft draft, String domain, List<NoticeState> sent, Instant now) {
    List<TheftNotice> notices = new ArrayList<>();
    for (Map.Entry<String, AffectedTenant> tenant : draft.incident().tenants().entrySet()) {
      boolean isTold =
          sent.stream()
              .map(NoticeState::notice)
              .anyMatch(
                  one ->
                      one.tenant().equals(tenant.getKey())
                          && one.details().statement() >= draft.version());
      if (!isTold && !tenant.getValue().accounts().isEmpty()) {
        notices.add(notice(draft, domain, tenant.getKey(), tenant.getValue(), now));
      }
    }
    return notices;
  }

  private static TheftNotice notice(
      Draft draft, String domain, String tenant, AffectedTenant part, Instant now) {
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
            draft.version(),
            part.entities().stream()
                .limit(TOUCHED_MAX)
                .map(AffectedIncident.Opened::words)
                .toList(),
            draft.in(Claim.State.CONFIRMED).stream()
                .flatMap(claim -> claim.evidence().stream())
                .distinct()
                .toList(),
            Stream.concat(
                    draft.in(Claim.State.UNKNOWN).stream().map(Claim::text),
                    incident.notKnown().stream())
                .toList(),
            draft.nextWordAt(),
            draft.corrections(),
            incident.saltOf(tenant)));
  }
}
