package dev.counterfoil.disclosure.record;

import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.format.bytes.JsonObject;
import java.io.IOException;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** All incidents, as the log says them. Belongs to one thread. */
public final class DisclosureRecord {
  private final DisclosureLog log;
  private final Map<String, IncidentRecord> incidents = new LinkedHashMap<>();

  /** Reads the log. */
  public DisclosureRecord(DisclosureLog log) throws IOException {
    this.log = log;
    for (RecordEntry entry : log.entries()) {
      apply(entry);
    }
  }

  private void apply(RecordEntry entry) throws IOException {
    try {
      incidents.computeIfAbsent(entry.incident(), IncidentRecord::new).apply(entry);
    } catch (FormatException | IllegalArgumentException e) {
      throw new IOException(
          "entry " + entry.position() + " of the disclosure log cannot be read: " + e.getMessage(),
          e);
    }
  }

  /** Records something; once this returns, it counts and is durable. */
  public RecordEntry add(
      RecordKind kind,
      String incident,
      Instant at,
      String by,
      JsonObject body,
      Optional<Hash> document)
      throws IOException {
    RecordEntry entry = log.append(kind, incident, at, by, body, document);
    apply(entry);
    return entry;
  }

  /** The log below. */
  public DisclosureLog log() {
    return log;
  }

  /** All incidents, in the order in which they were taken over. */
  public List<IncidentRecord> incidents() {
    return List.copyOf(incidents.values());
  }

  /** One by its name. */
  public Optional<IncidentRecord> incident(String id) {
    return Optional.ofNullable(incidents.get(id));
  }
}
