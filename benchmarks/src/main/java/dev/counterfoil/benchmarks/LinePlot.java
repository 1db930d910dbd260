package dev.counterfoil.benchmarks;

import java.util.Formatter;
import java.util.List;
import java.util.Locale;

/**
 * Draws curves over sizes: those on a logarithmic axis, what is measured up from zero.
 *
 * @param title of the picture
 * @param description for who cannot see it
 * @param across what the axis counts
 * @param curves at least one, of two points or more each
 */
record LinePlot(String title, String description, String across, List<Curve> curves) {
  private static final int WIDTH = 760;
  private static final int HEIGHT = 320;
  private static final int LEFT = 60;
  private static final int RIGHT = 20;
  private static final int TOP = 40;
  private static final int BOTTOM = 45;
  private static final int LINES = 5;

  /** Width of a letter of the labels above the picture, about. */
  private static final int LETTER = 7;

  /** What was measured at a size. */
  record Point(double size, double value) {}

  /** A curve and its colour. */
  record Curve(String label, String colour, boolean isDashed, List<Point> points) {
    Curve {
      points = List.copyOf(points);
    }
  }

  LinePlot {
    curves = List.copyOf(curves);
  }

  String svg() {
    Formatter svg = new Formatter(Locale.ROOT);
    svg.format(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" role=\"img\" aria-labelledby=\"t d\" font-family=\"system-ui, sans-serif\" font-size=\"13\">%n",
        WIDTH, HEIGHT);
    svg.format("  <title id=\"t\">%s</title>%n", title);
    svg.format("  <desc id=\"d\">%s</desc>%n", description);
    svg.format("  <rect width=\"%d\" height=\"%d\" fill=\"#ffffff\"/>%n", WIDTH, HEIGHT);
    axes(svg);
    int labelAt = LEFT;
    for (Curve curve : curves) {
      draw(svg, curve);
      svg.format(
          "  <text x=\"%d\" y=\"22\" fill=\"%s\">%s</text>%n",
          labelAt, curve.colour(), curve.label());
      labelAt += LETTER * curve.label().length() + 2 * LETTER;
    }
    return svg.format("</svg>%n").toString();
  }

  private void axes(Formatter svg) {
    double most = most();
    for (int line = 0; line <= LINES; line++) {
      double value = most * line / LINES;
      svg.format(
          "  <path d=\"M%d %.1fH%d\" stroke=\"#cbd5e1\"/><text x=\"%d\" y=\"%.1f\" text-anchor=\"end\" fill=\"#334155\">%.3g</text>%n",
          LEFT, y(value), WIDTH - RIGHT, LEFT - 8, y(value) + 4, value);
    }
    for (int decade = (int) fromDecade(); decade <= toDecade() + 0.05; decade++) {
      double at = x(Math.pow(10, decade));
      svg.format(
          "  <path d=\"M%.1f %dV%d\" stroke=\"#cbd5e1\"/><text x=\"%.1f\" y=\"%d\" text-anchor=\"middle\" fill=\"#334155\">10<tspan dy=\"-5\" font-size=\"10\">%d</tspan></text>%n",
          at, TOP, HEIGHT - BOTTOM, at, HEIGHT - BOTTOM + 20, decade);
    }
    svg.format(
        "  <text x=\"%d\" y=\"%d\" text-anchor=\"middle\" fill=\"#334155\">%s</text>%n",
        (LEFT + WIDTH - RIGHT) / 2, HEIGHT - 8, across);
  }

  private void draw(Formatter svg, Curve curve) {
    StringBuilder points = new StringBuilder();
    for (Point point : curve.points()) {
      points.append(String.format(Locale.ROOT, "%.1f,%.1f ", x(point.size()), y(point.value())));
    }
    svg.format(
        "  <polyline points=\"%s\" fill=\"none\" stroke=\"%s\" stroke-width=\"2\"%s/>%n",
        points.toString().strip(),
        curve.colour(),
        curve.isDashed() ? " stroke-dasharray=\"6 4\"" : "");
  }

  private double fromDecade() {
    return Math.floor(
        Math.log10(
            curves.stream()
                .flatMap(curve -> curve.points().stream())
                .mapToDouble(Point::size)
                .min()
                .orElse(1)));
  }

  private double toDecade() {
    return Math.max(
        fromDecade() + 1,
        Math.log10(
            curves.stream()
                .flatMap(curve -> curve.points().stream())
                .mapToDouble(Point::size)
                .max()
                .orElse(1)));
  }

  private double most() {
    return nice(
        curves.stream()
            .flatMap(curve -> curve.points().stream())
            .mapToDouble(Point::value)
            .max()
            .orElse(1));
  }

  private double x(double size) {
    double part = (Math.log10(size) - fromDecade()) / (toDecade() - fromDecade());
    return LEFT + Math.min(1, part) * (WIDTH - LEFT - RIGHT);
  }

  private double y(double value) {
    return HEIGHT - BOTTOM - value / most() * (HEIGHT - BOTTOM - TOP);
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
