package dev.counterfoil.disclosure.trustpage;

import dev.counterfoil.disclosure.promises.PublicHistory.KeyLife;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;

/**
 * The lives of keys as lanes: an outline from when a key is stated, solid while it signs, a line
 * for now. A table with the same stands behind it.
 */
final class KeyLanes {
  private static final int WIDTH = 600;
  private static final int LANE = 22;

  /** Most lanes that are drawn; the table has all. */
  private static final int LANES_MAX = 40;

  private KeyLanes() {}

  static void write(Markup out, List<KeyLife> keys, long now) {
    List<KeyLife> newest =
        keys.stream()
            .sorted(Comparator.comparingLong(KeyLife::from).reversed().thenComparing(KeyLife::kid))
            .toList();
    if (newest.isEmpty()) {
      out.element("p", "", "The key log states no key yet.");
      return;
    }
    List<KeyLife> drawn = newest.subList(0, Math.min(LANES_MAX, newest.size()));
    long start = drawn.stream().mapToLong(KeyLife::stated).min().orElse(now);
    long end = Math.max(now, drawn.stream().mapToLong(KeyLife::until).max().orElse(now));
    double scale = (double) WIDTH / Math.max(1, end - start);
    out.raw(
        "<svg class=\"lanes\" viewBox=\"0 0 %d %d\" role=\"img\" aria-label=\"When each key may sign; the table below says the same\">"
            .formatted(WIDTH, LANE * drawn.size()));
    for (int i = 0; i < drawn.size(); i++) {
      KeyLife key = drawn.get(i);
      long ends = Math.max(key.from(), key.until());
      rectangle(out, "stated", (key.stated() - start) * scale, (ends - key.stated()) * scale, i);
      rectangle(out, "signs", (key.from() - start) * scale, (ends - key.from()) * scale, i);
    }
    out.raw(
        "<path class=\"now\" d=\"M%.1f 0V%d\"/></svg>\n"
            .formatted((now - start) * scale, LANE * drawn.size()));
    out.raw("<table class=\"cards\"><caption class=\"sr\">Keys</caption><thead><tr>");
    for (String head : List.of("Key", "Line", "State", "Stated", "Signs from", "Until")) {
      out.raw("<th scope=\"col\">").raw(head).raw("</th>");
    }
    out.raw("</tr></thead><tbody>\n");
    for (KeyLife key : newest) {
      String state = now < key.from() ? "prepared" : now < key.until() ? "signs" : "retired";
      out.raw("<tr><td data-label=\"Key\"><code>").text(key.kid()).raw("</code></td>");
      out.raw("<td data-label=\"Line\">").text(key.line()).raw("</td>");
      out.raw(
          "<td data-label=\"State\"><span class=\"tag%s\">"
              .formatted(state.equals("signs") ? " ok" : ""));
      out.raw(state).raw("</span></td>");
      cell(out, "Stated", key.stated());
      cell(out, "Signs from", key.from());
      cell(out, "Until", key.until());
      out.raw("</tr>\n");
    }
    out.raw("</tbody></table>\n");
  }

  private static void rectangle(Markup out, String style, double x, double width, int lane) {
    out.raw(
        "<rect class=\"%s\" x=\"%.1f\" y=\"%d\" width=\"%.1f\" height=\"%d\" rx=\"3\"/>"
            .formatted(style, x, lane * LANE + 3, Math.max(2, width), LANE - 6));
  }

  private static void cell(Markup out, String label, long seconds) {
    out.raw(
        "<td data-label=\"%s\">%s</td>".formatted(label, minute(Instant.ofEpochSecond(seconds))));
  }

  /** A time in UTC to the minute, for people. */
  static String minute(Instant at) {
    return at.toString().substring(0, 16).replace('T', ' ') + " UTC";
  }
}
