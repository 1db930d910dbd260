package dev.counterfoil.benchmarks.people;

import java.util.List;
import java.util.Locale;

/** What a code costs with few and many people and clients, as a picture. */
final class CostPlot {
  private static final int WIDTH = 640;
  private static final int HEIGHT = 320;
  private static final int LEFT = 70;
  private static final int RIGHT = 40;
  private static final int TOP = 40;
  private static final int BOTTOM = 60;

  private CostPlot() {}

  /**
   * A point.
   *
   * @param micros of the processors for a code end to end
   */
  record Point(int people, int clients, double micros) {}

  /** People on a logarithmic axis, costs from zero. */
  static String svg(List<Point> points) {
    double most = points.stream().mapToDouble(Point::micros).max().orElse(1);
    double step = Math.pow(10, Math.floor(Math.log10(most)));
    double top = Math.ceil(most / step) * step;
    double first = Math.log10(points.getFirst().people());
    double last = Math.max(first + 1, Math.log10(points.getLast().people()));
    StringBuilder svg = new StringBuilder();
    svg.append(
        """
        <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" font-family="sans-serif" font-size="12">
        <title>Processor time of a code end to end, by people and clients</title>
        <rect width="100%%" height="100%%" fill="#fff"/>
        <text x="%d" y="20">µs of processor for a code end to end</text>
        """
            .formatted(WIDTH, HEIGHT, LEFT));
    for (int i = 0; i <= 4; i++) {
      double y = y(top * i / 4, top);
      line(svg, LEFT, y, WIDTH - RIGHT, y, "#ddd");
      text(svg, LEFT - 8, y + 4, "end", "%,.0f".formatted(top * i / 4));
    }
    double beforeX = 0;
    double beforeY = 0;
    for (Point point : points) {
      double x =
          LEFT
              + (Math.log10(point.people) - first) / (last - first) * (WIDTH - LEFT - RIGHT - 40)
              + 20;
      double y = y(point.micros, top);
      if (beforeX > 0) {
        line(svg, beforeX, beforeY, x, y, "#1f4e79");
      }
      svg.append("<circle cx=\"%.1f\" cy=\"%.1f\" r=\"4\" fill=\"#1f4e79\"/>\n".formatted(x, y));
      text(svg, x, y - 10, "middle", "%,.0f".formatted(point.micros));
      text(svg, x, HEIGHT - BOTTOM + 20, "middle", "%,d people".formatted(point.people));
      text(svg, x, HEIGHT - BOTTOM + 36, "middle", "%,d clients".formatted(point.clients));
      beforeX = x;
      beforeY = y;
    }
    return svg.append("</svg>\n").toString();
  }

  private static double y(double micros, double top) {
    return HEIGHT - BOTTOM - micros / top * (HEIGHT - TOP - BOTTOM);
  }

  private static void line(
      StringBuilder svg, double x1, double y1, double x2, double y2, String colour) {
    svg.append(
        String.format(
            Locale.ROOT,
            "<line x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\" stroke=\"%s\"/>%n",
            x1,
            y1,
            x2,
            y2,
            colour));
  }

  private static void text(StringBuilder svg, double x, double y, String anchor, String text) {
    svg.append(
        String.format(
            Locale.ROOT,
            "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"%s\">%s</text>%n",
            x,
            y,
            anchor,
            text));
  }
}
