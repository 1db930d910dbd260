package dev.counterfoil.cli;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Lines of a file that another program writes and that is rotated now and then: moved away, so that
 * another takes its name, or cut to nothing. What was moved is read to its end first, also after a
 * start, as long as it lies in the same folder.
 */
final class FollowedFile implements Closeable {
  /** How long a file that was moved away must have been quiet before it counts as finished. */
  private final Duration quiet;

  private final Path file;
  private final int lineBytesMax;
  private @Nullable FileChannel channel;
  private String key = "";
  private long offset;
  private long quietSince;

  /**
   * Where to go on.
   *
   * @param key which file it was: the system's number of it
   * @param offset in it
   */
  record Place(String key, long offset) {}

  /**
   * Lines that were read.
   *
   * @param lines without their ends; one that is too long is empty
   * @param after where to go on when they are done with
   * @param lost whether something before them is gone: a file that was moved and removed, or cut
   */
  record Read(List<byte[]> lines, Place after, boolean lost) {}

  FollowedFile(Path file, Place from, int lineBytesMax, Duration quiet) {
    this.file = file;
    this.key = from.key();
    this.offset = from.offset();
    this.lineBytesMax = lineBytesMax;
    this.quiet = quiet;
  }

  private static Optional<String> keyOf(Path path) throws IOException {
    try {
      Object key = Files.readAttributes(path, BasicFileAttributes.class).fileKey();
      return Optional.of(String.valueOf(key));
    } catch (NoSuchFileException e) {
      return Optional.empty();
    }
  }

  /** Whole lines from here on; none where there is nothing new. */
  Read read(int linesMax, int bytesMax) throws IOException {
    boolean lost = false;
    FileChannel open = channel;
    if (open == null) {
      Optional<Path> found = find();
      if (found.isEmpty()) {
        Optional<String> now = keyOf(file);
        if (now.isEmpty()) {
          return new Read(List.of(), new Place(key, offset), false);
        }
        lost = !key.isEmpty();
        key = now.get();
        offset = 0;
        found = Optional.of(file);
      }
      open = FileChannel.open(found.get(), StandardOpenOption.READ);
      channel = open;
    }
    if (open.size() < offset) {
      lost = true;
      offset = 0;
    }
    List<byte[]> lines = lines(open, linesMax, bytesMax);
    if (lines.isEmpty()) {
      next(open);
    } else {
      quietSince = 0;
    }
    return new Read(lines, new Place(key, offset), lost);
  }

  /** The file that was read last, under whatever name in its folder. */
  private Optional<Path> find() throws IOException {
    if (key.isEmpty()) {
      return Optional.empty();
    }
    if (keyOf(file).filter(key::equals).isPresent()) {
      return Optional.of(file);
    }
    Path folder = file.toAbsolutePath().getParent();
    try (Stream<Path> beside = Files.list(folder)) {
      for (Path path : beside.filter(Files::isRegularFile).toList()) {
        if (keyOf(path).filter(key::equals).isPresent()) {
          return Optional.of(path);
        }
      }
    }
    return Optional.empty();
  }

  private List<byte[]> lines(FileChannel open, int linesMax, int bytesMax) throws IOException {
    List<byte[]> lines = new ArrayList<>();
    ByteBuffer buffer = ByteBuffer.allocate(bytesMax);
    while (buffer.hasRemaining() && open.read(buffer, offset + buffer.position()) > 0) {
      // Until the buffer is full or the file has no more.
    }
    byte[] bytes = buffer.array();
    int from = 0;
    for (int at = 0; at < buffer.position() && lines.size() < linesMax; at++) {
      if (bytes[at] == '\n') {
        int length = at - from;
        byte[] line = new byte[length > lineBytesMax ? 0 : length];
        System.arraycopy(bytes, from, line, 0, line.length);
        lines.add(line);
        from = at + 1;
      }
    }
    if (from == 0 && !buffer.hasRemaining()) {
      // A line without an end that is longer than all that is read at once is none.
      lines.add(new byte[0]);
      from = bytesMax;
    }
    offset += from;
    return lines;
  }

  /** Goes on with the file that has the name now, when the old one has been quiet. */
  private void next(FileChannel open) throws IOException {
    Optional<String> now = keyOf(file);
    if (now.isEmpty() || now.get().equals(key)) {
      quietSince = 0;
      return;
    }
    long time = System.nanoTime();
    if (quietSince == 0) {
      quietSince = time;
    } else if (time - quietSince > quiet.toNanos()) {
      open.close();
      channel = null;
      key = now.get();
      offset = 0;
      quietSince = 0;
    }
  }

  @Override
  public void close() throws IOException {
    if (channel != null) {
      channel.close();
    }
  }
}
