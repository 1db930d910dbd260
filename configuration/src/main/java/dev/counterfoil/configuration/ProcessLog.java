package dev.counterfoil.configuration;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Locale;
import java.util.Map;
import java.util.logging.ConsoleHandler;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogManager;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * How this process writes its log: each entry is one line on standard error, in UTC. A process
 * calls {@link #begin} before anything else. {@code java.util.logging} makes one of these when
 * something is logged for the first time, so that a command that logs nothing pays nothing.
 */
public final class ProcessLog {
  /**
   * The environment's name of the format: {@code text}, the default, {@code json} or {@code otlp}.
   */
  public static final String VARIABLE = "COUNTERFOIL_LOG_FORMAT";

  private static final String FORMAT = "counterfoil.log.format";
  private static final String PROCESS = "counterfoil.log.process";

  /**
   * Called by {@code java.util.logging} (its property {@code java.util.logging.config.class}).
   *
   * @throws IOException as that demands
   */
  public ProcessLog() throws IOException {
    LogManager.getLogManager()
        .readConfiguration(
            new ByteArrayInputStream(
                """
                handlers = java.util.logging.ConsoleHandler
                .level = INFO
                java.util.logging.ConsoleHandler.level = INFO
                java.util.logging.ConsoleHandler.formatter = %s
                """
                    .formatted(LogLine.class.getName())
                    .getBytes(StandardCharsets.UTF_8)));
  }

  /**
   * Has a process log in one format, and what ends a thread as well. An operator's own file of
   * {@code java.util.logging} counts: levels and handlers are its, and the lines are these.
   *
   * @param process its name in the lines
   * @throws ConfigurationException when the environment names a format that there is not
   */
  public static void begin(String process, Map<String, String> environment)
      throws ConfigurationException {
    beginLazily(process, environment);
    // A library may have had a logger made before this.
    for (Handler handler : Logger.getLogger("").getHandlers()) {
      handler.setFormatter(new LogLine());
    }
  }

  /**
   * The same for a command, most of which log nothing: nothing is loaded before something is
   * logged.
   *
   * @param process its name in the lines
   * @throws ConfigurationException when the environment names a format that there is not
   */
  public static void beginLazily(String process, Map<String, String> environment)
      throws ConfigurationException {
    @Nullable String format = environment.get(VARIABLE);
    String chosen = format == null || format.isEmpty() ? LogLine.Form.TEXT.text() : format;
    if (Arrays.stream(LogLine.Form.values()).noneMatch(form -> form.text().equals(chosen))) {
      throw new ConfigurationException(VARIABLE + " is text, json or otlp");
    }
    System.setProperty(FORMAT, chosen);
    System.setProperty(PROCESS, process);
    if (System.getProperty("java.util.logging.config.file") == null) {
      System.setProperty("java.util.logging.config.class", ProcessLog.class.getName());
    }
    Thread.setDefaultUncaughtExceptionHandler(
        (thread, thrown) ->
            System.getLogger(ProcessLog.class.getName())
                .log(System.Logger.Level.ERROR, "thread " + thread.getName() + " ended", thrown));
  }

  static LogLine.Form form() {
    String chosen = System.getProperty(FORMAT, LogLine.Form.TEXT.text());
    return LogLine.Form.valueOf(chosen.toUpperCase(Locale.ROOT));
  }

  static String process() {
    return System.getProperty(PROCESS, "");
  }

  /**
   * Says why a process does not start or stops: in the same form, and written at once, as loggers
   * are closed while a process ends.
   */
  public static void error(String why) {
    LogRecord entry = new LogRecord(Level.SEVERE, why);
    entry.setLoggerName("process");
    entry.setSourceClassName(null);
    ConsoleHandler console = new ConsoleHandler();
    console.setFormatter(new LogLine());
    console.publish(entry);
    console.flush();
  }
}
