package dev.counterfoil.benchmarks.installation;

import dev.counterfoil.benchmarks.run.Measurement;
import dev.counterfoil.benchmarks.run.RunReport;
import dev.counterfoil.drills.run.Drill;
import dev.counterfoil.drills.run.DrillPlace;
import dev.counterfoil.drills.run.DrillReport;
import dev.counterfoil.drills.run.DrillRun;
import dev.counterfoil.drills.run.Narrator;
import dev.counterfoil.drills.theft.StolenSigner;
import dev.counterfoil.drills.theft.StolenSigner.Figures;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Measures how long after the command every connected verifier refuses a stolen key. */
@Command(
    name = "emergency",
    description = {
      "Plays the drill compromise with many verifiers, each with a connection of its own, and measures the time from",
      "the command to each one's refusing. Void when an expectation of the drill does not hold: all who can be reached",
      "refuse, those who are cut off are named and no other, honest tokens are let in the whole time. The domain has one",
      "warm spare, as by default; then it is played once more without, with few verifiers, for the time without tokens."
    })
public final class EmergencyCommand extends Measurement {
  /** Without a spare the verifiers matter little: what is measured is how long a signer starts. */
  private static final int FEW_VERIFIERS = 5;

  @Option(
      names = "--verifiers",
      defaultValue = "1000",
      description = "How many that can be reached (default: ${DEFAULT-VALUE}).")
  private int verifiers;

  @Option(
      names = "--cut-off",
      defaultValue = "20",
      description = "How many more that are cut off (default: ${DEFAULT-VALUE}).")
  private int cutOff;

  @Override
  protected void measure(Path folder, RunReport report) throws Exception {
    require(verifiers >= 1 && cutOff >= 0, "want a verifier at least");
    Figures figures = play(verifiers + cutOff, cutOff, 1, report);
    Figures without = play(FEW_VERIFIERS, 0, 0, report);
    report.note(
        "%d verifiers in one process, each with its connection. From the command to the published revocation: %d ms; to refusing: half of them within %d ms, 99 %% within %d ms, the last after %d ms",
        figures.enforcedMs().size(),
        figures.publishedMs(),
        figures.enforcedMs(50),
        figures.enforcedMs(99),
        figures.enforcedMs().getLast());
    report.note("%d more were cut off; the screen named them and no other", cutOff);
    report.note(
        "Honest tokens meanwhile: %d checks, %d refused",
        figures.honestChecks(), figures.honestRefusals());
    report.note(
        "Processor time from the command to the last one's refusing, for each verifier: %s. Each asked the issuer %.1f times meanwhile",
        figures.processorTimes().entrySet().stream()
            .sorted(Map.Entry.<String, Duration>comparingByValue().reversed())
            .map(one -> label(one.getKey()) + " " + one.getValue().toNanos() / 1000 / verifiers)
            .collect(Collectors.joining(" µs, ", "", " µs")),
        (double) figures.requests() / (verifiers + cutOff));
    report.note(
        "With a warm spare: no new token for %d ms, and %d requests in vain. Without: none for %d ms, while the signer started again; %d in vain",
        figures.withoutTokens().toMillis(),
        figures.failedRequests(),
        without.withoutTokens().toMillis(),
        without.failedRequests());
  }

  private static String label(String process) {
    return switch (process) {
      case "Benchmarks" -> "the verifiers' process";
      case "StolenKeySigner" -> "the signer that is replaced, and starts again";
      case "SignerMain" -> "the spare";
      default -> process.replaceFirst("Main$", "").toLowerCase(Locale.ROOT);
    };
  }

  private static Figures play(int verifiers, int cutOff, int spares, RunReport report) {
    StolenSigner drill = new StolenSigner(verifiers, cutOff, spares);
    carryOut(drill, Narrator.silent(), report);
    return drill.figures().orElseThrow(() -> new IllegalStateException("the drill broke"));
  }

  /** Carries a drill out; what did not hold voids the run. */
  static void carryOut(Drill drill, Narrator narrator, RunReport report) {
    // Sockets lie below it, so it is short.
    DrillReport drilled = DrillRun.carryOut(drill, narrator, DrillPlace.in(Path.of("/tmp")));
    drilled.broke().ifPresent(report::isVoid);
    drilled.notReached().forEach(one -> report.isVoid(one.id() + " of the drill was not reached"));
    drilled.outcomes().stream()
        .filter(outcome -> !outcome.held())
        .forEach(one -> report.isVoid(one.expectation().id() + ": " + one.observed()));
  }
}
