package dev.counterfoil.console.views;

import dev.counterfoil.pages.ConsolePage.Cell;
import dev.counterfoil.pages.ConsolePage.Fact;
import dev.counterfoil.pages.ConsolePage.Look;
import dev.counterfoil.pages.Sheet;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.List;

/** Texts in their places. */
final class Cells {
  private static final DateTimeFormatter UTC =
      DateTimeFormatter.ofPattern("uuuu-MM-dd HH:mm:ss.SSS").withZone(ZoneOffset.UTC);

  private static final DateTimeFormatter MINUTE =
      DateTimeFormatter.ofPattern("uuuu-MM-dd HH:mm").withZone(ZoneOffset.UTC);

  private Cells() {}

  static Cell plain(String text) {
    return Cell.of(Look.PLAIN, text);
  }

  static Cell soft(String text) {
    return Cell.of(Look.SOFT, text);
  }

  /** A time as evidence is read; nothing where there is none. */
  static Cell utc(long millis) {
    return millis <= 0 ? plain("–") : Cell.of(Look.TIME, UTC.format(Instant.ofEpochMilli(millis)));
  }

  /** A time that is planned: nobody reads it as evidence. */
  static Cell minute(long millis) {
    return millis <= 0
        ? plain("–")
        : Cell.of(Look.TIME, MINUTE.format(Instant.ofEpochMilli(millis)));
  }

  static Cell ago(Sheet sheet, long millis) {
    return soft(sheet.ago(Instant.ofEpochMilli(millis)));
  }

  /** An identifier, which leads to what is known of it. */
  static Cell id(String text) {
    return text.isEmpty()
        ? plain("–")
        : Cell.of(Look.ID, text).to("/look-up?about=" + MonitorReads.part(text));
  }

  static List<Cell> ids(List<String> texts) {
    return texts.isEmpty() ? List.of(plain("–")) : texts.stream().map(Cells::id).toList();
  }

  static Cell number(long number) {
    return Cell.of(Look.NUMBER, Long.toString(number));
  }

  /** How much a finding matters. */
  static Cell severity(Sheet sheet, String severity) {
    String key = "console.severity." + severity;
    return Cell.of(
        switch (severity) {
          case "critical", "high" -> Look.BAD;
          case "medium" -> Look.WARN;
          default -> Look.TAG;
        },
        sheet.messages().has(key) ? sheet.say(key) : severity);
  }

  /** Whether something is open. */
  static Cell state(Sheet sheet, String state) {
    String key = "console.state." + state;
    return Cell.of(
        state.equals("open") ? Look.WARN : Look.OK,
        sheet.messages().has(key) ? sheet.say(key) : state);
  }

  static Fact fact(Sheet sheet, String key, Cell... cells) {
    return new Fact(sheet.say(key), List.of(cells));
  }
}
