package dev.counterfoil.disclosure.advisories;

import dev.counterfoil.disclosure.validation.Fault;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;

/**
 * The base score of CVSS 3.0 and 3.1, from its vector (first.org/cvss/v3.1/specification-document,
 * 7.1).
 */
final class CvssBaseScore {
  /** A metric of the base group: its short name, its name in JSON, its values in order. */
  private record Metric(String name, String property, Map<String, String> values) {}

  private static final Map<String, String> IMPACT = Map.of("N", "NONE", "L", "LOW", "H", "HIGH");

  private static final List<Metric> METRICS =
      List.of(
          new Metric(
              "AV",
              "attackVector",
              Map.of("N", "NETWORK", "A", "ADJACENT_NETWORK", "L", "LOCAL", "P", "PHYSICAL")),
          new Metric("AC", "attackComplexity", Map.of("L", "LOW", "H", "HIGH")),
          new Metric("PR", "privilegesRequired", IMPACT),
          new Metric("UI", "userInteraction", Map.of("N", "NONE", "R", "REQUIRED")),
          new Metric("S", "scope", Map.of("U", "UNCHANGED", "C", "CHANGED")),
          new Metric("C", "confidentialityImpact", IMPACT),
          new Metric("I", "integrityImpact", IMPACT),
          new Metric("A", "availabilityImpact", IMPACT));

  private CvssBaseScore() {}

  static List<Fault> faults(CsafMembers score) {
    List<Fault> faults = new ArrayList<>();
    Map<String, String> vector = new HashMap<>();
    for (String part : score.text("vectorString").orElse("").split("/", -1)) {
      String[] pair = part.split(":", 2);
      vector.put(pair[0], pair.length == 2 ? pair[1] : "");
    }
    for (Metric metric : METRICS) {
      String value = vector.remove(metric.name());
      if (value == null) {
        return List.of(score.fault("6.1.9", "vectorString", metric.name() + " is missing"));
      }
      score
          .text(metric.property())
          .filter(said -> !said.equals(metric.values().get(value)))
          .ifPresent(
              said ->
                  faults.add(
                      score.fault("6.1.10", metric.property(), "is not what the vector says")));
      vector.put(metric.property(), value);
    }
    String version = score.text("version").orElse("");
    if (!version.equals(vector.get("CVSS"))) {
      faults.add(score.fault("6.1.10", "version", "is not that of the vector"));
    }
    if (vector.size() > METRICS.size() + 1
        || score.has("temporalScore")
        || score.has("environmentalScore")) {
      faults.add(score.fault("6.1.9", "only base scores are computed here; leave the others out"));
    }
    double base = base(vector, version);
    if (!(score.object().get("baseScore") instanceof Number said) || said.doubleValue() != base) {
      faults.add(score.fault("6.1.9", "baseScore", "the vector makes " + base));
    }
    if (!score.text("baseSeverity").orElse("").equals(severity(base))) {
      faults.add(score.fault("6.1.9", "baseSeverity", "the score is " + severity(base)));
    }
    return faults;
  }

  private static double weight(Map<String, String> vector, String property) {
    boolean isChanged = "C".equals(vector.get("scope"));
    String value = Objects.requireNonNull(vector.get(property));
    return switch (property + value) {
      case "attackVectorN", "attackVectorA", "attackVectorL", "attackVectorP" ->
          switch (value) {
            case "N" -> 0.85;
            case "A" -> 0.62;
            case "L" -> 0.55;
            default -> 0.2;
          };
      case "attackComplexityL" -> 0.77;
      case "attackComplexityH" -> 0.44;
      case "privilegesRequiredN", "userInteractionN" -> 0.85;
      case "privilegesRequiredL" -> isChanged ? 0.68 : 0.62;
      case "privilegesRequiredH" -> isChanged ? 0.5 : 0.27;
      case "userInteractionR" -> 0.62;
      default ->
          switch (value) {
            case "H" -> 0.56;
            case "L" -> 0.22;
            default -> 0;
          };
    };
  }

  private static double base(Map<String, String> vector, String version) {
    boolean isChanged = "C".equals(vector.get("scope"));
    double lost =
        1
            - (1 - weight(vector, "confidentialityImpact"))
                * (1 - weight(vector, "integrityImpact"))
                * (1 - weight(vector, "availabilityImpact"));
    double impact =
        isChanged ? 7.52 * (lost - 0.029) - 3.25 * Math.pow(lost - 0.02, 15) : 6.42 * lost;
    if (impact <= 0) {
      return 0;
    }
    double exploitability =
        8.22
            * weight(vector, "attackVector")
            * weight(vector, "attackComplexity")
            * weight(vector, "privilegesRequired")
            * weight(vector, "userInteraction");
    double sum = Math.min((isChanged ? 1.08 : 1) * (impact + exploitability), 10);
    return version.equals("3.0") ? Math.ceil(sum * 10) / 10 : roundedUp(sum);
  }

  /** CVSS 3.1, appendix A: up to one digit, whatever a processor makes of fractions. */
  private static double roundedUp(double value) {
    long scaled = Math.round(value * 100_000);
    return scaled % 10_000 == 0 ? scaled / 100_000.0 : (scaled / 10_000 + 1) / 10.0;
  }

  static String severity(double score) {
    String severity =
        score == 0
            ? "none"
            : score < 4 ? "low" : score < 7 ? "medium" : score < 9 ? "high" : "critical";
    return severity.toUpperCase(Locale.ROOT);
  }
}
