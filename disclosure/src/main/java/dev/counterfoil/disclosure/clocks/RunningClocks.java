package dev.counterfoil.disclosure.clocks;

import dev.counterfoil.disclosure.record.ClaimRules;
import dev.counterfoil.disclosure.record.ClockDecision;
import dev.counterfoil.disclosure.record.IncidentRecord;
import dev.counterfoil.disclosure.record.Publication;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** What is due, in order of time: rules and decisions in, deadlines out. Pure. */
public final class RunningClocks {
  /** Within what a published claim that cannot stand is corrected (CCADB, and our promise). */
  public static final Duration CORRECTION_WITHIN = Duration.ofDays(3);

  /** The rule of claims that were published and cannot stand. */
  static final String CORRECTIONS = "correction";

  /** What the stage is called that tells a correction of another one. */
  private static final String CORRECTION = "correction:";

  private RunningClocks() {}

  /**
   * Something that is due.
   *
   * @param incident of which incident
   * @param rule the rule's id, or {@code correction}
   * @param stage which stage, or the claim to correct
   * @param due by when
   * @param to whom
   * @param form how
   * @param missing texts that it needs and that nobody wrote yet
   * @param startedBy who decided that the clock runs, when and why
   */
  public record DueStage(
      String incident,
      String rule,
      String stage,
      Instant due,
      String to,
      String form,
      List<String> missing,
      String startedBy) {}

  /** All that runs for one incident. */
  public static List<DueStage> of(IncidentRecord record, List<ClockPack> packs, Instant now) {
    List<DueStage> due = new ArrayList<>();
    for (ClockPack pack : packs) {
      for (ClockRule rule : pack.rules()) {
        if (rule.enabled()) {
          rule.stages().forEach(stage -> of(record, rule, stage).ifPresent(due::add));
        }
      }
    }
    for (ClaimRules.CorrectionDue one : ClaimRules.correctionsDue(record, now)) {
      due.add(
          new DueStage(
              record.id(),
              CORRECTIONS,
              one.claim(),
              one.since().plus(CORRECTION_WITHIN),
              "everybody who got the wrong version",
              "counterfoil correction " + record.id() + " " + one.claim(),
              List.of(),
              "claim " + one.claim() + ": " + one.why() + ", since " + one.since()));
    }
    due.addAll(corrections(record));
    due.sort(Comparator.comparing(DueStage::due));
    return due;
  }

  /** Recipients of a report that was corrected since are due the correction. */
  private static List<DueStage> corrections(IncidentRecord record) {
    List<DueStage> due = new ArrayList<>();
    int before = 0;
    for (Publication publication : record.publications()) {
      int corrections = publication.statement().corrections().size();
      if (corrections > before) {
        for (ClockDecision told : record.clocks()) {
          String stage = CORRECTION + told.event();
          if (told.isMet()
              && !told.event().startsWith(CORRECTION)
              && told.at().isBefore(publication.at())
              && record.clocks().stream()
                  .noneMatch(
                      one ->
                          one.isMet()
                              && one.rule().equals(told.rule())
                              && one.event().equals(stage)
                              && !one.at().isBefore(publication.at()))) {
            due.add(
                new DueStage(
                    record.id(),
                    told.rule(),
                    stage,
                    publication.at().plus(CORRECTION_WITHIN),
                    "the recipient of the report of " + told.at(),
                    "a correction of that report",
                    List.of(),
                    "a correction was published at " + publication.at()));
          }
        }
      }
      before = corrections;
    }
    return due;
  }

  private static Optional<DueStage> of(IncidentRecord record, ClockRule rule, ClockStage stage) {
    Optional<ClockDecision> met = last(record, rule, stage.id(), true);
    if (met.isPresent()) {
      return stage
          .every()
          .map(every -> due(record, rule, stage, end(rule, every, met.get().at()), met.get()));
    }
    Optional<DueStage> earliest = Optional.empty();
    for (ClockStage.Limit limit : stage.limits()) {
      boolean isStage = limit.trigger().startsWith(ClockStage.MET);
      Optional<ClockDecision> started =
          isStage
              ? last(record, rule, limit.trigger().substring(ClockStage.MET.length()), true)
              : first(record, rule, limit.trigger());
      Optional<DueStage> one =
          started.map(from -> due(record, rule, stage, end(rule, limit.within(), from.at()), from));
      if (one.isPresent()
          && earliest.filter(before -> !one.get().due().isBefore(before.due())).isEmpty()) {
        earliest = one;
      }
    }
    return earliest;
  }

  private static Instant end(ClockRule rule, TimeLimit limit, Instant from) {
    return limit.after(from, rule.zone(), rule.calendar(), rule.dayEnds());
  }

  /** The first decision counts: awareness does not begin a second time. */
  private static Optional<ClockDecision> first(
      IncidentRecord record, ClockRule rule, String trigger) {
    return record.clocks().stream()
        .filter(one -> !one.isMet() && one.rule().equals(rule.id()))
        .filter(one -> one.event().equals(trigger))
        .min(Comparator.comparing(ClockDecision::at));
  }

  private static Optional<ClockDecision> last(
      IncidentRecord record, ClockRule rule, String stage, boolean isMet) {
    return record.clocks().stream()
        .filter(one -> one.isMet() == isMet && one.rule().equals(rule.id()))
        .filter(one -> one.event().equals(stage))
        .max(Comparator.comparing(ClockDecision::at));
  }

  private static DueStage due(
      IncidentRecord record, ClockRule rule, ClockStage stage, Instant due, ClockDecision from) {
    Map<String, String> texts = record.texts();
    return new DueStage(
        record.id(),
        rule.id(),
        stage.id(),
        due,
        stage.to(),
        stage.form(),
        stage.fields().stream().filter(field -> texts.getOrDefault(field, "").isBlank()).toList(),
        "%s by %s at %s: %s".formatted(from.event(), from.by(), from.at(), from.why()));
  }
}
