package dev.counterfoil.scan.gate;

import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.format.bytes.JsonObject;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.charset.StandardCharsets;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;

/**
 * What the gate decided, one line of JSON each, only ever appended to. Each line names the SHA-256
 * of the one before it, so that a line that is changed or taken out shows; who can write the file
 * can write all of it anew, which the system's log and its copies elsewhere show.
 */
final class GateRecord {
  private static final int LINE_BYTES_MAX = 1 << 20;
  private static final String FIRST = "0".repeat(2 * Hash.BYTES);

  private final Path file;

  GateRecord(Path file) {
    this.file = file;
  }

  /** Appends a decision. Durable when this returns. */
  String append(JsonObject.Builder decision) throws IOException {
    try (FileChannel channel =
            FileChannel.open(
                file,
                Set.of(
                    StandardOpenOption.CREATE,
                    StandardOpenOption.READ,
                    StandardOpenOption.WRITE,
                    LinkOption.NOFOLLOW_LINKS),
                PosixFilePermissions.asFileAttribute(
                    PosixFilePermissions.fromString("rw-------")));
        FileLock lock = channel.lock()) {
      String line = decision.put("previous", last(channel)).build() + "\n";
      ByteBuffer bytes = ByteBuffer.wrap(line.getBytes(StandardCharsets.UTF_8));
      long at = channel.size();
      while (bytes.hasRemaining()) {
        at += channel.write(bytes, at);
      }
      channel.force(true);
      if (!lock.isValid()) {
        throw new IOException("the lock on " + file + " was lost");
      }
      return line.strip();
    }
  }

  /** The digest of the last line; what a crash left of a line counts as one. */
  private String last(FileChannel channel) throws IOException {
    long size = channel.size();
    if (size == 0) {
      return FIRST;
    }
    ByteBuffer tail = ByteBuffer.allocate((int) Math.min(size, LINE_BYTES_MAX));
    long from = size - tail.capacity();
    while (tail.hasRemaining() && channel.read(tail, from + tail.position()) >= 0) {
      // Until all of it is there.
    }
    byte[] bytes = tail.array();
    int end = bytes.length;
    if (bytes[end - 1] == '\n') {
      end--;
    } else {
      channel.write(ByteBuffer.wrap(new byte[] {'\n'}), size);
    }
    int begin = end;
    while (begin > 0 && bytes[begin - 1] != '\n') {
      begin--;
    }
    if (begin == 0 && from > 0) {
      throw new IOException("the last line of " + file + " is too long to be one of the gate's");
    }
    byte[] line = new byte[end - begin];
    System.arraycopy(bytes, begin, line, 0, line.length);
    return Hash.sha256(line).hex();
  }
}
