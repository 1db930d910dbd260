package dev.counterfoil.http.listener;

import io.helidon.http.RequestException;
import io.helidon.webserver.CloseConnectionException;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;

/**
 * Requests that came to nothing: counted all, and in the process's log at most once in a while.
 * Anybody can send them, and what anybody can write without end fills disks and hides true alarms.
 */
public final class FailedRequests {
  private static final System.Logger LOG = System.getLogger(FailedRequests.class.getName());
  private static final Duration LINE_EVERY = Duration.ofMinutes(1);

  /** Kinds of failures with a pace of their own: a kind is a place in our code. */
  private static final int KINDS_MAX = 64;

  private final LongAdder malformed = new LongAdder();
  private final LongAdder failed = new LongAdder();
  private final LinePace malformedLines = new LinePace(1, LINE_EVERY);
  private final Map<String, LinePace> failedLines = new ConcurrentHashMap<>();

  /** Nothing failed yet. */
  public FailedRequests() {}

  /** Those that were no sound HTTP, or beyond a limit, since the start. */
  public long malformed() {
    return malformed.sum();
  }

  /** Those at which this process failed, since the start. */
  public long failed() {
    return failed.sum();
  }

  void refused(Problem refusal) {
    malformed.increment();
    if (malformedLines.take(System.nanoTime())) {
      LOG.log(
          System.Logger.Level.INFO,
          "a request was refused with {0}: {1}. {2} so far; this line comes once a minute at most.",
          Integer.toString(refusal.status()),
          refusal.detail(),
          Long.toString(malformed.sum()));
    }
  }

  /**
   * Tells that a request failed, with a stack trace the first time in a minute. What is the
   * client's doing is thrown on for the listener, which answers and ends the connection.
   *
   * @param what for the log: a path as it stands in the code, and nothing that was sent
   */
  public void failed(String what, Throwable failure) {
    throwOnIfOfClient(failure);
    failed.increment();
    StackTraceElement[] stack = failure.getStackTrace();
    String kind = failure.getClass().getName() + (stack.length == 0 ? "" : stack[0]);
    LinePace pace =
        failedLines.size() < KINDS_MAX
            ? failedLines.computeIfAbsent(kind, _ -> new LinePace(1, LINE_EVERY))
            : failedLines.getOrDefault(kind, malformedLines);
    if (pace.take(System.nanoTime())) {
      LOG.log(
          System.Logger.Level.ERROR,
          "a request failed: "
              + what
              + " ("
              + failed.sum()
              + " so far; each kind of failure is shown once a minute at most)",
          failure);
    }
  }

  private static void throwOnIfOfClient(Throwable failure) {
    if (failure instanceof RequestException malformed) {
      throw malformed;
    }
    for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
      if (cause instanceof CloseConnectionException ended) {
        throw ended;
      }
    }
  }
}
