package dev.counterfoil.benchmarks;

import dev.counterfoil.benchmarks.LinePlot.Curve;
import dev.counterfoil.benchmarks.LinePlot.Point;
import java.util.Formatter;
import java.util.List;
import java.util.Locale;
import java.util.function.ToDoubleFunction;

/**
 * What a service needs beside each token's check.
 *
 * @param uses services that had just started
 * @param live what one holds that receives every leaf
 * @param foldedPerSecond leaves that one thread receives, folds, and lets count
 * @param reads of this machine's memory, as much of it as the most live tokens take
 * @param hugeReads the same in huge pages
 */
record ServicesReport(
    Machine machine,
    List<FirstUses> uses,
    List<Live> live,
    double foldedPerSecond,
    Reads reads,
    Reads hugeReads) {
  private static final int LEFT = 160;
  private static final int ROW = 28;

  /**
   * Services that had just started, medians in microseconds.
   *
   * @param mode how tokens were proved
   * @param cold from the start of the process to the first verified token
   * @param ready from making the verifier until it had keys
   * @param first the first token
   * @param second the second one
   * @param warm one after a thousand
   */
  record FirstUses(String mode, long cold, long ready, long first, long second, long warm) {}

  /**
   * Live tokens of a service that receives every leaf.
   *
   * @param bytes of the heap for all of them
   * @param lookNanos a look for an honest token's leaf
   * @param lookHugeNanos the same on a heap in huge pages
   * @param forgedNanos a look where another leaf stands
   * @param forgedHugeNanos the same on a heap in huge pages
   * @param checkNanos the whole check from the token's digest on
   * @param checkHugeNanos the same on a heap in huge pages
   */
  record Live(
      int count,
      long bytes,
      double lookNanos,
      double lookHugeNanos,
      double forgedNanos,
      double forgedHugeNanos,
      double checkNanos,
      double checkHugeNanos) {
    double mebibytes() {
      return bytes / 1048576.0;
    }
  }

  /**
   * One word of the memory, read at random, in nanoseconds.
   *
   * @param apart on average, where no read waits for another
   * @param chased where each waits for the one before
   */
  record Reads(double apart, double chased) {}

  ServicesReport {
    uses = List.copyOf(uses);
    live = List.copyOf(live);
  }

  String text() {
    StringBuilder text = new StringBuilder();
    text.append(
        "| a service that has just started | process to first token, ms | keys ready, ms | first token, ms | second, µs | after a thousand, µs |%n|---|--:|--:|--:|--:|--:|%n"
            .formatted());
    for (FirstUses one : uses) {
      text.append(
          String.format(
              Locale.ROOT,
              "| %s | %d | %d | %.1f | %d | %d |%n",
              one.mode(),
              one.cold() / 1000,
              one.ready() / 1000,
              one.first() / 1000.0,
              one.second(),
              one.warm()));
    }
    text.append(
        "%n![From the start of a service to its first tokens](pictures/first-use.svg)%n%n"
            .formatted());
    text.append(
        "| live tokens | heap, MiB | bytes a token | a look, ns | in huge pages | a forged one | in huge pages | with the leaf's hash | in huge pages |%n|--:|--:|--:|--:|--:|--:|--:|--:|--:|%n"
            .formatted());
    for (Live one : live) {
      text.append(
          String.format(
              Locale.ROOT,
              "| %,d | %.1f | %.2f | %.0f | %.0f | %.0f | %.0f | %.0f | %.0f |%n",
              one.count(),
              one.mebibytes(),
              (double) one.bytes() / one.count(),
              one.lookNanos(),
              one.lookHugeNanos(),
              one.forgedNanos(),
              one.forgedHugeNanos(),
              one.checkNanos(),
              one.checkHugeNanos()));
    }
    text.append(
        "%n![Memory and look-up by the number of live tokens](pictures/live-tokens.svg)%n%n"
            .formatted());
    text.append(
        String.format(
            Locale.ROOT,
            "- Receiving: %,.0f leaves/s on one core, read from batches of 65,536, folded, and let count under a signed root.%n",
            foldedPerSecond));
    text.append(
        String.format(
            Locale.ROOT,
            "- The machine: a word of 80 MB that is read at random takes %.0f ns on average where no read waits for another, %.0f where each waits for the one before; in huge pages %.0f and %.0f.%n",
            reads.apart(),
            reads.chased(),
            hugeReads.apart(),
            hugeReads.chased()));
    return text.append(machine.line()).toString();
  }

  /** Bars: from the start of the process to the first token, and of it that token. */
  String firstUsePicture() {
    double most = uses.stream().mapToDouble(one -> one.cold() / 1000.0).max().orElse(1);
    Formatter svg = new Formatter(Locale.ROOT);
    int height = 50 + ROW * uses.size();
    svg.format(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 760 %d\" role=\"img\" aria-labelledby=\"t d\" font-family=\"system-ui, sans-serif\" font-size=\"13\">%n",
        height);
    svg.format("  <title id=\"t\">From the start of a service to its first token</title>%n");
    svg.format(
        "  <desc id=\"d\">Milliseconds from the start of the process to the first verified token, for each way of looking up that it was issued. The table beside the picture has the figures.</desc>%n");
    svg.format("  <rect width=\"760\" height=\"%d\" fill=\"#ffffff\"/>%n", height);
    svg.format(
        "  <text x=\"%d\" y=\"24\" fill=\"#334155\">ms from the start of the process; dark: until the keys were there, light: the first token</text>%n",
        LEFT);
    for (int i = 0; i < uses.size(); i++) {
      FirstUses one = uses.get(i);
      int y = 40 + ROW * i;
      double whole = 500 * (one.cold() / 1000.0) / most;
      double token = 500 * (one.first() / 1000.0) / most;
      svg.format(
          "  <text x=\"%d\" y=\"%d\" text-anchor=\"end\" fill=\"#334155\">%s</text><rect x=\"%d\" y=\"%d\" width=\"%.1f\" height=\"18\" fill=\"#047857\"/><rect x=\"%.1f\" y=\"%d\" width=\"%.1f\" height=\"18\" fill=\"#6ee7b7\"/><text x=\"%.1f\" y=\"%d\" fill=\"#334155\">%d, of it %.1f</text>%n",
          LEFT - 10,
          y + 14,
          one.mode(),
          LEFT,
          y,
          whole - token,
          LEFT + whole - token,
          y,
          token,
          LEFT + 8 + whole,
          y + 14,
          one.cold() / 1000,
          one.first() / 1000.0);
    }
    return svg.format("</svg>%n").toString();
  }

  /** Curves over the number of live tokens. */
  String livePicture() {
    return new LinePlot(
            "What live tokens cost a service that receives every leaf",
            "Mebibytes of heap, and nanoseconds of a look at a token drawn at random, against the number of live tokens. The table beside the picture has the figures.",
            "live tokens",
            List.of(
                curve("MiB of heap", "#047857", false, Live::mebibytes),
                curve("ns of a look", "#b45309", true, Live::lookNanos),
                curve("ns in huge pages", "#1d4ed8", true, Live::lookHugeNanos)))
        .svg();
  }

  private Curve curve(String label, String colour, boolean isDashed, ToDoubleFunction<Live> value) {
    return new Curve(
        label,
        colour,
        isDashed,
        live.stream().map(one -> new Point(one.count(), value.applyAsDouble(one))).toList());
  }
}
