package dev.counterfoil.benchmarks;

import java.util.Comparator;
import java.util.Formatter;
import java.util.List;
import java.util.Locale;

/**
 * What verifying costs.
 *
 * @param tokenChars length of the first token
 * @param rates each operation
 */
record VerifyingReport(Machine machine, int tokenChars, List<Rate> rates) {
  VerifyingReport {
    rates = List.copyOf(rates);
  }

  /**
   * One operation.
   *
   * @param part the class that measured it
   * @param parameter empty where it has none
   * @param perSecond on one thread
   * @param allocatedBytes for one; -1 when not known
   */
  record Rate(String part, String name, String parameter, double perSecond, double allocatedBytes) {
    boolean is(String ofPart, String ofName) {
      return part.equals(ofPart) && name.equals(ofName);
    }

    double micros() {
      return 1e6 / perSecond;
    }
  }

  private Rate rate(String part, String name) {
    return rates.stream().filter(one -> one.is(part, name)).findFirst().orElseThrow();
  }

  String text() {
    StringBuilder text = new StringBuilder();
    double raw = rate("Verifier", "rawSignature").perSecond();
    double rawBound = rate("Bound", "rawSignatures").perSecond();
    text.append(
        "| one thread, tokens of %d characters | tokens/s | of the signature alone | bytes of garbage |%n|---|--:|--:|--:|%n"
            .formatted(tokenChars));
    line(text, "the signature alone, AWS-LC", rate("Verifier", "rawSignature"), raw);
    line(text, "never seen before", rate("Verifier", "firstSight"), raw);
    line(
        text,
        "bound to a client's key, never seen before",
        rate("Bound", "boundFirstSight"),
        rawBound);
    line(text, "seen before", rate("Verifier", "cacheHit"), 0);
    text.append(
        "%n| signature, claims and times only | JDK, tokens/s | AWS-LC, tokens/s | of the signature alone |%n|---|--:|--:|--:|%n"
            .formatted());
    for (String peer : List.of("raw", "nimbus", "spring", "jjwt", "auth0", "jose4j")) {
      text.append(
          String.format(
              Locale.ROOT,
              "| %s | %,.0f | %,.0f | %.2f |%n",
              peer.equals("raw") ? "the signature alone" : peer,
              peer(peer, "JDK").perSecond(),
              peer(peer, "AWS_LC").perSecond(),
              peer(peer, "AWS_LC").perSecond() / peer("raw", "AWS_LC").perSecond()));
    }
    double good = rate("Verifier", "firstSight").micros();
    text.append("%n| refused | µs | of a good token's first sight |%n|---|--:|--:|%n".formatted());
    attacks()
        .forEach(
            one ->
                text.append(
                    String.format(
                        Locale.ROOT,
                        "| %s | %.1f | %.2f |%n",
                        one.parameter().toLowerCase(Locale.ROOT).replace('_', ' '),
                        one.micros(),
                        one.micros() / good)));
    return text.append('\n').append(machine.line()).toString();
  }

  private List<Rate> attacks() {
    return rates.stream()
        .filter(one -> one.part().equals("Attack"))
        .sorted(Comparator.comparingDouble(Rate::micros).reversed())
        .toList();
  }

  private Rate peer(String name, String crypto) {
    return rates.stream()
        .filter(one -> one.is("Peers", name) && one.parameter().equals(crypto))
        .findFirst()
        .orElseThrow();
  }

  private static void line(StringBuilder text, String what, Rate rate, double raw) {
    text.append(
        String.format(
            Locale.ROOT,
            "| %s | %,.0f | %s | %,.0f |%n",
            what,
            rate.perSecond(),
            raw == 0 ? "" : String.format(Locale.ROOT, "%.2f", rate.perSecond() / raw),
            rate.allocatedBytes()));
  }

  /** Bars: what a first sight takes here and elsewhere, microseconds. */
  String picture() {
    record Bar(String label, double micros, String colour) {}
    List<Bar> bars =
        List.of(
            new Bar("signature alone", rate("Verifier", "rawSignature").micros(), "#64748b"),
            new Bar("Counterfoil", rate("Verifier", "firstSight").micros(), "#047857"),
            new Bar("Counterfoil, bound", rate("Bound", "boundFirstSight").micros(), "#047857"),
            new Bar("Nimbus", peer("nimbus", "AWS_LC").micros(), "#b45309"),
            new Bar("Spring", peer("spring", "AWS_LC").micros(), "#b45309"),
            new Bar("jjwt", peer("jjwt", "AWS_LC").micros(), "#b45309"),
            new Bar("auth0", peer("auth0", "AWS_LC").micros(), "#b45309"),
            new Bar("jose4j", peer("jose4j", "AWS_LC").micros(), "#b45309"));
    double most = bars.stream().mapToDouble(Bar::micros).max().orElse(1);
    Formatter svg = new Formatter(Locale.ROOT);
    int height = 50 + 28 * bars.size();
    svg.format(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 760 %d\" role=\"img\" aria-labelledby=\"t d\" font-family=\"system-ui, sans-serif\" font-size=\"13\">%n",
        height);
    svg.format("  <title id=\"t\">Verifying a token for the first time</title>%n");
    svg.format(
        "  <desc id=\"d\">Microseconds of one core for a token that was never seen before, all with AWS-LC. The tables beside the picture have the figures.</desc>%n");
    svg.format("  <rect width=\"760\" height=\"%d\" fill=\"#ffffff\"/>%n", height);
    svg.format(
        "  <text x=\"160\" y=\"24\" fill=\"#334155\">µs for a token never seen before, AWS-LC; the others do not look whether it was issued</text>%n");
    for (int i = 0; i < bars.size(); i++) {
      Bar bar = bars.get(i);
      int y = 40 + 28 * i;
      double width = 500 * bar.micros() / most;
      svg.format(
          "  <text x=\"150\" y=\"%d\" text-anchor=\"end\" fill=\"#334155\">%s</text><rect x=\"160\" y=\"%d\" width=\"%.1f\" height=\"18\" fill=\"%s\"/><text x=\"%.1f\" y=\"%d\" fill=\"#334155\">%.1f</text>%n",
          y + 14, bar.label(), y, width, bar.colour(), 168 + width, y + 14, bar.micros());
    }
    return svg.format("</svg>%n").toString();
  }
}
