package dev.counterfoil.log.record;

import java.nio.ByteBuffer;

/** Bytes of a record, written into the batch without a copy in between. */
public interface Payload {
  /** Exact number of bytes that {@link #write} will write. */
  int payloadBytes();

  /** Writes the payload. */
  void write(ByteBuffer target);
}
