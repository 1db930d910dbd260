package dev.counterfoil.drills.upgrade;

import dev.counterfoil.drills.log.SteadyTraffic.Acknowledged;
import dev.counterfoil.drills.run.Await;
import dev.counterfoil.drills.run.Drill;
import dev.counterfoil.drills.run.DrillRun;
import dev.counterfoil.verifier.RefusalCode;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** From an older distribution to this one on the same folder and back, under traffic. */
public final class Upgrade extends Drill {
  private static final int TOKENS_EACH = 100;

  /** Of each phase, shown again in every later one. */
  private static final int TOKENS_SHOWN_AGAIN = 50;

  private final Optional<Path> from;
  private final Optional<Path> own;
  private final List<Acknowledged> shownAgain = new ArrayList<>();
  private final List<Acknowledged> beside = new ArrayList<>();
  private final List<Acknowledged> revoked = new ArrayList<>();

  /** How many tokens there were when each phase began. */
  private final List<Integer> begins = new ArrayList<>(List.of(0));

  private int seen;
  private long refusedBefore;

  /**
   * The drill.
   *
   * @param from folder of the older distribution
   * @param own folder of this one
   */
  public Upgrade(Optional<Path> from, Optional<Path> own) {
    super("upgrade");
    this.from = from;
    this.own = own;
  }

  @Override
  protected void play(DrillRun run) throws Exception {
    UnpackedDistribution older =
        UnpackedDistribution.in(
            from.orElseThrow(
                () ->
                    new IOException(
                        "name the folder of an older distribution: counterfoil drill upgrade --from"
                            + " FOLDER")));
    UnpackedDistribution newer =
        UnpackedDistribution.in(
            own.orElseThrow(
                () -> new IOException("this drill runs from a distribution, by bin/counterfoil")));
    run.says("older: %s, in %s".formatted(older.version(), older.home()));
    run.says("this:  %s, in %s".formatted(newer.version(), newer.home()));
    boolean same = older.isSameAs(newer);
    if (same) {
      run.says("both are the same: this is a restart in place, and says nothing of an upgrade");
    }

    run.act(1, "the older distribution");
    Instant began = run.now();
    UpgradeStage stage = new UpgradeStage(run, older);
    observe(run, stage, "older", began, Map.of("restart_in_place", same));

    run.act(2, "this distribution on the same folder");
    change(run, stage, newer, "newer");

    run.act(3, "back to the older distribution");
    change(run, stage, older, "rollback");

    List<String> changed = stage.changedLogs(newer);
    begins.add(stage.traffic().acknowledged().size());
    List<Integer> issued = new ArrayList<>();
    for (int i = 1; i < begins.size(); i++) {
      issued.add(begins.get(i) - begins.get(i - 1));
    }
    run.observe(
        "upgrade.logs-only-grow",
        changed.isEmpty(),
        (changed.isEmpty()
                ? "by log check of this distribution: " + String.join(", ", stage.logNames())
                : String.join("; ", changed))
            + "; tokens issued in the three phases: "
            + issued,
        Map.of("tokens", issued));
    long lost = stage.endService();
    Set<String> alarms = stage.alarms();
    run.observe(
        "upgrade.no-alarm",
        lost == 0 && alarms.isEmpty(),
        "%d sightings lost; %s"
            .formatted(lost, alarms.isEmpty() ? "no critical finding" : String.join("; ", alarms)));
  }

  private void change(DrillRun run, UpgradeStage stage, UnpackedDistribution next, String phase)
      throws Exception {
    Instant stopped = run.now();
    begins.add(stage.change(next));
    observe(run, stage, phase, stopped, Map.of());
  }

  private void observe(
      DrillRun run, UpgradeStage stage, String phase, Instant began, Map<String, Object> about)
      throws Exception {
    if (!stage.traffic().awaitMore(TOKENS_EACH, Await.PATIENCE)) {
      throw new IOException("no tokens within " + Await.PATIENCE.toSeconds() + " s");
    }
    Duration gap = stage.traffic().longestGapAfter(began);
    long refused = stage.traffic().refusals() - refusedBefore;
    refusedBefore += refused;
    List<Acknowledged> all = stage.traffic().acknowledged();
    List<Acknowledged> issued = all.subList(begins.getLast(), all.size());
    List<Acknowledged> shown = new ArrayList<>(shownAgain);
    shown.addAll(all.subList(seen, all.size()));
    seen = all.size();
    List<RefusalCode> refusals = stage.refusals(shown);
    beside.add(issued.getFirst());
    String verdicts = verdicts(stage, beside, "ok");
    Map<String, Object> figures = new LinkedHashMap<>(about);
    figures.put("refused_requests", refused);
    figures.put("longest_gap_seconds", gap.toMillis() / 1000.0);
    run.observe(
        "upgrade." + phase + "-issues",
        refusals.isEmpty() && verdicts.isEmpty(),
        ("%d of %d accepted by a service that runs throughout%s; verify accepts %s; longest gap"
                + " without a token %.1f s, in which %d requests were refused")
            .formatted(
                shown.size() - refusals.size(),
                shown.size(),
                refusals.isEmpty() ? "" : ", refused as " + new LinkedHashSet<>(refusals),
                verdicts.isEmpty() ? "one of each phase" : "not all: " + verdicts,
                gap.toMillis() / 1000.0,
                refused),
        figures);

    revoked.add(issued.get(1));
    stage.revoke(issued.get(1));
    boolean known = Await.comes(() -> areRevoked(stage.refusals(revoked)));
    String otherwise = verdicts(stage, revoked, RefusalCode.TOKEN_REVOKED.text());
    List<RefusalCode> control = stage.refusals(beside);
    run.observe(
        "upgrade." + phase + "-revokes",
        known && otherwise.isEmpty() && control.isEmpty(),
        "%d revoked: %s by the service, %s by verify; %d of %d beside them accepted"
            .formatted(
                revoked.size(),
                known ? "all refused" : "refused only as " + stage.refusals(revoked),
                otherwise.isEmpty() ? "all refused" : otherwise,
                beside.size() - control.size(),
                beside.size()));
    shownAgain.add(issued.getFirst());
    shownAgain.addAll(issued.subList(2, Math.min(issued.size(), TOKENS_SHOWN_AGAIN)));
    stage.keep();
  }

  private boolean areRevoked(List<RefusalCode> refusals) {
    return refusals.size() == revoked.size()
        && refusals.stream().allMatch(RefusalCode.TOKEN_REVOKED::equals);
  }

  /** What the distribution that runs says otherwise than expected; empty when it says that. */
  private static String verdicts(UpgradeStage stage, List<Acknowledged> tokens, String expected)
      throws IOException, InterruptedException {
    List<String> others = new ArrayList<>();
    for (Acknowledged token : tokens) {
      String verdict = stage.verdict(token);
      if (!verdict.equals(expected)) {
        others.add(token.id() + " " + verdict);
      }
    }
    return String.join(", ", others);
  }
}
