package dev.counterfoil.disclosure.record;

import dev.counterfoil.disclosure.SignedDisclosure;
import dev.counterfoil.disclosure.promises.SaidOfPromises;
import dev.counterfoil.disclosure.weaknesses.Weakness;
import dev.counterfoil.disclosure.weaknesses.WeaknessReport;
import dev.counterfoil.disclosure.weaknesses.WeaknessState;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.format.bytes.JsonObject;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** All incidents, as the log says them. Belongs to one thread. */
public final class DisclosureRecord {
  private final DisclosureLog log;
  private final List<SaidAt> said = new ArrayList<>();
  private final Set<String> paged = new HashSet<>();
  private final Map<String, Weakness> weaknesses = new LinkedHashMap<>();
  private final Map<String, IncidentRecord> incidents = new LinkedHashMap<>();

  /**
   * What was said of the promises.
   *
   * @param position of its entry, for the receipt
   * @param signed how it was signed, without its receipt
   */
  public record SaidAt(long position, SaidOfPromises said, SignedDisclosure signed) {
    /** What is recorded of it. */
    public static JsonObject body(SaidOfPromises said, SignedDisclosure signed) {
      return JsonObject.builder().put("said", said.toJson()).put("signed", signed.text()).build();
    }

    private static SaidAt of(RecordEntry entry) throws FormatException {
      return new SaidAt(
          entry.position(),
          SaidOfPromises.parse(entry.body().object("said")),
          SignedDisclosure.parse(entry.body().string("signed").getBytes(StandardCharsets.UTF_8)));
    }
  }

  /** Reads the log. */
  public DisclosureRecord(DisclosureLog log) throws IOException {
    this.log = log;
    for (RecordEntry entry : log.entries()) {
      apply(entry);
    }
  }

  private void apply(RecordEntry entry) throws IOException {
    try {
      switch (entry.kind()) {
        case PAGED -> paged.addAll(entry.body().strings("calls"));
        case PROMISES -> said.add(SaidAt.of(entry));
        case WEAKNESS ->
            weaknesses.put(
                entry.incident(),
                Weakness.received(
                    entry.incident(),
                    WeaknessReport.parse(entry.body().object("report")),
                    entry.at(),
                    entry.by()));
        case WEAKNESS_MOVE -> moved(entry);
        default -> incidents.computeIfAbsent(entry.incident(), IncidentRecord::new).apply(entry);
      }
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

  private void moved(RecordEntry entry) throws FormatException {
    Weakness before = weaknesses.get(entry.incident());
    if (before == null) {
      throw new FormatException("a decision is about a report that there is none of");
    }
    Optional<Long> embargo = entry.body().optionalNumber("embargo");
    weaknesses.put(
        before.id(),
        embargo.isPresent()
            ? before.embargoed(Instant.ofEpochSecond(embargo.get()))
            : before.moved(
                new Weakness.Move(
                    WeaknessState.of(entry.body().string("state")),
                    entry.at(),
                    entry.by(),
                    entry.body().string("why"))));
  }

  /** Weaknesses that were reported, the first first. */
  public List<Weakness> weaknesses() {
    return List.copyOf(weaknesses.values());
  }

  /** What was said of the promises, the first first. */
  public List<SaidAt> said() {
    return List.copyOf(said);
  }

  /** Names of the calls that people on duty got. */
  public Set<String> paged() {
    return Set.copyOf(paged);
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
