package dev.counterfoil.process;

import dev.counterfoil.configuration.LogLine;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;

/** The last lines of the process's log, for a diagnosis: wherever the log itself goes. */
public final class RecentLog extends Handler {
  /** Most lines kept. */
  static final int LINES_MAX = 500;

  private static final int LINE_CHARACTERS_MAX = 4_000;

  private final Deque<String> lines = new ArrayDeque<>();
  private final LogLine formatter = new LogLine();

  private RecentLog() {}

  /** Listens to everything that this process logs from now on. */
  public static RecentLog listen() {
    RecentLog recent = new RecentLog();
    Logger.getLogger("").addHandler(recent);
    return recent;
  }

  @Override
  public void publish(LogRecord entry) {
    StringBuilder line = new StringBuilder(formatter.text(entry));
    line.setLength(Math.min(line.length(), LINE_CHARACTERS_MAX));
    synchronized (lines) {
      if (lines.size() == LINES_MAX) {
        lines.removeFirst();
      }
      lines.addLast(line.toString());
    }
  }

  /** The last lines, oldest first. */
  public List<String> lines() {
    synchronized (lines) {
      return new ArrayList<>(lines);
    }
  }

  @Override
  public void flush() {
    // Nothing is kept back.
  }

  @Override
  public void close() {
    // Nothing is open.
  }
}
