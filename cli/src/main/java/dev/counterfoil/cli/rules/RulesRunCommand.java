package dev.counterfoil.cli.rules;

import dev.counterfoil.cli.audit.reading.PastEvents;
import dev.counterfoil.cli.command.CommandFailure;
import dev.counterfoil.cli.command.ExitCode;
import dev.counterfoil.cli.command.MonitorCommand;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.bytes.PlainText;
import dev.counterfoil.rules.RuleEngine;
import dev.counterfoil.rules.RuleEvent;
import dev.counterfoil.rules.RuleFiles;
import dev.counterfoil.rules.RuleMatch;
import dev.counterfoil.rules.RuleSet;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Runs rules over events of the past. */
@Command(
    name = "run",
    description = {
      "Runs rules over events of the past: of files, or of the audit log.",
      "With --events it reads files and asks nobody. Without, it searches the audit log"
          + " as audit search does, with the same options; the search is recorded as an"
          + " event. Up to 500000 events are put into the order of their times.",
      "Exit code 0: no rule matched; 1: one did."
    })
final class RulesRunCommand extends MonitorCommand {
  private static final int LINE_MAX = 500;
  private static final int SHOWN_MAX = 10_000;

  @Mixin private RuleOptions options;
  @Mixin private PastEvents past;

  @Option(
      names = "--events",
      paramLabel = "FILE",
      description =
          "A file of events, one JSON object on each line, or an audit bundle. Can stand"
              + " several times.")
  private List<Path> files = new ArrayList<>();

  @Option(
      names = "--time-field",
      paramLabel = "NAME",
      defaultValue = "time",
      description =
          "The member with an event's time: milliseconds since 1970, or ISO 8601"
              + " (default: ${DEFAULT-VALUE}).")
  private String timeField;

  @Override
  protected int ask() throws IOException, FormatException, InterruptedException {
    RuleFiles read = options.files();
    RuleSet rules = RuleSet.of(read.documents());
    List<String> faults = RuleOptions.faults(read, rules);
    faults.forEach(fault -> System.err.println("Cannot be used: " + PlainText.of(fault, LINE_MAX)));
    if (rules.all().findAny().isEmpty()) {
      throw CommandFailure.environment("there is no rule that can be used");
    }
    EventLines events = new EventLines(timeField);
    for (Path file : files) {
      events.read(file);
    }
    if (files.isEmpty()) {
      past.each(installation, line -> events.add(line, ""));
    }
    RuleEngine engine = new RuleEngine(rules, options.fields(), RuleEngine.Limits.DEFAULT);
    List<RuleMatch> matches = new ArrayList<>();
    List<RuleEvent> ordered = events.inOrder();
    for (RuleEvent event : ordered) {
      engine.take(event, matches::add);
    }
    engine.end(matches::add);
    print(
        json(ordered.size(), events, engine, faults, matches),
        text(ordered.size(), events, engine, matches));
    return matches.isEmpty() ? ExitCode.OK : ExitCode.NO;
  }

  private static JsonObject json(
      int looked,
      EventLines events,
      RuleEngine engine,
      List<String> faults,
      List<RuleMatch> matches) {
    return JsonObject.builder()
        .put("events", looked)
        .put("without_time", events.withoutTime())
        .put("forgotten", engine.forgotten())
        .put("problems", faults)
        .put("matches", matches.stream().map(RuleMatch::toJson).toList())
        .build();
  }

  private static String text(
      int looked, EventLines events, RuleEngine engine, List<RuleMatch> matches) {
    List<String> lines = new ArrayList<>();
    Map<String, Integer> counts = new TreeMap<>();
    for (RuleMatch match : matches) {
      counts.merge(match.rule().title(), 1, Integer::sum);
      if (lines.size() < SHOWN_MAX) {
        lines.add(PlainText.of(line(match), LINE_MAX));
      }
    }
    if (!counts.isEmpty()) {
      lines.add("");
      counts.forEach((title, count) -> lines.add(count + "  " + PlainText.of(title, LINE_MAX)));
      lines.add("");
    }
    lines.add(
        looked
            + (looked == 1 ? " event, " : " events, ")
            + matches.size()
            + (matches.size() == 1 ? " match." : " matches.")
            + (events.withoutTime() == 0
                ? ""
                : " " + events.withoutTime() + " without a time were left out.")
            + (engine.forgotten() == 0
                ? ""
                : " " + engine.forgotten() + " groups were forgotten for want of memory."));
    return String.join(System.lineSeparator(), lines);
  }

  private static String line(RuleMatch match) {
    return Instant.ofEpochMilli(match.timeMillis())
        + "  "
        + (match.rule().level().isEmpty() ? "-" : match.rule().level())
        + "  "
        + match.rule().title()
        + (match.group().isEmpty() ? "" : "  " + match.group())
        + "  events "
        + String.join(", ", match.ids())
        + (match.rule().author().isEmpty() ? "" : "  by " + match.rule().author());
  }
}
