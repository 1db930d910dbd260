package dev.counterfoil.benchmarks.run;

import com.fasterxml.jackson.annotation.JsonIgnore;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.json.JsonMapper;

/** What a run found: tables, then notes; one record, as Markdown and as JSON. */
public final class RunReport {
  private static final JsonMapper JSON =
      JsonMapper.builder().enable(SerializationFeature.INDENT_OUTPUT).build();

  private final String command;
  private final Machine machine;
  private final BiConsumer<RunReport, String> measured;
  private final List<Table> tables = new ArrayList<>();
  private final List<String> notes = new ArrayList<>();
  private boolean isVoid;

  /** Rows of texts and numbers. */
  public record Table(
      List<String> columns, List<List<Object>> rows, @JsonIgnore Consumer<String> measured) {
    /** Adds a row, with a cell for each column. */
    public void row(Object... cells) {
      rows.add(Arrays.asList(cells));
      measured.accept(
          IntStream.range(0, cells.length)
              .mapToObj(at -> columns.get(at) + ": " + cell(cells[at]))
              .collect(Collectors.joining(", ")));
    }
  }

  /** All of it. */
  private record Written(
      String command, boolean isVoid, Machine machine, List<Table> tables, List<String> notes) {}

  /**
   * An empty one.
   *
   * @param measured is told of each row, when it is there
   */
  public RunReport(String command, Machine machine, BiConsumer<RunReport, String> measured) {
    this.command = command;
    this.machine = machine;
    this.measured = measured;
  }

  public Table table(String... columns) {
    Table table = new Table(List.of(columns), new ArrayList<>(), row -> measured.accept(this, row));
    tables.add(table);
    return table;
  }

  @SuppressWarnings(
      "AnnotateFormatMethod") // the annotation is of a library that is not ours to ship
  public void note(String format, Object... values) {
    notes.add(String.format(Locale.ROOT, format, values));
  }

  /** Its figures mean nothing. */
  public void isVoid(String why) {
    isVoid = true;
    note("THIS RUN IS VOID: %s", why);
  }

  boolean isVoid() {
    return isVoid;
  }

  String json() {
    return json(notes);
  }

  /** The same while there may be more to come. */
  String unfinishedJson() {
    List<String> said = new ArrayList<>(notes);
    said.add("UNFINISHED: the run has not come to its end");
    return json(said);
  }

  private String json(List<String> said) {
    return JSON.writeValueAsString(new Written(command, isVoid, machine, tables, said)) + "\n";
  }

  String text() {
    StringBuilder text = new StringBuilder();
    for (Table table : tables) {
      line(text, table.columns());
      line(text, table.columns().stream().map(column -> isNumber(table, column)).toList());
      table.rows().forEach(row -> line(text, row.stream().map(RunReport::cell).toList()));
      text.append('\n');
    }
    notes.forEach(note -> text.append("- ").append(note).append(".\n"));
    return text.append("- ")
        .append(machine.line())
        .append("\n- Again: `")
        .append(command)
        .append("`\n")
        .toString();
  }

  private static String isNumber(Table table, String column) {
    int at = table.columns().indexOf(column);
    return table.rows().stream().anyMatch(row -> row.get(at) instanceof Number) ? "--:" : "---";
  }

  private static void line(StringBuilder text, List<String> cells) {
    text.append(cells.stream().collect(Collectors.joining(" | ", "| ", " |\n")));
  }

  /** A number with three figures at least. */
  private static String cell(Object value) {
    if (value instanceof Integer || value instanceof Long) {
      return String.format(Locale.ROOT, "%,d", ((Number) value).longValue());
    }
    if (!(value instanceof Double number)) {
      return String.valueOf(value);
    }
    double size = Math.abs(number);
    String format = size >= 100 ? "%,.0f" : size >= 10 ? "%.1f" : "%.2f";
    return String.format(Locale.ROOT, format, number);
  }
}
