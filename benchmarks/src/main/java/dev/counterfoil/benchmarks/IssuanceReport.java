package dev.counterfoil.benchmarks;

import java.util.ArrayList;
import java.util.Formatter;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * Everything that one run of the issuance benchmark found.
 *
 * @param command what reproduces it
 * @param servers description of each server by its name
 * @param resident memory and processor time of Counterfoil's processes right after their last load
 */
record IssuanceReport(
    String command,
    Machine machine,
    RawRates raw,
    int seconds,
    int warmUpSeconds,
    Map<String, String> servers,
    List<LoadOutcome> outcomes,
    List<Resident> resident,
    List<Ratio> ratios) {

  /**
   * How many times as many tokens a second Counterfoil issues as a peer, same load.
   *
   * @param times tokens a second of Counterfoil by tokens a second of the peer
   */
  record Ratio(String peer, String method, int connections, double times) {}

  /** Compares Counterfoil with each peer under each load that both had. */
  static List<Ratio> ratios(List<LoadOutcome> outcomes, String ours) {
    List<Ratio> ratios = new ArrayList<>();
    for (LoadOutcome peer : outcomes) {
      if (peer.server().equals(ours)) {
        continue;
      }
      Optional<LoadOutcome> own =
          outcomes.stream()
              .filter(
                  o ->
                      o.server().equals(ours)
                          && o.method().equals(peer.method())
                          && o.connections() == peer.connections())
              .findFirst();
      own.ifPresent(
          o ->
              ratios.add(
                  new Ratio(
                      peer.server(),
                      peer.method(),
                      peer.connections(),
                      LoadOutcome.round(o.tokensPerSecond() / peer.tokensPerSecond(), 1))));
    }
    return ratios;
  }

  /** The report as Markdown. */
  String text() {
    Formatter text = new Formatter(Locale.ROOT);
    text.format(
        "| server | client authentication | connections | tokens/s | p50 ms | p99 ms | p99.9 ms | on record |%n");
    text.format("|---|---|--:|--:|--:|--:|--:|--:|%n");
    for (LoadOutcome o : outcomes) {
      text.format(
          "| %s | %s | %d | %,.0f | %.1f | %.1f | %.1f | %s |%n",
          o.server(),
          o.method(),
          o.connections(),
          o.tokensPerSecond(),
          o.p50Millis(),
          o.p99Millis(),
          o.p999Millis(),
          o.recorded().isPresent()
              ? String.format(Locale.ROOT, "%,d", o.recorded().getAsLong())
              : "none");
    }
    if (!ratios.isEmpty()) {
      text.format("%n");
      text.format("| Counterfoil against | client authentication | connections | times |%n");
      text.format("|---|---|--:|--:|%n");
      for (Ratio r : ratios) {
        text.format("| %s | %s | %d | %.1f |%n", r.peer(), r.method(), r.connections(), r.times());
      }
    }
    text.format(
        "%n| processor time for one token | client authentication | connections | µs by process |%n");
    text.format("|---|---|--:|---|%n");
    for (LoadOutcome o : outcomes) {
      text.format(
          "| %s | %s | %d | %s |%n",
          o.server(), o.method(), o.connections(), processorTime(o.processorMicros()));
    }
    text.format("%n");
    text.format(
        "- One core, nothing else of the run going on: %,.0f ES256 signatures/s, %,.0f verifications/s (AWS-LC).%n",
        raw.signsPerSecond(), raw.verifiesPerSecond());
    text.format(
        "- Device: %,.0f fdatasync/s of 16 KiB into a preallocated file, p50 %.2f ms, p99 %.2f ms.%n",
        raw.syncsPerSecond(), raw.syncP50Micros() / 1000.0, raw.syncP99Micros() / 1000.0);
    for (Resident r : resident) {
      text.format(
          "- After the loads: %s %d MiB resident, %.0f s of processor time.%n",
          r.process(), r.residentMebibytes(), r.processorSeconds());
    }
    text.format("%s", machine.line());
    servers.values().stream()
        .distinct()
        .forEach(description -> text.format("- %s.%n", description));
    text.format("- %d s each after %d s of warm-up.%n", seconds, warmUpSeconds);
    text.format("- Again: `%s`%n", command);
    return text.toString();
  }

  /** The processes that took at least a tenth of a microsecond, the busiest first. */
  private static String processorTime(Map<String, Double> micros) {
    return micros.entrySet().stream()
        .filter(entry -> entry.getValue() >= 0.1)
        .sorted(Map.Entry.<String, Double>comparingByValue().reversed())
        .map(entry -> String.format(Locale.ROOT, "%s %.1f", entry.getKey(), entry.getValue()))
        .collect(Collectors.joining(", "));
  }
}
