package dev.counterfoil.disclosure.trustpage;

import dev.counterfoil.disclosure.Claim;
import dev.counterfoil.disclosure.promises.Promise;
import dev.counterfoil.disclosure.promises.PromiseRecord;
import dev.counterfoil.disclosure.promises.PromiseVerdict;
import dev.counterfoil.disclosure.promises.PublicHistory;
import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.pages.Messages;
import dev.counterfoil.pages.Sheet;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * All files of a trust page. A function of its input: the same data make the same bytes. The page
 * names no other origin. It can be read without its one script, which checks what a visitor pastes
 * in their own browser.
 *
 * @param brand whose page it is
 * @param url where it is served
 * @param history what is public
 */
public record TrustPage(
    String brand,
    URI url,
    PublicHistory history,
    PromiseRecord promises,
    List<ToldIncident> incidents) {
  private static final int DAYS = 90;
  private static final long DAY_SECONDS = 86_400;
  private static final String OWN_STYLE =
      ".lanes{width:100%;height:auto;display:block}.stated{fill:none;stroke:var(--field)}"
          + ".signs{fill:var(--accent)}.now{stroke:var(--bad);stroke-width:2}"
          + ".days{width:100%;height:16px;display:block}.kept{fill:var(--accent)}"
          + ".broken{fill:var(--bad)}.unknown{fill:var(--plain)}.main{padding:24px}"
          + "td:last-child{text-align:left}"
          + "#check textarea{width:100%;box-sizing:border-box}#check li{overflow-wrap:anywhere}";

  public TrustPage {
    incidents = List.copyOf(incidents);
  }

  /** Their content by path. */
  public SortedMap<String, byte[]> files() {
    SortedMap<String, byte[]> files = new TreeMap<>();
    files.put("index.html", utf8(html()));
    files.put("feed.xml", utf8(atom()));
    files.put("feed.json", utf8(jsonFeed() + "\n"));
    files.put("check.js", script());
    files.put("known.json", utf8(known() + "\n"));
    files.put("promises.json", utf8(promises.toJson() + "\n"));
    return files;
  }

  private static byte[] script() {
    try (InputStream in =
        Objects.requireNonNull(TrustPage.class.getResourceAsStream("check.js"), "check.js")) {
      return in.readAllBytes();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** What the script compares with. */
  private JsonObject known() {
    return JsonObject.builder()
        .put("keys", history.keyRows())
        .put(
            "incidents",
            incidents.stream()
                .map(
                    one ->
                        JsonObject.builder().put("id", one.id()).put("title", one.title()).build())
                .toList())
        .build();
  }

  private static void checkBox(Markup out) {
    section(out, "check", "Check something");
    out.raw("<p><label for=\"check-about\">A token, its identifier (jti), a key (kid), a signed")
        .raw(" notice or statement, or an incident</label></p>\n")
        .raw("<textarea id=\"check-about\" rows=\"4\" spellcheck=\"false\"")
        .raw(" autocomplete=\"off\" aria-describedby=\"check-help\"></textarea>\n")
        .raw("<p id=\"check-help\" class=\"small soft\">It is checked in your browser. Nothing of")
        .raw(" it is sent anywhere.</p>\n")
        .raw("<p><button id=\"check-button\" type=\"button\">Check</button></p>\n")
        .raw("<p id=\"check-verdict\" role=\"status\"></p><ol id=\"check-steps\"></ol>\n")
        .raw("<noscript><p>The box needs a script. <code>counterfoil notice verify</code> checks")
        .raw(" a notice without one.</p></noscript>\n")
        .raw("</div></section>\n");
  }

  private static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private Instant asOf() {
    return Instant.ofEpochSecond(history.asOf());
  }

  private String html() {
    String style = new Sheet(Messages.of(Locale.ENGLISH), "", brand, asOf()).style() + OWN_STYLE;
    Markup out = new Markup();
    out.raw("<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n")
        .raw("<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\n")
        .raw(
            "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src ")
        .raw(
            "'sha256-"
                + Hash.sha256(utf8(style)).base64()
                + "'; script-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'\">\n")
        .element("title", "", brand + ": trust")
        .raw(
            "<link rel=\"alternate\" type=\"application/atom+xml\" href=\"feed.xml\" title=\"Incidents\">\n")
        .raw("<style>" + style + "</style></head>\n<body><main class=\"frame stack wide\">\n")
        .raw("<header class=\"stack\">")
        .element("h1", "", opening())
        .element("p", "class=\"soft\"", "By public data as of " + KeyLanes.minute(asOf()) + ".")
        .raw("</header>\n");
    section(out, "promises", "Promises");
    promises(out);
    out.raw("</div></section>\n");
    checkBox(out);
    section(out, "keys", "Keys");
    KeyLanes.write(out, history.keys(), history.asOf());
    out.raw("</div></section>\n");
    section(out, "logs", "Checkpoints and witnesses");
    logs(out);
    out.raw("</div></section>\n");
    section(out, "corrections", "Open corrections");
    corrections(out);
    out.raw("</div></section>\n");
    for (ToldIncident incident : incidents) {
      incident(out, incident);
    }
    return out.raw(
            "<footer class=\"small\"><a href=\"feed.xml\">Atom</a> <a href=\"feed.json\">JSON</a>")
        .raw(" <a href=\"promises.json\">What the promises are measured by</a></footer>\n")
        .raw("</main><script src=\"check.js\"></script></body></html>\n")
        .toString();
  }

  private static void section(Markup out, String id, String title) {
    out.raw("<section class=\"ticket\" id=\"" + id + "\"><div class=\"main stack\">")
        .element("h2", "", title);
  }

  private String opening() {
    long open = incidents.stream().filter(ToldIncident::isOpen).count();
    long broken =
        promises.verdicts(history).stream()
            .filter(verdict -> verdict.state() == PromiseVerdict.State.BROKEN)
            .count();
    return "%s; %s."
        .formatted(
            open == 0
                ? "No incident is open"
                : open == 1 ? "1 incident is open" : open + " incidents are open",
            broken == 0
                ? "no promise was broken"
                : broken == 1 ? "1 promise was broken" : broken + " promises were broken");
  }

  private void promises(Markup out) {
    List<PromiseVerdict> verdicts = promises.verdicts(history);
    if (verdicts.isEmpty()) {
      out.element("p", "", "Nothing is promised yet.");
    }
    for (int i = 0; i < verdicts.size(); i++) {
      Promise promise = promises.promises().get(i);
      PromiseVerdict verdict = verdicts.get(i);
      String style =
          switch (verdict.state()) {
            case KEPT -> " ok";
            case BROKEN -> " bad";
            case UNKNOWN -> "";
          };
      out.raw("<div class=\"stack\"><div class=\"row\"><span class=\"tag" + style + "\">")
          .raw(
              verdict.state() == PromiseVerdict.State.UNKNOWN
                  ? "not known"
                  : verdict.state().text())
          .raw("</span> ")
          .element("h3", "", promise.sentence())
          .raw("</div>");
      days(out, promise, verdict);
      if (verdict.state() == PromiseVerdict.State.UNKNOWN) {
        out.element("p", "class=\"small soft\"", "No public data measure it yet.");
      }
      verdict.broken().stream()
          .skip(Math.max(0, verdict.broken().size() - 5))
          .forEach(
              one ->
                  out.element(
                      "p",
                      "class=\"small\"",
                      "Broken from %s to %s: %s"
                          .formatted(
                              KeyLanes.minute(Instant.ofEpochSecond(one.from())),
                              KeyLanes.minute(Instant.ofEpochSecond(one.until())),
                              one.what())));
      out.raw("</div>\n");
    }
  }

  /** Ninety days up to now, the newest to the right. */
  private void days(Markup out, Promise promise, PromiseVerdict verdict) {
    long today = history.asOf() / DAY_SECONDS;
    List<String> states = new ArrayList<>();
    for (long day = today - DAYS + 1; day <= today; day++) {
      long from = day * DAY_SECONDS;
      boolean isKnown =
          verdict.state() != PromiseVerdict.State.UNKNOWN
              && from + DAY_SECONDS > promise.since().getEpochSecond();
      boolean isBroken =
          verdict.broken().stream()
              .anyMatch(one -> one.from() < from + DAY_SECONDS && one.until() >= from);
      states.add(isBroken ? "broken" : isKnown ? "kept" : "unknown");
    }
    out.raw(
        "<svg class=\"days\" viewBox=\"0 0 %d 16\" preserveAspectRatio=\"none\" role=\"img\" aria-label=\"Of 90 days: %d kept, %d broken, %d not known\">"
            .formatted(
                DAYS * 4,
                Collections.frequency(states, "kept"),
                Collections.frequency(states, "broken"),
                Collections.frequency(states, "unknown")));
    for (int i = 0; i < states.size(); i++) {
      out.raw(
          "<rect class=\"%s\" x=\"%d\" width=\"3\" height=\"16\"/>"
              .formatted(states.get(i), i * 4));
    }
    out.raw("</svg>\n")
        .element(
            "p",
            "class=\"small soft\"",
            "Of 90 days: %d kept, %d broken, %d not known."
                .formatted(
                    Collections.frequency(states, "kept"),
                    Collections.frequency(states, "broken"),
                    Collections.frequency(states, "unknown")));
  }

  private void logs(Markup out) {
    SortedMap<String, Long> newest = new TreeMap<>();
    history
        .checkpoints()
        .forEach(one -> newest.merge("Checkpoint of log " + one.log(), one.at(), Math::max));
    history
        .cosigned()
        .forEach(
            one -> newest.merge("Quorum of witnesses for log " + one.log(), one.at(), Math::max));
    if (newest.isEmpty()) {
      out.element("p", "", "No checkpoint was seen.");
      return;
    }
    out.raw("<dl>");
    newest.forEach(
        (what, at) -> {
          out.element("dt", "", what);
          out.element("dd", "", "last seen " + KeyLanes.minute(Instant.ofEpochSecond(at)));
        });
    out.raw("</dl>\n");
  }

  private void corrections(Markup out) {
    List<PublicHistory.Answered> open =
        history.corrections().stream()
            .filter(one -> one.answered() == 0 || one.answered() > history.asOf())
            .toList();
    if (open.isEmpty()) {
      out.element("p", "", "No published claim is known to be wrong and not yet corrected.");
    }
    open.forEach(
        one ->
            out.element(
                "p",
                "",
                one.id()
                    + " is known to be wrong since "
                    + KeyLanes.minute(Instant.ofEpochSecond(one.at()))
                    + "."));
  }

  private void incident(Markup out, ToldIncident incident) {
    out.raw("<article class=\"ticket\" id=\"")
        .text("incident-" + incident.id())
        .raw("\"><div class=\"main stack\">")
        .raw(
            "<div class=\"row\"><span class=\"tag"
                + (incident.isOpen() ? " warn\">open" : "\">closed")
                + "</span> ")
        .element("h2", "", incident.title())
        .raw("</div>\n");
    for (ToldIncident.Statement statement : incident.statements().reversed()) {
      out.element(
          "h3", "", "Version " + statement.version() + ", " + KeyLanes.minute(statement.at()));
      out.raw("<dl>");
      for (ToldIncident.Told claim : statement.claims()) {
        out.raw("<dt><span class=\"tag" + style(claim.state()) + "\">")
            .raw(words(claim.state()))
            .raw("</span> ")
            .text(claim.id())
            .raw("</dt>");
        boolean isWithdrawn = claim.state() == Claim.State.WITHDRAWN;
        out.raw("<dd>" + (isWithdrawn ? "<del>" : ""))
            .text(claim.text())
            .raw(isWithdrawn ? "</del>" : "");
        if (!claim.reason().isEmpty()) {
          out.raw(" ").raw("<span class=\"soft\">").text(claim.reason()).raw("</span>");
        }
        out.raw("</dd>\n");
      }
      out.raw("</dl>\n");
    }
    table(
        out,
        "Minute by minute (UTC)",
        List.of("When", "What"),
        incident.timeline().stream()
            .map(row -> List.of(KeyLanes.minute(row.at()), row.text()))
            .toList());
    table(
        out,
        "Clocks",
        List.of("Due", "Duty", "Done"),
        incident.clocks().stream()
            .map(
                clock ->
                    List.of(
                        KeyLanes.minute(clock.due()),
                        clock.name(),
                        clock.done().isEmpty() ? "not done" : clock.done()))
            .toList());
    out.raw("</div></article>\n");
  }

  private static String words(Claim.State state) {
    return state.text().replace('-', ' ');
  }

  private static String style(Claim.State state) {
    return switch (state) {
      case CONFIRMED -> " ok";
      case LEADING_HYPOTHESIS, HYPOTHESIS -> " warn";
      case UNKNOWN -> "";
      case WITHDRAWN -> " bad";
    };
  }

  private static void table(Markup out, String title, List<String> heads, List<List<String>> rows) {
    if (rows.isEmpty()) {
      return;
    }
    out.element("h3", "", title).raw("<table class=\"cards\"><thead><tr>");
    heads.forEach(head -> out.raw("<th scope=\"col\">" + head + "</th>"));
    out.raw("</tr></thead><tbody>\n");
    for (List<String> row : rows) {
      out.raw("<tr>");
      for (int i = 0; i < row.size(); i++) {
        out.raw("<td data-label=\"" + heads.get(i) + "\">").text(row.get(i)).raw("</td>");
      }
      out.raw("</tr>\n");
    }
    out.raw("</tbody></table>\n");
  }

  private static String sentence(ToldIncident.Statement statement) {
    return String.join(
        " ",
        statement.claims().stream()
            .map(claim -> "[" + words(claim.state()) + "] " + claim.text())
            .toList());
  }

  private String address(ToldIncident incident, ToldIncident.Statement statement) {
    return url + "/#incident-" + incident.id() + "-" + statement.version();
  }

  /** A feed with one entry for each version (RFC 4287). */
  private String atom() {
    Markup out =
        new Markup()
            .raw(
                "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<feed xmlns=\"http://www.w3.org/2005/Atom\">\n")
            .element("id", "", url + "/feed.xml")
            .element("title", "", brand + ": incidents")
            .element("updated", "", asOf().toString())
            .raw("<author>")
            .element("name", "", brand)
            .raw("</author>\n");
    for (ToldIncident incident : incidents) {
      for (ToldIncident.Statement statement : incident.statements().reversed()) {
        out.raw("<entry>")
            .element("id", "", address(incident, statement))
            .element("title", "", incident.title() + ", version " + statement.version())
            .element("updated", "", statement.at().toString())
            .raw("<link href=\"")
            .text(url + "/#incident-" + incident.id())
            .raw("\"/>")
            .element("summary", "", sentence(statement))
            .raw("</entry>\n");
      }
    }
    return out.raw("</feed>\n").toString();
  }

  /** The same as a JSON Feed 1.1 (jsonfeed.org). */
  private JsonObject jsonFeed() {
    List<JsonObject> items = new ArrayList<>();
    for (ToldIncident incident : incidents) {
      for (ToldIncident.Statement statement : incident.statements().reversed()) {
        items.add(
            JsonObject.builder()
                .put("id", address(incident, statement))
                .put("url", url + "/#incident-" + incident.id())
                .put("title", incident.title() + ", version " + statement.version())
                .put("content_text", sentence(statement))
                .put("date_published", statement.at().toString())
                .build());
      }
    }
    return JsonObject.builder()
        .put("version", "https://jsonfeed.org/version/1.1")
        .put("title", brand + ": incidents")
        .put("home_page_url", url + "/")
        .put("feed_url", url + "/feed.json")
        .put("items", items)
        .build();
  }
}
