package dev.counterfoil.cli.audit;

import dev.counterfoil.audit.bundle.EventTable;
import dev.counterfoil.cli.audit.reading.AuditReadingCommand;
import dev.counterfoil.cli.command.CommandFailure;
import dev.counterfoil.cli.command.ExitCode;
import dev.counterfoil.cli.command.Shown;
import dev.counterfoil.cli.command.Table;
import dev.counterfoil.format.audit.AuditEvent;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.bytes.PlainText;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Asks SQL about a tenant's events. */
@Command(
    name = "sql",
    description = {
      "Runs an SQL query on a tenant's events, in a table called events.",
      "The options select events as in audit search; give at least a time. The command"
          + " fetches them and runs the statement here, on a table that holds nothing else."
          + " The statement can read no file, load no extension and change nothing, and it"
          + " ends after --seconds. The dialect is DuckDB's.",
      "Its columns: " + EventTable.COLUMNS + ".",
      "Exit code 0: there are rows; 1: there are none, or the statement is refused."
    })
final class AuditSqlCommand extends AuditReadingCommand {
  private static final int ROWS_MAX = 100_000;
  private static final int MEMORY_MIB = 512;
  private static final int CELL_LENGTH_MAX = 60;

  @Parameters(paramLabel = "SQL", description = "One statement that only reads.")
  private String sql;

  @Option(
      names = "--file",
      paramLabel = "FILE",
      description =
          "Query this file, which audit search --format=parquet wrote, and fetch nothing.")
  private @Nullable Path file;

  @Option(
      names = "--rows",
      paramLabel = "N",
      defaultValue = "1000",
      description = "Maximum number of rows, up to 100000 (default: ${DEFAULT-VALUE}).")
  private int rows;

  @Option(
      names = "--seconds",
      paramLabel = "N",
      defaultValue = "30",
      description = "Longest time for the statement (default: ${DEFAULT-VALUE}).")
  private int seconds;

  @Option(
      names = "--format",
      paramLabel = "FORM",
      defaultValue = "table",
      description = "Output format: table, json or csv (default: ${DEFAULT-VALUE}).")
  private EventPrinter.Form form;

  @Override
  protected int ask() throws IOException, FormatException, InterruptedException {
    if (rows < 1 || rows > ROWS_MAX || seconds < 1) {
      throw CommandFailure.environment("--rows is 1 to " + ROWS_MAX + ", and --seconds at least 1");
    }
    try (EventTable table = table()) {
      EventTable.Answer answer =
          table.ask(sql, new EventTable.Limits(rows, Duration.ofSeconds(seconds), MEMORY_MIB));
      show(answer);
      return answer.rows().isEmpty() ? ExitCode.NO : ExitCode.OK;
    } catch (EventTable.StatementException e) {
      throw CommandFailure.no(PlainText.of(String.valueOf(e.getMessage()).replace('\n', ' ')));
    }
  }

  private EventTable table() throws IOException, FormatException, InterruptedException {
    if (file != null) {
      if (!Files.isRegularFile(file)) {
        throw CommandFailure.environment("there is no file " + file);
      }
      return EventTable.read(file);
    }
    EventTable table = EventTable.create();
    boolean whole = false;
    try {
      boolean[] all = {false};
      events().stream(
          options.texts(),
          false,
          line -> {
            if (line.has("event")) {
              table.add(line.number("position"), AuditEvent.of(line.object("event")));
            } else if (line.has("ends")) {
              all[0] = line.string("ends").equals("all");
            }
          });
      if (!all[0]) {
        throw new IOException("the answer broke off before its end");
      }
      whole = true;
      return table;
    } finally {
      if (!whole) {
        table.close();
      }
    }
  }

  private void show(EventTable.Answer answer) {
    switch (json ? EventPrinter.Form.json : form) {
      case json -> json(answer);
      case csv -> csv(answer);
      case table, parquet -> table(answer);
    }
    if (answer.cut()) {
      System.err.println("There are more rows. Raise --rows, or select less.");
    }
  }

  private static void json(EventTable.Answer answer) {
    // Two columns may have one name, and JSON's members may not.
    List<String> names = new ArrayList<>();
    for (String name : answer.columns()) {
      names.add(names.contains(name) ? name + "_" + (names.size() + 1) : name);
    }
    for (List<@Nullable String> row : answer.rows()) {
      JsonObject.Builder line = JsonObject.builder();
      for (int i = 0; i < row.size(); i++) {
        line.put(names.get(i), row.get(i));
      }
      System.out.println(Shown.ascii(line.build().toString()));
    }
  }

  private static void csv(EventTable.Answer answer) {
    System.out.println(String.join(",", answer.columns().stream().map(Shown::csv).toList()));
    for (List<@Nullable String> row : answer.rows()) {
      System.out.println(
          String.join(",", row.stream().map(cell -> Shown.csv(cell == null ? "" : cell)).toList()));
    }
  }

  private static void table(EventTable.Answer answer) {
    Table table = new Table(CELL_LENGTH_MAX, answer.columns());
    for (List<@Nullable String> row : answer.rows()) {
      table.row(row.stream().map(cell -> cell == null ? "-" : cell).toList());
    }
    System.out.println(table.toString());
  }
}
