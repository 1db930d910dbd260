package dev.counterfoil.benchmarks.detection;

import dev.counterfoil.benchmarks.run.Measurement;
import dev.counterfoil.benchmarks.run.RunReport;
import dev.counterfoil.rules.RuleFiles;
import dev.counterfoil.rules.RuleSet;
import java.nio.file.Path;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Measures what is found in a world of people, and what is found that is not there. */
@Command(
    name = "detection",
    description = {
      "Makes a world of people from a seed, with attacks of eight shapes among normal life and noise, and has the monitor's",
      "rules and matching look at it: recall, precision, delay, and alerts for a thousand people and day."
    })
public final class DetectionCommand extends Measurement {
  @Option(
      names = "--people",
      defaultValue = "5000",
      description = "People of the world, 500 to 4000000 (default: ${DEFAULT-VALUE}).")
  private int people;

  @Option(
      names = "--days",
      defaultValue = "3",
      description =
          "Days that are measured, 3 to 20, after eight in which rules learn (default: ${DEFAULT-VALUE}).")
  private int days;

  @Option(
      names = "--attacks",
      description = "Attacks of each shape (default: one for each tenant of 250 people).")
  private @Nullable Integer each;

  @Option(names = "--seed", defaultValue = "1", description = "Another world for each number.")
  private long seed;

  @Option(
      names = "--lost",
      defaultValue = "0",
      description = "Percent of the events that get lost on the way (default: ${DEFAULT-VALUE}).")
  private int lost;

  @Option(
      names = "--state",
      defaultValue = "32",
      paramLabel = "MIB",
      description =
          "Memory for what rules know of earlier events; a monitor has ${DEFAULT-VALUE} for each domain.")
  private int state;

  @Option(
      names = "--out",
      paramLabel = "DIR",
      description =
          "Write the events there, and in a file apart which of them belong to an attack.")
  private @Nullable Path out;

  @Override
  protected void measure(Path folder, RunReport report) throws Exception {
    require(people >= 500 && people <= 4_000_000, "want 500 to 4000000 people");
    require(days >= 3 && days <= 20, "want 3 to 20 days");
    int attacks = each == null ? people / Inhabitant.TENANT : each;
    require(attacks > 0 && attacks <= 10_000, "want 1 to 10000 attacks of each shape");
    require(lost >= 0 && lost < 100, "want 0 to 99 percent lost");
    require(state > 0, "want some memory for the rules");
    PeopleWorld world = new PeopleWorld(people, days, attacks, seed);
    RuleSet rules = RuleSet.of(RuleFiles.shipped().documents());
    EventTrial trial = new EventTrial(world, rules, (long) state << 20, lost / 100.0, seed);
    long begun = System.nanoTime();
    Score score = trial.run(Optional.ofNullable(out));
    double seconds = (System.nanoTime() - begun) / 1e9;
    try (TokenTrial tokens =
        new TokenTrial(folder.resolve("monitor"), people, attacks, lost / 100.0, seed)) {
      tokens.run();
      tokens.report(report);
    }
    score.shapes(report);
    double alerts = score.rules(report, people, days);
    report.note("Alerts: %.2f for a thousand people and day, true ones among them", alerts);
    report.note(
        "%,d events of %,d people in %d days, %,d of them lost; making and looking at them took %.0f s, %,.0f/s",
        trial.events(),
        people,
        PeopleWorld.LEARN_DAYS + days,
        trial.lostEvents(),
        seconds,
        trial.events() / seconds);
    report.note(
        "Rules take %,d KiB for what they know of earlier events; for want of memory they forgot %,d groups",
        trial.watch().stateBytes() >> 10, trial.watch().forgotten());
  }
}
