package dev.counterfoil.log.record;

import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.tree.Leaf;
import java.nio.ByteBuffer;

/** A record of a log's journal: what the log keeps under one leaf. Its first byte says which. */
public sealed interface LogEntry extends Payload
    permits Counterfoil, RecordedDigest, RecordedEvent {
  /** Position in its log, which is the record's index. */
  long position();

  /** When it was recorded, in milliseconds since 1970. */
  long timeMillis();

  /** The leaf under which the log holds it. */
  Leaf leaf();

  /** The record's bytes. */
  default byte[] encode() {
    ByteBuffer target = ByteBuffer.allocate(payloadBytes());
    write(target);
    return target.array();
  }

  /** Reads a record. */
  static LogEntry parse(byte[] payload) throws FormatException {
    byte version = payload.length > 0 ? payload[0] : 0;
    return switch (version) {
      case RecordedDigest.VERSION -> RecordedDigest.parse(payload);
      case RecordedEvent.VERSION, RecordedEvent.VERSION_IN_PLAIN -> RecordedEvent.parse(payload);
      default -> Counterfoil.parse(payload);
    };
  }
}
