package dev.counterfoil.disclosure.record;

import dev.counterfoil.disclosure.Claim;
import dev.counterfoil.disclosure.Claim.State;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** What may be done with claims: facts in, an objection out, or none. Pure. */
public final class ClaimRules {
  private ClaimRules() {}

  /**
   * Why a version of a claim may not be recorded; empty where it may.
   *
   * @param base the version that its author had before the eyes; 0 for a new claim
   */
  public static Optional<String> change(
      IncidentRecord record, Claim next, long base, boolean hasCorrection) {
    List<ClaimVersion> history = record.history(next.id());
    if (base != history.size()) {
      String last = history.isEmpty() ? "nobody" : history.getLast().author();
      return Optional.of(
          "claim %s is at version %d, by %s, and this change is of version %d: read it again, and change that"
              .formatted(next.id(), history.size(), last, base));
    }
    if (next.state() != State.CONFIRMED
        && next.state() != State.WITHDRAWN
        && next.reviewBy().isEmpty()) {
      return Optional.of("claim " + next.id() + " is not confirmed and has no day of its review");
    }
    if (history.isEmpty()) {
      return next.state() == State.WITHDRAWN
          ? Optional.of("claim " + next.id() + " is withdrawn before it was made")
          : Optional.empty();
    }
    Claim before = history.getLast().claim();
    if (before.state() == State.WITHDRAWN) {
      return Optional.of("claim " + next.id() + " is withdrawn, and stays so: make another claim");
    }
    Optional<Claim> published = record.published(next.id());
    if (published.isEmpty()) {
      return Optional.empty();
    }
    if (!published.get().text().equals(next.text())) {
      return Optional.of(
          "claim %s is published, and its words stay: withdraw it and make another"
              .formatted(next.id()));
    }
    if (!published.get().state().mayBecome(next.state())) {
      return Optional.of(
          "claim %s is published as %s and cannot become %s: withdraw it and make another"
              .formatted(next.id(), published.get().state().text(), next.state().text()));
    }
    if (next.state() == State.WITHDRAWN && !hasCorrection) {
      return Optional.of(
          "claim %s is published: withdraw it with a correction (what was wrong, how it was found, why it was believed, what prevents the like)"
              .formatted(next.id()));
    }
    return Optional.empty();
  }

  /** What keeps the claims from being published; empty where nothing does. */
  public static List<String> publishing(IncidentRecord record, Instant now) {
    List<String> objections = new ArrayList<>();
    List<Claim> claims = record.claims().stream().map(ClaimVersion::claim).toList();
    if (claims.isEmpty()) {
      objections.add("there is no claim to publish");
    }
    for (Claim claim : claims) {
      if (claim.state() == State.CONFIRMED && rests(record, claim).isEmpty()) {
        objections.add(
            "claim %s is confirmed, and all its evidence was withdrawn: withdraw it, or name other evidence"
                .formatted(claim.id()));
      }
      if (claim.isOverdue(now)) {
        objections.add(
            "claim %s was to be reviewed by %s: look at it again, and revise it"
                .formatted(claim.id(), claim.reviewBy().orElseThrow()));
      }
    }
    if (claims.stream().noneMatch(claim -> claim.state() == State.UNKNOWN)) {
      objections.add("nothing is said of what is not known: add a claim of state unknown");
    }
    return objections;
  }

  /** The evidence of a claim that was not withdrawn. */
  static List<String> rests(IncidentRecord record, Claim claim) {
    return claim.evidence().stream()
        .filter(item -> !record.withdrawnEvidence().containsKey(item))
        .toList();
  }

  /**
   * A correction that is due.
   *
   * @param claim the published claim that can no longer stand
   * @param since when that began
   * @param why what happened
   */
  public record CorrectionDue(String claim, Instant since, String why) {}

  /**
   * A published claim that proved wrong.
   *
   * @param since when it was withdrawn, or the last evidence of it
   * @param corrected when readers were told; empty while they were not
   */
  public record ProvedWrong(String claim, Instant since, Optional<Instant> corrected) {}

  /** Every published claim that proved wrong, the first publication's first. */
  public static List<ProvedWrong> provedWrong(IncidentRecord record) {
    List<ProvedWrong> all = new ArrayList<>();
    List<Publication> publications = record.publications();
    for (int i = 0; i < publications.size(); i++) {
      Publication one = publications.get(i);
      Optional<Instant> next =
          i + 1 < publications.size()
              ? Optional.of(publications.get(i + 1).at())
              : Optional.empty();
      for (Claim claim : one.statement().claims()) {
        Optional<Instant> wrong =
            wrongSince(record, claim, one.at())
                .filter(at -> next.isEmpty() || !at.isAfter(next.get()));
        if (wrong.isPresent()) {
          Optional<Instant> told =
              publications.subList(i + 1, publications.size()).stream()
                  .filter(later -> !later.statement().claim(claim.id()).equals(Optional.of(claim)))
                  .map(Publication::at)
                  .findFirst();
          all.add(new ProvedWrong(claim.id(), wrong.get(), told));
        }
      }
    }
    return all;
  }

  /** When a claim that was published proved wrong; empty while it stands. */
  private static Optional<Instant> wrongSince(
      IncidentRecord record, Claim claim, Instant published) {
    if (claim.state() == State.WITHDRAWN) {
      return Optional.empty();
    }
    Optional<Instant> withdrawn =
        record.history(claim.id()).stream()
            .filter(version -> version.claim().state() == State.WITHDRAWN)
            .map(ClaimVersion::at)
            .filter(at -> !at.isBefore(published))
            .findFirst();
    Optional<Instant> evidence =
        claim.state() == State.CONFIRMED && rests(record, claim).isEmpty()
            ? claim.evidence().stream()
                .map(record.withdrawnEvidence()::get)
                .max(Instant::compareTo)
                .filter(at -> !at.isBefore(published))
            : Optional.empty();
    return Stream.concat(withdrawn.stream(), evidence.stream()).min(Instant::compareTo);
  }

  /** Published claims that can no longer stand as they are, by themselves. */
  public static List<CorrectionDue> correctionsDue(IncidentRecord record, Instant now) {
    List<CorrectionDue> due = new ArrayList<>();
    for (Claim published : record.lastStatement().map(one -> one.claims()).orElse(List.of())) {
      if (published.state() == State.WITHDRAWN) {
        continue;
      }
      if (published.state() == State.CONFIRMED && rests(record, published).isEmpty()) {
        Instant last =
            published.evidence().stream()
                .map(record.withdrawnEvidence()::get)
                .max(Instant::compareTo)
                .orElseThrow();
        due.add(new CorrectionDue(published.id(), last, "its evidence was withdrawn"));
      } else if (record.history(published.id()).getLast().claim().state() == State.WITHDRAWN) {
        due.add(
            new CorrectionDue(
                published.id(),
                record.history(published.id()).getLast().at(),
                "it is withdrawn, and readers were not told yet"));
      } else if (published.isOverdue(now)) {
        due.add(
            new CorrectionDue(
                published.id(), published.reviewBy().orElseThrow(), "its review is overdue"));
      }
    }
    return due;
  }
}
