package dev.counterfoil.monitor.judging;

import dev.counterfoil.monitor.findings.Finding;
import dev.counterfoil.monitor.findings.FindingStore;
import java.io.IOException;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * Takes open sightings to the {@link Judge}, one {@link #step} at a time. All of its state is in
 * the database: after a crash the open ones are judged again.
 *
 * <p>Sightings are taken in the order in which they came, but for the urgent ones: those are taken
 * before each page, so that a forgery that a service has caught is found at once, however many
 * honest tokens were reported before it, and also while urgent ones wait for an issuer that does
 * not answer. Those that wait are looked at twice in a step: in their turn, too.
 */
public final class Matching {
  /** Sightings judged in one transaction. */
  static final int PAGE = 500;

  /** Pages of urgent ones before the others have one: who reports nothing else keeps none out. */
  private static final int URGENT_PAGES_MAX = 20;

  private final SightingStore sightings;
  private final Judge judge;
  private final InstantSource clock;
  private final Consumer<Judgement> judged;
  private final Runnable waits;

  Matching(SightingStore sightings, Judge judge, InstantSource clock, Consumer<Judgement> judged) {
    this(sightings, judge, clock, judged, () -> {});
  }

  /**
   * @param waits told during a step, which may be long, that a sighting waits for its log
   */
  public Matching(
      SightingStore sightings,
      Judge judge,
      InstantSource clock,
      Consumer<Judgement> judged,
      Runnable waits) {
    this.sightings = sightings;
    this.judge = judge;
    this.clock = clock;
    this.judged = judged;
    this.waits = waits;
  }

  /**
   * Looks at every open sighting once.
   *
   * @return how many stay open
   */
  public int step() throws IOException {
    int waiting = 0;
    long after = 0;
    long afterUrgent = 0;
    while (true) {
      afterUrgent = judgeUrgent(afterUrgent);
      List<SightingStore.Kept> page = sightings.open(after, PAGE);
      if (page.isEmpty()) {
        return waiting;
      }
      waiting += judge(page);
      after = page.get(page.size() - 1).id();
    }
  }

  /**
   * Looks at urgent ones, each once in a step: those that wait are not in the way of others.
   *
   * @param after the last that was looked at in this step
   * @return the last now
   */
  private long judgeUrgent(long after) throws IOException {
    long last = after;
    for (int pages = 0; pages < URGENT_PAGES_MAX; pages++) {
      List<SightingStore.Kept> page = sightings.urgent(last, PAGE);
      if (page.isEmpty()) {
        return last;
      }
      judge(page);
      last = page.getLast().id();
    }
    return last;
  }

  /** Whether somebody answers for a log again, so that what it left open can be judged. */
  boolean isHeard(FindingStore.Unanswered one) {
    return judge.isHeard(one.domain(), one.log(), one.raisedAt());
  }

  /**
   * Judges once more a token for whose log nobody answered, as if it had come in when it became a
   * finding. What stays unproven stays as it is; anything else takes the place of the finding.
   */
  void judgeAgain(FindingStore.Unanswered one) throws IOException {
    Optional<SightingStore.Kept> kept = sightings.find(one.sighting());
    if (kept.isEmpty()) {
      return;
    }
    Judgement judgement = judge.judge(kept.get().sighting(), one.raisedAt(), clock.instant());
    switch (judgement) {
      case Judgement.Found found when found.kind() != Finding.Kind.UNPROVEN_TOKEN -> {
        sightings.settleAgain(one.id(), new SightingStore.Result(kept.get(), found));
        judged.accept(found);
      }
      case Judgement.Matched matched -> {
        sightings.settleAgain(one.id(), new SightingStore.Result(kept.get(), matched));
        judged.accept(matched);
      }
      default -> {
        // Nobody can tell yet.
      }
    }
  }

  /** Gives how many of them wait. */
  private int judge(List<SightingStore.Kept> page) throws IOException {
    int waiting = 0;
    List<SightingStore.Result> results = new ArrayList<>();
    for (SightingStore.Kept kept : page) {
      Judgement judgement = judge.judge(kept.sighting(), kept.receivedAt(), clock.instant());
      if (judgement instanceof Judgement.Wait) {
        waiting++;
      } else {
        results.add(new SightingStore.Result(kept, judgement));
      }
    }
    if (waiting > 0) {
      waits.run();
    }
    if (!results.isEmpty()) {
      sightings.settle(results);
      results.forEach(result -> judged.accept(result.judgement()));
    }
    return waiting;
  }
}
