package dev.counterfoil.drills;

import java.util.logging.Level;
import java.util.logging.Logger;
import org.jspecify.annotations.Nullable;

/** Keeps warnings of one package out of the log until it is closed; errors are still told. */
public final class QuietLogger implements AutoCloseable {
  private final Logger logger;
  private final @Nullable Level before;

  private QuietLogger(Logger logger) {
    this.logger = logger;
    this.before = logger.getLevel();
  }

  public static QuietLogger of(String name) {
    QuietLogger quiet = new QuietLogger(Logger.getLogger(name));
    quiet.logger.setLevel(Level.SEVERE);
    return quiet;
  }

  @Override
  public void close() {
    logger.setLevel(before);
  }
}
