package dev.counterfoil.benchmarks;

import dev.counterfoil.drills.run.DrillReport;
import dev.counterfoil.drills.run.DrillRun;
import dev.counterfoil.drills.run.Narrator;
import dev.counterfoil.drills.run.Outcome;
import dev.counterfoil.drills.theft.StolenSigner;
import dev.counterfoil.drills.theft.StolenSigner.Figures;
import java.io.IOException;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.text.ParseException;
import java.time.InstantSource;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Measures how long after the command every connected verifier refuses a stolen key. */
@Command(
    name = "emergency",
    mixinStandardHelpOptions = true,
    description = {
      "Plays the drill compromise with many verifiers, each with a connection of its own, and measures the time from",
      "the command to each one's refusing. Void when an expectation of the drill does not hold: all who can be reached",
      "refuse, those who are cut off are named and no other, honest tokens are let in the whole time. The domain has one",
      "warm spare, as by default; then it is played once more without, with few verifiers, for the time without tokens."
    })
final class EmergencyCommand implements Callable<Integer> {
  private static final int VERIFIERS_MAX = 5_000;

  /** Without a spare the verifiers matter little: what is measured is how long a signer starts. */
  private static final int FEW_VERIFIERS = 5;

  @Mixin
  @SuppressWarnings("NullAway.Init") // picocli fills it before the call
  private PlaceOptions place;

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

  @Mixin
  @SuppressWarnings("NullAway.Init") // picocli fills it before the call
  private Publication publication;

  /**
   * What was found.
   *
   * @param held whether every expectation of the drill held
   * @param outcomes each of them, in words
   */
  record Report(
      Machine machine,
      int connected,
      int cutOff,
      long publishedMillis,
      long p50Millis,
      long p99Millis,
      long lastMillis,
      int honestChecks,
      int honestRefusals,
      long withoutTokensMillis,
      long failedRequests,
      long withoutTokensNoSpareMillis,
      long failedRequestsNoSpare,
      Map<String, Long> processorMillis,
      double requests,
      boolean held,
      List<String> outcomes) {
    String text() {
      return """
      - %d verifiers in one process, each with its connection. From the command to the published revocation: %d ms; to refusing: half of them within %d ms, 99 %% within %d ms, the last after %d ms.
      - %d more were cut off; the screen named %s.
      - Honest tokens meanwhile: %d checks, %d refused.
      - Processor time from the command to the last one's refusing, for each verifier: %s. Each asked the issuer %.1f times meanwhile.
      - With a warm spare: no new token for %d ms, and %d requests in vain. Without: none for %d ms, while the signer started anew; %d in vain.
      %s
      """
          .formatted(
              connected,
              publishedMillis,
              p50Millis,
              p99Millis,
              lastMillis,
              cutOff,
              held ? "them and no other" : "OTHERS, or not all: this run is void",
              honestChecks,
              honestRefusals,
              processorTimes(),
              requests,
              withoutTokensMillis,
              failedRequests,
              withoutTokensNoSpareMillis,
              failedRequestsNoSpare,
              machine.line());
    }

    /** The largest first. */
    private String processorTimes() {
      return processorMillis.entrySet().stream()
          .sorted(Map.Entry.<String, Long>comparingByValue().reversed())
          .map(
              used ->
                  "%s %d µs".formatted(label(used.getKey()), used.getValue() * 1000 / connected))
          .collect(Collectors.joining(", "));
    }

    private static String label(String process) {
      return switch (process) {
        case "Benchmarks" -> "the verifiers' process";
        case "StolenKeySigner" -> "the signer that is replaced, and starts anew";
        case "SignerMain" -> "the spare";
        default -> process.replaceFirst("Main$", "").toLowerCase(Locale.ROOT);
      };
    }
  }

  @Override
  public Integer call() throws IOException, InterruptedException, ParseException {
    if (verifiers < 1 || cutOff < 0 || verifiers + cutOff > VERIFIERS_MAX) {
      throw new IllegalArgumentException("verifiers: want 1 to " + VERIFIERS_MAX + " in all");
    }
    try (RunFolder folder = RunFolder.create(place.folder())) {
      Machine machine = Machine.read(folder.path(), InstantSource.system());
      Played played = play(verifiers + cutOff, cutOff, 1);
      Played without = play(FEW_VERIFIERS, 0, 0);
      Figures figures = played.figures;
      boolean held = played.report.held() && without.report.held();
      Report report =
          new Report(
              machine,
              figures.enforcedMs().size(),
              cutOff,
              figures.publishedMs(),
              figures.enforcedMs(50),
              figures.enforcedMs(99),
              figures.enforcedMs().getLast(),
              figures.honestChecks(),
              figures.honestRefusals(),
              figures.withoutTokens().toMillis(),
              figures.failedRequests(),
              without.figures.withoutTokens().toMillis(),
              without.figures.failedRequests(),
              figures.processorTimes().entrySet().stream()
                  .collect(Collectors.toMap(Map.Entry::getKey, used -> used.getValue().toMillis())),
              (double) figures.requests() / (verifiers + cutOff),
              held,
              Stream.concat(played.report.outcomes().stream(), without.report.outcomes().stream())
                  .map(EmergencyCommand::words)
                  .toList());
      publication.report(place.root(), "emergency", report.text(), report);
      if (!held) {
        report.outcomes().forEach(System.err::println);
      }
      return held ? 0 : 1;
    }
  }

  /** The drill, once carried out. */
  private record Played(Figures figures, DrillReport report) {}

  private static Played play(int verifiers, int cutOff, int spares) throws IOException {
    // Sockets lie below it, so it is short.
    StolenSigner drill =
        new StolenSigner(
            Path.of("/tmp"), InstantSource.system(), new SecureRandom(), verifiers, cutOff, spares);
    DrillReport drilled = DrillRun.carryOut(drill, Narrator.silent(), InstantSource.system());
    return new Played(
        drill.figures().orElseThrow(() -> new IOException("the drill broke: " + drilled.broke())),
        drilled);
  }

  private static String words(Outcome outcome) {
    return (outcome.held() ? "held  " : "FAILED  ")
        + outcome.expectation().id()
        + ": "
        + outcome.observed();
  }
}
