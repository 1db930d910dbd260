package dev.counterfoil.configuration;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Locale;
import java.util.logging.Formatter;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.ObjectWriteContext;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.core.json.JsonWriteFeature;

/**
 * Makes one line of an entry, whatever is in it: line ends and control characters are escaped, so
 * that text which strangers choose cannot look like an entry of its own.
 *
 * <p>A line of OpenTelemetry is a {@code LogsData} of the OTLP file format (OpenTelemetry Protocol
 * File Exporter), which a collector reads from files or the journal: so the log of a process that
 * may open no connection, such as the signer, gets there as well.
 */
public final class LogLine extends Formatter {
  /** Most characters of a message, and of a stack trace. */
  static final int TEXT_MAX = 16_000;

  /**
   * What a terminal may obey is not in ASCII alone: C1 controls, and those that turn text round.
   */
  private static final JsonFactory JSON =
      JsonFactory.builder().enable(JsonWriteFeature.ESCAPE_NON_ASCII).build();

  private final Form form;
  private final String process;

  /** For people, for programs, or for OpenTelemetry. */
  enum Form {
    TEXT,
    JSON,
    OTLP;

    /** As an operator writes it. */
    String text() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /** Called by {@code java.util.logging}: as {@link ProcessLog#begin} chose. */
  public LogLine() {
    this(ProcessLog.form(), ProcessLog.process());
  }

  LogLine(Form form, String process) {
    this.form = form;
    this.process = process;
  }

  @Override
  public String format(LogRecord entry) {
    return switch (form) {
          case TEXT -> text(entry);
          case JSON -> json(entry);
          case OTLP -> otlp(entry);
        }
        + "\n";
  }

  /** {@code TIME LEVEL event: message | stack}, without a line end. */
  public String text(LogRecord entry) {
    StringBuilder line = new StringBuilder();
    line.append(time(entry))
        .append(' ')
        .append(level(entry.getLevel()).toUpperCase(Locale.ROOT))
        .append(' ')
        .append(event(entry))
        .append(": ");
    appendSafe(line, limited(String.valueOf(formatMessage(entry))));
    @Nullable Throwable thrown = entry.getThrown();
    if (thrown != null) {
      line.append(" | ");
      appendSafe(line, limited(stack(thrown)));
    }
    return line.toString();
  }

  private String json(LogRecord entry) {
    StringWriter line = new StringWriter();
    try (JsonGenerator json = JSON.createGenerator(ObjectWriteContext.empty(), line)) {
      json.writeStartObject();
      json.writeStringProperty("time", time(entry));
      json.writeStringProperty("level", level(entry.getLevel()));
      json.writeStringProperty("event", event(entry));
      json.writeStringProperty("message", limited(String.valueOf(formatMessage(entry))));
      json.writeStringProperty("process", process);
      Object @Nullable [] values = entry.getParameters();
      if (values != null && values.length > 0) {
        json.writeArrayPropertyStart("values");
        for (Object value : values) {
          json.writeString(limited(String.valueOf(value)));
        }
        json.writeEndArray();
      }
      @Nullable Throwable thrown = entry.getThrown();
      if (thrown != null) {
        json.writeStringProperty("error", limited(String.valueOf(thrown)));
        json.writeStringProperty("stack", limited(stack(thrown)));
      }
      json.writeEndObject();
    }
    return line.toString();
  }

  private String otlp(LogRecord entry) {
    StringWriter line = new StringWriter();
    try (JsonGenerator json = JSON.createGenerator(ObjectWriteContext.empty(), line)) {
      json.writeStartObject();
      beginOnly(json, "resourceLogs");
      json.writeObjectPropertyStart("resource");
      json.writeArrayPropertyStart("attributes");
      attribute(json, "service.name", "counterfoil-" + process);
      json.writeEndArray();
      json.writeEndObject();
      beginOnly(json, "scopeLogs");
      beginOnly(json, "logRecords");
      Instant time = entry.getInstant();
      // The JSON of OTLP has numbers of 64 bits as texts.
      json.writeStringProperty(
          "timeUnixNano", Long.toString(time.getEpochSecond() * 1_000_000_000 + time.getNano()));
      json.writeNumberProperty("severityNumber", severity(entry.getLevel()));
      json.writeStringProperty("severityText", level(entry.getLevel()));
      json.writeStringProperty("eventName", event(entry));
      json.writeObjectPropertyStart("body");
      json.writeStringProperty("stringValue", limited(String.valueOf(formatMessage(entry))));
      json.writeEndObject();
      json.writeArrayPropertyStart("attributes");
      Object @Nullable [] values = entry.getParameters();
      for (int i = 0; values != null && i < values.length; i++) {
        attribute(json, "counterfoil.value." + i, limited(String.valueOf(values[i])));
      }
      @Nullable Throwable thrown = entry.getThrown();
      if (thrown != null) {
        attribute(json, "exception.type", thrown.getClass().getName());
        attribute(json, "exception.message", limited(String.valueOf(thrown.getMessage())));
        attribute(json, "exception.stacktrace", limited(stack(thrown)));
      }
      json.writeEndArray();
      // What is open is closed with the generator.
    }
    return line.toString();
  }

  /** Begins the only object of an array. */
  private static void beginOnly(JsonGenerator json, String array) {
    json.writeArrayPropertyStart(array);
    json.writeStartObject();
  }

  private static void attribute(JsonGenerator json, String key, String value) {
    json.writeStartObject();
    json.writeStringProperty("key", key);
    json.writeObjectPropertyStart("value");
    json.writeStringProperty("stringValue", value);
    json.writeEndObject();
    json.writeEndObject();
  }

  /** OpenTelemetry's logs data model, "Severity Fields". */
  private static int severity(Level level) {
    return switch (level(level)) {
      case "error" -> 17;
      case "warning" -> 13;
      case "info" -> 9;
      default -> 5;
    };
  }

  private static String time(LogRecord entry) {
    Instant time = entry.getInstant().truncatedTo(ChronoUnit.MILLIS);
    String text = time.toString();
    // Always with three digits, so that lines sort as text.
    return text.length() == 20 ? text.substring(0, 19) + ".000Z" : text;
  }

  private static String level(Level level) {
    if (level.intValue() >= Level.SEVERE.intValue()) {
      return "error";
    }
    if (level.intValue() >= Level.WARNING.intValue()) {
      return "warning";
    }
    return level.intValue() >= Level.INFO.intValue() ? "info" : "debug";
  }

  /** Class and method that log, such as {@code key-alarm-watch.say}: the same in each entry. */
  private static String event(LogRecord entry) {
    @Nullable String name =
        entry.getSourceClassName() == null ? entry.getLoggerName() : entry.getSourceClassName();
    if (name == null) {
      return "log";
    }
    String simple = name.substring(Math.max(name.lastIndexOf('.'), name.lastIndexOf('$')) + 1);
    @Nullable String method = entry.getSourceMethodName();
    boolean isNamed = method != null && method.matches("[A-Za-z][A-Za-z0-9]*");
    return RecordKey.kebab(simple) + (isNamed ? "." + RecordKey.kebab(method) : "");
  }

  private static String stack(Throwable thrown) {
    StringWriter stack = new StringWriter();
    thrown.printStackTrace(new PrintWriter(stack, true));
    return stack.toString().strip();
  }

  private static String limited(String text) {
    return text.length() <= TEXT_MAX ? text : text.substring(0, TEXT_MAX) + " [cut]";
  }

  /** Line ends become bars, tabs spaces, other characters that are not shown their numbers. */
  private static void appendSafe(StringBuilder line, String text) {
    text.lines()
        .map(String::strip)
        .filter(part -> !part.isEmpty())
        .forEach(part -> append(line, part));
    if (line.charAt(line.length() - 1) == ' ') {
      line.setLength(line.length() - 1);
    }
  }

  private static void append(StringBuilder line, String part) {
    if (line.charAt(line.length() - 1) != ' ') {
      line.append(" | ");
    }
    part.codePoints()
        .forEach(
            character -> {
              if (character == '\t') {
                line.append(' ');
              } else if (isShown(character)) {
                line.appendCodePoint(character);
              } else {
                line.append("\\u").append("%04x".formatted(character));
              }
            });
  }

  private static boolean isShown(int character) {
    return switch (Character.getType(character)) {
      case Character.CONTROL,
          Character.FORMAT,
          Character.LINE_SEPARATOR,
          Character.PARAGRAPH_SEPARATOR,
          Character.SURROGATE ->
          false;
      default -> true;
    };
  }
}
