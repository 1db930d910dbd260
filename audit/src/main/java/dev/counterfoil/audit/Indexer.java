package dev.counterfoil.audit;

import dev.counterfoil.format.FormatException;
import dev.counterfoil.format.JsonObject;
import dev.counterfoil.log.JournalReader;
import dev.counterfoil.log.RecordedEvent;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/**
 * Follows the journal into the store: what is durable is found a moment later. One thread steps;
 * another asks for the {@link #mark} to which the store may be compacted.
 */
final class Indexer {
  private static final int AT_ONCE = 5000;

  private final JournalReader journal;
  private final EventStore store;
  private final Sequences sequences;
  private long indexed;

  /**
   * A state of the index.
   *
   * @param size positions below are in the store
   * @param sequences what numbers they have
   */
  record Mark(long size, JsonObject sequences) {}

  Indexer(JournalReader journal, EventStore store) throws IOException {
    this.journal = journal;
    this.store = store;
    this.indexed = store.manifest().size();
    this.sequences = sequencesOf(store.manifest().sequences());
  }

  private static Sequences sequencesOf(JsonObject json) throws IOException {
    try {
      return Sequences.of(json);
    } catch (FormatException e) {
      throw new IOException("the audit store's manifest cannot be read", e);
    }
  }

  /** Takes up what is durable; whether there was something. */
  synchronized boolean step(long size) throws IOException {
    if (indexed >= size) {
      return false;
    }
    long to = Math.min(size, indexed + AT_ONCE);
    List<StoredEvent> events = new ArrayList<>();
    journal.scan(
        indexed,
        to,
        (position, payload) -> {
          try {
            events.add(EventStore.stored(RecordedEvent.parse(payload)));
          } catch (FormatException e) {
            throw new IOException("record " + position + " of the audit log is no event", e);
          }
        });
    store.add(events);
    events.forEach(one -> sequences.recorded(one.event()));
    indexed = to;
    return true;
  }

  /** How far it is. */
  synchronized long indexed() {
    return indexed;
  }

  /** A state to compact to. */
  synchronized Mark mark() {
    return new Mark(indexed, sequences.toJson());
  }

  /** What is recorded, to go on from. */
  synchronized Sequences copyOfSequences() {
    return sequences.copy();
  }
}
