package dev.counterfoil.cli;

import dev.counterfoil.format.AuditEvent;
import dev.counterfoil.format.FormatException;
import dev.counterfoil.format.JsonObject;
import java.io.IOException;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Finds events in the audit log. */
@Command(
    name = "search",
    mixinStandardHelpOptions = true,
    description = {
      "Finds a tenant's events in the audit log, the newest first.",
      "What the options name must all hold. A page's last line says how the next one is asked for; events that arrive"
          + " meanwhile change no page. That you looked is an event too.",
      "Exit code 0: there are events; 1: there are none."
    })
final class AuditSearchCommand implements Callable<Integer> {
  private static final int LIMIT_MAX = 1000;

  /** How events are shown. */
  enum Form {
    /** A line each, for people. */
    table,
    /** An event a line, as the log holds it. */
    json,
    /** For spreadsheets. */
    csv
  }

  @Mixin
  @SuppressWarnings("NullAway.Init") // picocli fills it before the call
  private AuditOptions options;

  @Option(
      names = "--limit",
      paramLabel = "N",
      defaultValue = "100",
      description = "Most events, up to 1000 (default: ${DEFAULT-VALUE}).")
  private int limit;

  @Option(
      names = "--before",
      paramLabel = "POSITION",
      description = "Only events below this position of the log: the next page.")
  private @Nullable String before;

  @Option(
      names = "--format",
      paramLabel = "FORM",
      defaultValue = "table",
      description =
          "How to show them: table, json (an object a line), or csv (default: ${DEFAULT-VALUE}).")
  @SuppressWarnings("NullAway.Init") // has a default
  private Form form;

  @Option(names = "--json", description = "The same as --format=json.")
  private boolean json;

  @Override
  public Integer call() throws InterruptedException {
    if (limit < 1 || limit > LIMIT_MAX) {
      throw CommandFailure.environment("--limit is 1 to " + LIMIT_MAX);
    }
    try {
      AuditSource.Page page = options.events().search(options.query(before, limit));
      show(page);
      return page.events().isEmpty() ? ExitCode.NO : ExitCode.OK;
    } catch (FormatException e) {
      throw CommandFailure.unavailable("the monitor's answer is not understood: " + e.getMessage());
    } catch (IOException e) {
      throw CommandFailure.unavailable("the monitor: " + CommandFailure.reason(e));
    }
  }

  private void show(AuditSource.Page page) throws FormatException {
    switch (json ? Form.json : form) {
      case json -> page.events().forEach(one -> System.out.println(inAscii(one)));
      case csv -> {
        System.out.println("position,time,class,entity,actor,client,token,address,message");
        for (JsonObject one : page.events()) {
          System.out.println(row(one));
        }
      }
      case table -> table(page);
    }
  }

  /** JSON that moves no cursor: what a terminal could take for an order is escaped. */
  private static String inAscii(JsonObject line) {
    StringBuilder out = new StringBuilder();
    line.toString()
        .chars()
        .forEach(
            c -> {
              if (c < 0x7f) {
                out.append((char) c);
              } else {
                out.append("\\u%04x".formatted(c));
              }
            });
    return out.toString();
  }

  private static String row(JsonObject one) throws FormatException {
    AuditEvent event = AuditEvent.of(one.object("event"));
    AuditEvent.Keys keys = event.keys();
    return String.join(
        ",",
        Long.toString(one.number("position")),
        Instant.ofEpochMilli(event.timeMillis()).toString(),
        Long.toString(event.classUid()),
        Shown.csv(keys.entity().orElse("")),
        Shown.csv(keys.actor().orElse("")),
        Shown.csv(keys.client().orElse("")),
        Shown.csv(keys.token().orElse("")),
        Shown.csv(keys.address().orElse("")),
        Shown.csv(message(event)));
  }

  private static String message(AuditEvent event) {
    return event.json().get("message") instanceof String text ? text : "";
  }

  private static void table(AuditSource.Page page) throws FormatException {
    if (page.events().isEmpty()) {
      System.out.println("No events.");
      return;
    }
    for (JsonObject one : page.events()) {
      AuditEvent event = AuditEvent.of(one.object("event"));
      AuditEvent.Keys keys = event.keys();
      System.out.printf(
          "%8d  %s  %-22s  %-28s  client %-16s  from %-15s  %s%n",
          one.number("position"),
          Instant.ofEpochMilli(event.timeMillis()),
          AuditNames.of(event.classUid(), event.activityId()),
          text(keys.entity(), 60),
          text(keys.client(), 40),
          text(keys.address(), 45),
          Shown.plain(message(event), 120));
      keys.token().ifPresent(id -> System.out.println("          token " + Shown.plain(id, 200)));
    }
    System.out.println();
    page.next()
        .ifPresentOrElse(
            next -> System.out.println("There may be more: --before " + next),
            () ->
                System.out.println(
                    (page.events().size() == 1 ? "1 event" : page.events().size() + " events")
                        + ", and no more."));
  }

  private static String text(Optional<String> key, int max) {
    return Shown.plain(key.orElse("-"), max);
  }
}
