package dev.counterfoil.log.disk;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;

/** An open file of a {@link Disk}. Reads may run beside a write; there is one writer. */
public interface DiskFile extends Closeable {
  /** Writes all that remains in the buffer at an offset of the file. */
  void write(ByteBuffer source, long offset) throws IOException;

  /**
   * Reads at an offset until the buffer or the file ends; the number of bytes read, 0 at the end.
   */
  int read(ByteBuffer target, long offset) throws IOException;

  /** Makes all writes to this file durable ({@code fdatasync}). */
  void sync() throws IOException;

  /** Length in bytes. */
  long sizeBytes() throws IOException;
}
