package dev.counterfoil.operations.shipping;

import dev.counterfoil.format.audit.AuditEvent;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.bytes.StrictJson;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Events of OCSF that somebody else recorded, as this audit log takes them. Each is left as it is,
 * but for what its metadata lack (the tenant, a number) and for what another log wrote where this
 * one writes, which is kept under {@code unmapped}.
 */
public final class OcsfLines implements FileShipping.Mapping {
  private static final List<String> OF_THE_AUDITOR = List.of("logged_time", "reporter");

  private final String tenant;
  private final Map<String, Long> last = new HashMap<>();

  /** For one file. */
  public OcsfLines(String tenant) {
    this.tenant = tenant;
  }

  @Override
  public List<JsonObject> events(byte[] record, FileShipping.Place place) throws FormatException {
    JsonObject event = StrictJson.object(record, AuditEvent.BYTES_MAX);
    JsonObject metadata = event.object("metadata");
    JsonObject others = JsonObject.builder().build();
    for (String name : OF_THE_AUDITOR) {
      Object value = metadata.get(name);
      if (value != null) {
        others = others.with(name, value);
      }
    }
    if (!others.names().isEmpty()) {
      JsonObject unmapped = event.optionalObject("unmapped").orElse(JsonObject.builder().build());
      event = event.with("unmapped", unmapped.with("metadata", others));
      metadata = metadata.without(OF_THE_AUDITOR.toArray(String[]::new));
    }
    if (!metadata.has("tenant_uid")) {
      metadata = metadata.with("tenant_uid", tenant);
    }
    return List.of(event.with("metadata", numbered(metadata, place)));
  }

  /** Numbers that do not rise would be held for repetitions, and what has them would be lost. */
  private JsonObject numbered(JsonObject metadata, FileShipping.Place place)
      throws FormatException {
    if (!metadata.has("sequence")) {
      return metadata.with("sequence", place.line()).with("log_name", place.logName());
    }
    long sequence = metadata.number("sequence");
    Long before = last.put(metadata.optionalString("log_name").orElse(""), sequence);
    if (before != null && sequence <= before) {
      throw new FormatException(
          "metadata.sequence is not above the one before it. Without that member,"
              + " lines are numbered by their place");
    }
    return metadata;
  }
}
