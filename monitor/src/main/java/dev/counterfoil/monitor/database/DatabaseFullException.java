package dev.counterfoil.monitor.database;

/** There is no room in the database's budget: its reporter is to keep a batch, and come again. */
public final class DatabaseFullException extends Exception {
  private static final long serialVersionUID = 1L;

  public DatabaseFullException() {
    super("the database has used up its budget. See 'database-budget' in docs/reference/limits.md");
  }
}
