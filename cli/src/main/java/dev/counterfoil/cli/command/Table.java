package dev.counterfoil.cli.command;

import dev.counterfoil.format.bytes.PlainText;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * Rows under a head for people, each column as wide as its widest cell; strangers' text is made
 * harmless.
 */
public final class Table {
  private final int cellMax;
  private final List<List<String>> rows = new ArrayList<>();

  /**
   * A table that has its head alone.
   *
   * @param cellMax how many characters of a cell are shown
   */
  public Table(int cellMax, List<String> head) {
    this.cellMax = cellMax;
    row(head);
  }

  /** Adds a row with as many cells as the head has. */
  public void row(List<String> cells) {
    rows.add(cells.stream().map(cell -> PlainText.of(cell, cellMax)).toList());
  }

  /** All lines. */
  @Override
  public String toString() {
    List<Integer> widths =
        IntStream.range(0, rows.getFirst().size())
            .map(i -> rows.stream().mapToInt(row -> row.get(i).length()).max().orElseThrow())
            .boxed()
            .toList();
    return rows.stream()
        .map(
            row ->
                IntStream.range(0, row.size())
                    .mapToObj(i -> row.get(i) + " ".repeat(widths.get(i) - row.get(i).length()))
                    .collect(Collectors.joining("  "))
                    .stripTrailing())
        .collect(Collectors.joining("\n"));
  }
}
