package dev.counterfoil.cli.rules;

import dev.counterfoil.cli.command.CommandFailure;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.bytes.StrictJson;
import dev.counterfoil.rules.RuleEvent;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/** Events that were read, put into the order of their times. */
final class EventLines {
  /** Most events of one run: they are held, to be put in order. */
  static final int EVENTS_MAX = 500_000;

  private static final int LINE_MAX = 1 << 20;

  private final String timeField;
  private final List<RuleEvent> events = new ArrayList<>();
  private long withoutTime;

  EventLines(String timeField) {
    this.timeField = timeField;
  }

  /**
   * Reads JSON lines: events, lines of {@code audit search --format=json}, or an audit bundle, of
   * which the lines without an event are left out.
   */
  void read(Path file) throws IOException {
    long number = 0;
    try (BufferedReader lines = Files.newBufferedReader(file, StandardCharsets.UTF_8)) {
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        number++;
        if (!line.isBlank()) {
          add(parsed(file, number, line), file.getFileName() + ":" + number);
        }
      }
    }
  }

  private static JsonObject parsed(Path file, long number, String line) {
    try {
      return StrictJson.object(line.getBytes(StandardCharsets.UTF_8), LINE_MAX);
    } catch (FormatException e) {
      throw CommandFailure.environment(file + ":" + number + ": " + e.getMessage());
    }
  }

  /** Takes a line of the audit log, or an event of a file. */
  void add(JsonObject line, String place) {
    boolean isWrapped = line.get("event") instanceof JsonObject && line.has("position");
    if (!isWrapped && (line.has("bundle") || line.has("proof") || line.has("end"))) {
      return;
    }
    JsonObject event = isWrapped && line.get("event") instanceof JsonObject inner ? inner : line;
    Optional<Instant> time = RuleEvent.time(event, timeField);
    if (time.isEmpty()) {
      withoutTime++;
      return;
    }
    if (events.size() == EVENTS_MAX) {
      throw CommandFailure.environment(
          "there are more than "
              + EVENTS_MAX
              + " events. Name a shorter time with --from and --to");
    }
    String id =
        isWrapped ? (line.has("log") ? line.get("log") + "." : "") + line.get("position") : place;
    events.add(new RuleEvent(event, time.get().toEpochMilli(), id));
  }

  /** The events, the oldest first. */
  List<RuleEvent> inOrder() {
    events.sort(Comparator.comparingLong(RuleEvent::timeMillis));
    return events;
  }

  /** How many were left out, because they say no time. */
  long withoutTime() {
    return withoutTime;
  }
}
