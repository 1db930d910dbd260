package dev.counterfoil.cli.audit;

import dev.counterfoil.audit.bundle.EventTable;
import dev.counterfoil.cli.audit.reading.AuditReadingCommand;
import dev.counterfoil.cli.audit.reading.AuditSource;
import dev.counterfoil.cli.audit.reading.LostAuditLog;
import dev.counterfoil.cli.command.CommandFailure;
import dev.counterfoil.cli.command.ExitCode;
import dev.counterfoil.format.audit.AuditEvent;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.operations.shipping.RefusedAnswerException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Finds events in the audit log. */
@Command(
    name = "search",
    description = {
      "Finds a tenant's events in the audit log, the newest first.",
      "Issued tokens appear between the events of the audit log, as LOG.POSITION of"
          + " their own log.",
      "An event must match all options. The last line of a page shows how to get the"
          + " next one; events that arrive meanwhile change no page. --all prints every"
          + " event, the oldest first. --follow prints new events as they arrive. Your"
          + " search is recorded as an event too.",
      "Exit code 0: there are events; 1: there are none, or the audit log"
          + " is not the one that the key log states."
    })
final class AuditSearchCommand extends AuditReadingCommand {
  private static final int LIMIT_MAX = 1000;
  private static final Duration AGAIN_AFTER = Duration.ofSeconds(1);

  /** How often in a row a stream may break off without a line before it is given up. */
  private static final int BROKEN_MAX = 30;

  @Option(
      names = "--limit",
      paramLabel = "N",
      defaultValue = "100",
      description = "Maximum number of events, up to 1000 (default: ${DEFAULT-VALUE}).")
  private int limit;

  @Option(
      names = "--before",
      paramLabel = "PLACE",
      description = "Only events before this place: the next page.")
  private @Nullable String before;

  @Option(names = "--all", description = "All events, the oldest first.")
  private boolean all;

  @Option(
      names = "--follow",
      description =
          "Events as they arrive, until Ctrl-C. With --after or --from, those before them too.")
  private boolean follow;

  @Option(
      names = "--after",
      paramLabel = "PLACE",
      description = "With --all and --follow: only events after this place.")
  private @Nullable String after;

  @Option(
      names = "--format",
      paramLabel = "FORM",
      defaultValue = "table",
      description =
          "Output format: table, json (one object on each line), csv, or, with --out,"
              + " parquet (default: ${DEFAULT-VALUE}).")
  private EventPrinter.Form form;

  @Option(
      names = "--out",
      paramLabel = "FILE",
      description = "With --format=parquet: the file to write, which must not exist yet.")
  private @Nullable Path out;

  @Override
  protected int ask() throws IOException, FormatException, InterruptedException {
    if (limit < 1 || limit > LIMIT_MAX) {
      throw CommandFailure.environment("--limit is 1 to " + LIMIT_MAX);
    }
    if (json) {
      form = EventPrinter.Form.json;
    }
    if ((form == EventPrinter.Form.parquet) != (out != null)) {
      throw CommandFailure.environment("--format=parquet and --out=FILE go together");
    }
    List<String> lost = events().lost();
    if (out != null) {
      return LostAuditLog.warn(lost, parquet(out));
    }
    if (follow) {
      LostAuditLog.warn(lost, ExitCode.OK);
      return follow();
    }
    return LostAuditLog.warn(lost, all ? all() : page(lost.isEmpty()));
  }

  private int page(boolean isWhole) throws IOException, FormatException, InterruptedException {
    AuditSource.Page page = events().search(options.query(before, limit));
    EventPrinter printer = new EventPrinter(form);
    printer.begin();
    for (JsonObject one : page.events()) {
      printer.show(one);
    }
    if (form == EventPrinter.Form.table) {
      System.out.println(
          page.events().isEmpty() ? "No events." : System.lineSeparator() + rest(page, isWhole));
    }
    return page.events().isEmpty() ? ExitCode.NO : ExitCode.OK;
  }

  private static String rest(AuditSource.Page page, boolean isWhole) {
    return page.next()
        .map(next -> "There may be more. Continue with: --before " + next)
        .orElse(
            (page.events().size() == 1 ? "1 event" : page.events().size() + " events")
                + (isWhole ? ", and no more." : " of those that are here."));
  }

  private JsonObject asked(@Nullable String from) {
    JsonObject query = options.query(before, 0);
    JsonObject.Builder asked = JsonObject.builder();
    for (String name : query.names()) {
      asked.put(name, String.valueOf(query.get(name)));
    }
    return asked.put("after", from).build();
  }

  private int all() throws IOException, FormatException, InterruptedException {
    EventPrinter printer = new EventPrinter(form);
    printer.begin();
    long[] events = {0};
    String ended = stream(false, after, printer::show, events, new String[1]);
    requireAll(ended);
    return events[0] == 0 ? ExitCode.NO : ExitCode.OK;
  }

  private static void requireAll(String ended) throws IOException {
    if (!ended.equals("all")) {
      throw new IOException("the answer broke off before its end: " + ended);
    }
  }

  /** One stream; why it ended. */
  private String stream(
      boolean goOn,
      @Nullable String from,
      AuditSource.Lines each,
      long[] events,
      @Nullable String[] cursor)
      throws IOException, FormatException, InterruptedException {
    String[] ended = {"connection"};
    cursor[0] = from;
    events().stream(
        asked(from),
        goOn,
        line -> {
          if (line.has("event")) {
            each.line(line);
            events[0]++;
          }
          cursor[0] = line.string("after");
          if (line.has("ends")) {
            ended[0] = line.string("ends");
          }
        });
    return ended[0];
  }

  private int follow() throws IOException, FormatException, InterruptedException {
    EventPrinter printer = new EventPrinter(form);
    printer.begin();
    @Nullable String at =
        after != null || options.isFromATime()
            ? after
            : events().search(options.query(null, 1)).newest();
    int broken = 0;
    String ended = "";
    while (broken < BROKEN_MAX) {
      @Nullable String[] cursor = {at};
      try {
        ended = stream(true, at, printer::show, new long[1], cursor);
      } catch (RefusedAnswerException e) {
        if (e.isForGood()) {
          throw new IOException(CommandFailure.reason(e) + again(at), e);
        }
        ended = CommandFailure.reason(e);
      } catch (IOException e) {
        ended = CommandFailure.reason(e);
      }
      broken = Objects.equals(cursor[0], at) ? broken + 1 : 0;
      at = cursor[0];
      if (ended.equals("not-allowed")) {
        throw new IOException("the access token is no longer valid" + again(at));
      }
      Thread.sleep(AGAIN_AFTER);
    }
    throw new IOException(
        "the answer broke off " + broken + " times. The last reason: " + ended + again(at));
  }

  private static String again(@Nullable String at) {
    return at == null ? "" : ". To continue, add: --follow --after " + at;
  }

  private int parquet(Path file) throws IOException, FormatException, InterruptedException {
    if (Files.exists(file)) {
      throw CommandFailure.environment(file + " exists already. Name another file");
    }
    long[] events = {0};
    try (EventTable table = EventTable.create()) {
      String ended =
          stream(
              false,
              after,
              one -> table.add(one.number("position"), AuditEvent.of(one.object("event"))),
              events,
              new String[1]);
      requireAll(ended);
      table.writeParquet(file);
    }
    System.out.println(
        events[0]
            + " events in "
            + file
            + ". To query it, run: counterfoil audit sql --file "
            + file
            + " \"SELECT ...\"");
    return events[0] == 0 ? ExitCode.NO : ExitCode.OK;
  }
}
