package dev.counterfoil.audit;

import dev.counterfoil.format.AuditLeaf;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** What follows from the keys of an event's people, for all events of the same ones. */
final class EventKey {
  private final KeyedHash key;
  private final KeyedHash events;
  private final KeyedHash texts;

  EventKey(KeyedHash key) {
    this.key = key;
    this.events = key.derive("event");
    this.texts = key.derive("texts");
  }

  /** The salt of what a source numbered in one of its logs. */
  byte[] salt(Sequences.Stream stream, long sequence) {
    byte[] derived =
        key.of(
            "salt",
            stream.source().getBytes(StandardCharsets.UTF_8),
            stream.log().getBytes(StandardCharsets.UTF_8),
            ByteBuffer.allocate(Long.BYTES).putLong(sequence).array());
    return Arrays.copyOf(derived, AuditLeaf.SALT_BYTES);
  }

  /** Seals events for the journal. */
  KeyedHash events() {
    return events;
  }

  /** Seals texts of events for the files. */
  KeyedHash texts() {
    return texts;
  }
}
