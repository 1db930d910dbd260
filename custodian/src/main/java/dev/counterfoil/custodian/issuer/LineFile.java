package dev.counterfoil.custodian.issuer;

import dev.counterfoil.format.bytes.JsonObject;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;

/** A file for its owner alone, to which one JSON object a line is added, durably. */
public final class LineFile implements AutoCloseable {
  private final FileChannel file;

  /** Opens it. Half a line that a power cut left ends here, so that the next one is whole. */
  public LineFile(Path path) throws IOException {
    file =
        FileChannel.open(
            path,
            Set.of(StandardOpenOption.CREATE, StandardOpenOption.WRITE, StandardOpenOption.APPEND),
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
    try {
      if (!endsWithLine(path)) {
        write(ByteBuffer.wrap(new byte[] {'\n'}));
        file.force(false);
      }
    } catch (IOException e) {
      file.close();
      throw e;
    }
  }

  private static boolean endsWithLine(Path path) throws IOException {
    try (FileChannel written = FileChannel.open(path, StandardOpenOption.READ)) {
      ByteBuffer last = ByteBuffer.allocate(1);
      return written.size() == 0
          || (written.read(last, written.size() - 1) == 1 && last.get(0) == '\n');
    }
  }

  private void write(ByteBuffer bytes) throws IOException {
    while (bytes.hasRemaining()) {
      file.write(bytes);
    }
  }

  /** Adds one; it is durable when this returns, and nothing of it is left when it fails. */
  public synchronized void add(JsonObject line) throws IOException {
    ByteBuffer bytes = ByteBuffer.wrap((line + "\n").getBytes(StandardCharsets.UTF_8));
    long before = file.size();
    boolean isWritten = false;
    try {
      write(bytes);
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
