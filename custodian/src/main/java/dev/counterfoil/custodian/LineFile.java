package dev.counterfoil.custodian;

import dev.counterfoil.format.JsonObject;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;

/** A file for its owner alone, to which one JSON object a line is added, durably. */
final class LineFile implements AutoCloseable {
  private final FileChannel file;

  LineFile(Path path) throws IOException {
    file =
        FileChannel.open(
            path,
            Set.of(StandardOpenOption.CREATE, StandardOpenOption.WRITE, StandardOpenOption.APPEND),
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
  }

  /** Adds one; it is durable when this returns, and nothing of it is left when it fails. */
  synchronized void add(JsonObject line) throws IOException {
    ByteBuffer bytes = ByteBuffer.wrap((line + "\n").getBytes(StandardCharsets.UTF_8));
    long before = file.size();
    boolean isWritten = false;
    try {
      while (bytes.hasRemaining()) {
        file.write(bytes);
      }
      file.force(false);
      isWritten = true;
    } finally {
      if (!isWritten && file.isOpen()) {
        // Of a full disk: the next line would go on behind half of this one.
        file.truncate(before);
      }
    }
  }

  @Override
  public void close() throws IOException {
    file.close();
  }
}
