package dev.counterfoil.benchmarks;

import java.util.Formatter;
import java.util.List;
import java.util.Locale;
import java.util.function.ToDoubleFunction;

/** Draws what an entry costs while a log grows: sizes on a logarithmic axis, microseconds up. */
final class CostPlot {
  private static final int WIDTH = 760;
  private static final int HEIGHT = 320;
  private static final int LEFT = 60;
  private static final int RIGHT = 20;
  private static final int TOP = 40;
  private static final int BOTTOM = 45;
  private static final int LINES = 5;

  private final double fromDecade;
  private final double toDecade;
  private final double most;

  private CostPlot(List<LogReport.Sample> samples) {
    fromDecade = Math.floor(Math.log10((double) samples.getFirst().size()));
    toDecade = Math.max(fromDecade + 1, Math.log10((double) samples.getLast().size()));
    double highest =
        samples.stream()
            .mapToDouble(s -> Math.max(s.micros(), s.processorMicros()))
            .max()
            .orElse(1);
    most = nice(highest);
  }

  static String svg(List<LogReport.Sample> samples) {
    CostPlot plot = new CostPlot(samples);
    Formatter svg = new Formatter(Locale.ROOT);
    svg.format(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" role=\"img\" aria-labelledby=\"t d\" font-family=\"system-ui, sans-serif\" font-size=\"13\">%n",
        WIDTH, HEIGHT);
    svg.format("  <title id=\"t\">Cost of an entry while the log grows</title>%n");
    svg.format(
        "  <desc id=\"d\">Microseconds for one entry, and microseconds of processor time, against the size of the log. The table beside the picture has the figures.</desc>%n");
    svg.format("  <rect width=\"%d\" height=\"%d\" fill=\"#ffffff\"/>%n", WIDTH, HEIGHT);
    plot.axes(svg);
    plot.curve(svg, samples, LogReport.Sample::micros, "#047857", "");
    plot.curve(
        svg, samples, LogReport.Sample::processorMicros, "#b45309", " stroke-dasharray=\"6 4\"");
    svg.format("  <text x=\"%d\" y=\"22\" fill=\"#047857\">µs for one entry</text>%n", LEFT);
    svg.format(
        "  <text x=\"%d\" y=\"22\" fill=\"#b45309\">µs of processor time, all threads (dashed)</text>%n",
        LEFT + 150);
    return svg.format("</svg>%n").toString();
  }

  private void axes(Formatter svg) {
    for (int line = 0; line <= LINES; line++) {
      double value = most * line / LINES;
      svg.format(
          "  <path d=\"M%d %.1fH%d\" stroke=\"#cbd5e1\"/><text x=\"%d\" y=\"%.1f\" text-anchor=\"end\" fill=\"#334155\">%.3g</text>%n",
          LEFT, y(value), WIDTH - RIGHT, LEFT - 8, y(value) + 4, value);
    }
    for (int decade = (int) fromDecade; decade <= toDecade + 0.05; decade++) {
      double at = x(Math.pow(10, decade));
      svg.format(
          "  <path d=\"M%.1f %dV%d\" stroke=\"#cbd5e1\"/><text x=\"%.1f\" y=\"%d\" text-anchor=\"middle\" fill=\"#334155\">10<tspan dy=\"-5\" font-size=\"10\">%d</tspan></text>%n",
          at, TOP, HEIGHT - BOTTOM, at, HEIGHT - BOTTOM + 20, decade);
    }
    svg.format(
        "  <text x=\"%d\" y=\"%d\" text-anchor=\"middle\" fill=\"#334155\">entries in the log</text>%n",
        (LEFT + WIDTH - RIGHT) / 2, HEIGHT - 8);
  }

  private void curve(
      Formatter svg,
      List<LogReport.Sample> samples,
      ToDoubleFunction<LogReport.Sample> value,
      String colour,
      String dashes) {
    StringBuilder points = new StringBuilder();
    for (LogReport.Sample sample : samples) {
      points.append(
          String.format(
              Locale.ROOT,
              "%.1f,%.1f ",
              x((double) sample.size()),
              y(value.applyAsDouble(sample))));
    }
    svg.format(
        "  <polyline points=\"%s\" fill=\"none\" stroke=\"%s\" stroke-width=\"2\"%s/>%n",
        points.toString().strip(), colour, dashes);
  }

  private double x(double size) {
    double part = (Math.log10(size) - fromDecade) / (toDecade - fromDecade);
    return LEFT + Math.min(1, part) * (WIDTH - LEFT - RIGHT);
  }

  private double y(double value) {
    return HEIGHT - BOTTOM - value / most * (HEIGHT - BOTTOM - TOP);
  }

  /** The next of 1, 2, 5 and their multiples by ten. */
  private static double nice(double value) {
    double power = Math.pow(10, Math.floor(Math.log10(value)));
    for (double factor : new double[] {1, 2, 5}) {
      if (factor * power >= value) {
        return factor * power;
      }
    }
    return 10 * power;
  }
}
