package dev.counterfoil.monitor;

/** There is no room in the database's budget: its reporter is to keep a batch, and come again. */
final class DatabaseFullException extends Exception {
  private static final long serialVersionUID = 1L;

  DatabaseFullException() {
    super(
        "the budget of the database is used up: see 'database-budget' in docs/reference/limits.md");
  }
}
