package dev.counterfoil.benchmarks;

import dev.counterfoil.drills.rotation.Rotation;
import dev.counterfoil.drills.rotation.Rotation.Figures;
import dev.counterfoil.drills.rotation.RotationPace;
import dev.counterfoil.drills.run.ConsoleNarrator;
import dev.counterfoil.drills.run.DrillReport;
import dev.counterfoil.drills.run.DrillRun;
import dev.counterfoil.drills.run.Outcome;
import java.io.IOException;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.text.ParseException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Keys follow each other by the hundred under load, before our verifier and three others. */
@Command(
    name = "rotation",
    mixinStandardHelpOptions = true,
    description = {
      "Plays the drill rotation: keys take over from each other while tokens are issued at a steady"
          + " rate, and four",
      "verifiers look at the first and the last token of every key and at some of the others. Void"
          + " when an expectation of",
      "the drill does not hold: no good token is refused by any verifier, every request gets a"
          + " token, at the whole rate,",
      "and as many keys take over as are due."
    })
final class RotationCommand implements Callable<Integer> {
  @Mixin
  @SuppressWarnings("NullAway.Init") // picocli fills it before the call
  private PlaceOptions place;

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

  @Mixin
  @SuppressWarnings("NullAway.Init") // picocli fills it before the call
  private Publication publication;

  /**
   * What was found.
   *
   * @param checked tokens that were verified, by verifier
   * @param refused good tokens that were refused, by verifier
   * @param absent verifiers of others' that did not take part
   * @param held whether every expectation of the drill held
   * @param outcomes each of them, in words
   */
  record Report(
      Machine machine,
      long seconds,
      int rings,
      int rotations,
      long tokens,
      long tokensPerSecond,
      long failed,
      Map<String, Long> checked,
      Map<String, Long> refused,
      List<String> absent,
      boolean held,
      List<String> outcomes) {
    /** Nothing is proved where somebody was not asked. */
    boolean isVoid() {
      return !held || !absent.isEmpty();
    }

    private String why() {
      return absent.isEmpty()
          ? "an expectation did not hold."
          : "these verifiers did not take part: " + String.join(", ", absent) + ".";
    }

    String text() {
      String verifiers =
          new TreeMap<>(checked)
              .entrySet().stream()
                  .map(
                      one ->
                          "  - %s: %d tokens, %d refused"
                              .formatted(one.getKey(), one.getValue(), refused.get(one.getKey())))
                  .collect(Collectors.joining("\n"));
      return """
      - %d rotations of %d rings of keys in %d s; %d tokens meanwhile, %d/s; %d requests got none.
      - Good tokens that were verified, among them the first and the last of every key:
      %s
      - %s
      %s
      """
          .formatted(
              rotations,
              rings,
              seconds,
              tokens,
              tokensPerSecond,
              failed,
              verifiers,
              isVoid()
                  ? "THIS RUN IS VOID: " + why()
                  : "Forged tokens were refused by all; keys that were stated a second before they"
                      + " signed, by those that fetch every 30 s at most.",
              machine.line());
    }
  }

  @Override
  public Integer call() throws IOException, InterruptedException, ParseException {
    // Sockets lie below it, so it is short.
    Rotation drill =
        new Rotation(
            Path.of("/tmp"),
            InstantSource.system(),
            new SecureRandom(),
            Optional.of(place.root().resolve("strangers/target/strangers")),
            RotationPace.strangers(domains, Duration.ofSeconds(seconds), rotations, rate));
    try (RunFolder folder = RunFolder.create(place.folder())) {
      Machine machine = Machine.read(folder.path(), InstantSource.system());
      DrillReport drilled =
          DrillRun.carryOut(drill, new ConsoleNarrator(System.err), InstantSource.system());
      Figures figures =
          drill.figures().orElseThrow(() -> new IOException("the drill broke: " + drilled.broke()));
      Report report =
          new Report(
              machine,
              figures.took().toSeconds(),
              figures.rings(),
              figures.rotations(),
              figures.tokens(),
              Math.round(figures.tokensPerSecond()),
              figures.failed(),
              figures.checked(),
              figures.refused(),
              drill.absent(),
              drilled.held(),
              drilled.outcomes().stream().map(RotationCommand::words).toList());
      publication.report(place.root(), "rotation", report.text(), report);
      return report.isVoid() ? 1 : 0;
    }
  }

  private static String words(Outcome outcome) {
    return (outcome.held() ? "held  " : "FAILED  ")
        + outcome.expectation().id()
        + ": "
        + outcome.observed();
  }
}
