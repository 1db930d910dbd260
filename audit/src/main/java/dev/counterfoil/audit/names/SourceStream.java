package dev.counterfoil.audit.names;

import dev.counterfoil.format.audit.AuditEvent;
import dev.counterfoil.format.bytes.JsonObject;

/**
 * A stream of numbers.
 *
 * @param source who reports
 * @param log which of his logs; empty for the only one
 */
public record SourceStream(String source, String log) {
  public static SourceStream of(String source, AuditEvent event) {
    return new SourceStream(source, logOf(event));
  }

  private static String logOf(AuditEvent event) {
    return event.json().get("metadata") instanceof JsonObject metadata
            && metadata.get("log_name") instanceof String name
        ? name
        : "";
  }
}
