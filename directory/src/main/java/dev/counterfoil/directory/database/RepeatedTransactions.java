package dev.counterfoil.directory.database;

import java.sql.SQLException;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.HandleCallback;
import org.jdbi.v3.core.transaction.DelegatingTransactionHandler;
import org.jdbi.v3.core.transaction.LocalTransactionHandler;
import org.jdbi.v3.core.transaction.TransactionIsolationLevel;

/**
 * Transactions at PostgreSQL are as if they came one after another, as they do at SQLite. One that
 * met another is carried out again: what it checks first then says why it is refused.
 */
final class RepeatedTransactions extends DelegatingTransactionHandler {
  static final int TIMES_MAX = 8;
  private static final int PAUSE_MAX_MS = 20;

  /** Serialisation failure, deadlock, and a key that another one took or removed meanwhile. */
  private static final Set<String> MET_ANOTHER = Set.of("40001", "40P01", "23505", "23503");

  RepeatedTransactions() {
    super(LocalTransactionHandler.binding());
  }

  @Override
  public <R, X extends Exception> R inTransaction(Handle handle, HandleCallback<R, X> callback)
      throws X {
    for (int times = 1; ; times++) {
      try {
        return super.inTransaction(handle, TransactionIsolationLevel.SERIALIZABLE, callback);
      } catch (Exception e) {
        if (times == TIMES_MAX || !metAnother(e)) {
          throw e;
        }
      }
      pause(times);
    }
  }

  private static boolean metAnother(Throwable failure) {
    for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
      if (cause instanceof SQLException sql && sql.getSQLState() != null) {
        return MET_ANOTHER.contains(sql.getSQLState());
      }
    }
    return false;
  }

  private static void pause(int times) {
    try {
      Thread.sleep(ThreadLocalRandom.current().nextInt(times * PAUSE_MAX_MS));
    } catch (InterruptedException e) {
      // What was asked for is done or fails; the thread that waits for this one sees the mark.
      Thread.currentThread().interrupt();
    }
  }
}
