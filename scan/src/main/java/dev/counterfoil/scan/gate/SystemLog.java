package dev.counterfoil.scan.gate;

import java.io.IOException;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** The system's log, which others read and keep. */
@FunctionalInterface
public interface SystemLog {
  /**
   * Writes a line.
   *
   * @return whether it was taken
   */
  boolean tell(String line) throws InterruptedException;

  /** Writes by the {@code logger} program of every Linux, as {@code auth.notice}. */
  static SystemLog logger() {
    return line -> {
      try {
        Process logger =
            new ProcessBuilder(
                    List.of("logger", "-t", "counterfoil-gate", "-p", "auth.notice", "--", line))
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start();
        logger.getOutputStream().close();
        if (!logger.waitFor(5, TimeUnit.SECONDS)) {
          logger.destroyForcibly();
          return false;
        }
        return logger.exitValue() == 0;
      } catch (IOException e) {
        // A host without a system log: the gate's own record has it.
        return false;
      }
    };
  }
}
