package dev.counterfoil.directory.database;

import java.nio.file.Path;
import java.util.Set;

/**
 * Tables that belong together, and have one version.
 *
 * @param name of the set
 * @param migrations the folder of its migrations on the class path
 * @param filled tables into which the migrations themselves put a row
 */
public record TableSet(String name, String migrations, Set<String> filled) {
  public TableSet {
    filled = Set.copyOf(filled);
  }

  /** Those in a file of SQLite. */
  public TableMove.Tables in(Path file) {
    return new TableMove.Tables(this, file);
  }
}
