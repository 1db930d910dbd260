package dev.counterfoil.registrar;

import dev.counterfoil.format.bytes.JsonObject;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;

/**
 * What operators asked for, one line of JSON each, durable before it is carried out. People type
 * it, so it grows by kilobytes a year and has no limit of its own.
 */
final class OperatorRecord implements AutoCloseable {
  /** Its name in the registrar's folder. */
  static final String FILE = "operators.jsonl";

  private final FileChannel file;

  private OperatorRecord(FileChannel file) {
    this.file = file;
  }

  static OperatorRecord open(Path folder) throws IOException {
    Path path = folder.resolve(FILE);
    if (!Files.exists(path)) {
      Files.createFile(
          path, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
    }
    FileChannel file = FileChannel.open(path, StandardOpenOption.READ, StandardOpenOption.WRITE);
    file.position(end(file));
    return new OperatorRecord(file);
  }

  /** Behind the last whole line: what a crash tore off was not carried out. */
  private static long end(FileChannel file) throws IOException {
    long end = file.size();
    ByteBuffer one = ByteBuffer.allocate(1);
    while (end > 0) {
      one.clear();
      if (file.read(one, end - 1) == 1 && one.get(0) == '\n') {
        break;
      }
      end--;
    }
    file.truncate(end);
    return end;
  }

  /** Adds a line. When this returns, it is on the disk. */
  void add(JsonObject line) throws IOException {
    ByteBuffer bytes = ByteBuffer.wrap((line + "\n").getBytes(StandardCharsets.UTF_8));
    while (bytes.hasRemaining()) {
      file.write(bytes);
    }
    file.force(true);
  }

  @Override
  public void close() throws IOException {
    file.close();
  }
}
