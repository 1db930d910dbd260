package dev.counterfoil.benchmarks.installation;

import dev.counterfoil.benchmarks.run.Measurement;
import dev.counterfoil.benchmarks.run.RunReport;
import dev.counterfoil.drills.rotation.Rotation;
import dev.counterfoil.drills.rotation.Rotation.Figures;
import dev.counterfoil.drills.rotation.RotationPace;
import dev.counterfoil.drills.run.ConsoleNarrator;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Measures whether anyone refuses a good token while keys follow each other under load. */
@Command(
    name = "rotation",
    description = {
      "Plays the drill rotation: keys take over from each other while tokens are issued at a steady rate, and four",
      "verifiers look at the first and the last token of every key and at some of the others. Void when an expectation of",
      "the drill does not hold: no good token is refused by any verifier, every request gets a token, at the whole rate,",
      "and as many keys take over as are due."
    })
public final class RotationCommand extends Measurement {
  @Option(
      names = "--domains",
      defaultValue = "4",
      description = "Trust domains, of 32 rings of keys each (default: ${DEFAULT-VALUE}).")
  private int domains;

  @Option(
      names = "--seconds",
      defaultValue = "600",
      description = "How long (default: ${DEFAULT-VALUE}).")
  private int seconds;

  @Option(
      names = "--rotations",
      defaultValue = "1000",
      description = "How many keys have to take over (default: ${DEFAULT-VALUE}).")
  private int rotations;

  @Option(
      names = "--rate",
      defaultValue = "5000",
      description = "Tokens a second (default: ${DEFAULT-VALUE}).")
  private int rate;

  @Override
  protected void measure(Path folder, RunReport report) {
    Rotation drill =
        new Rotation(
            Optional.of(root().resolve("strangers/target/strangers")),
            RotationPace.strangers(domains, Duration.ofSeconds(seconds), rotations, rate));
    EmergencyCommand.carryOut(drill, new ConsoleNarrator(System.err), report);
    Figures figures =
        drill.figures().orElseThrow(() -> new IllegalStateException("the drill broke"));
    // Nothing is proved where one was not asked.
    drill.absent().forEach(one -> report.isVoid(one + " did not take part"));
    RunReport.Table table = report.table("verifier", "good tokens", "of them refused");
    figures
        .checked()
        .forEach((name, count) -> table.row(name, count, figures.refused().getOrDefault(name, 0L)));
    report.note(
        "%d rotations of %d rings of keys in %d s; %d tokens meanwhile, %.0f/s; %d requests got none",
        figures.rotations(),
        figures.rings(),
        figures.took().toSeconds(),
        figures.tokens(),
        figures.tokensPerSecond(),
        figures.failed());
    report.note(
        "Verified were, among others, the first and the last token of every key. Forged tokens were refused by all; keys that were stated a second before they signed, by those that fetch every 30 s at most");
  }
}
