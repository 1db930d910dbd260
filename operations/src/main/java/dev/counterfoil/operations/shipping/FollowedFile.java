package dev.counterfoil.operations.shipping;

import dev.counterfoil.format.bytes.Hash;
import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Lines of a file that another program writes and that is rotated now and then: moved away, so that
 * another takes its name, or cut to nothing. What was moved is read to its end first, also after a
 * start and when it was moved several times meanwhile, as long as it lies in the same folder.
 */
final class FollowedFile implements Closeable {
  /** By how many of its first bytes a file is known again: its number may be another's by now. */
  private static final int HEAD_BYTES = 256;

  /** What a rotation appends to a name: a number or a date. */
  private static final Pattern ROTATED = Pattern.compile("[.-][0-9][0-9._T:-]*");

  /** How long a file that was moved away must have been quiet before it counts as finished. */
  private final Duration quiet;

  private final Path file;
  private final int lineBytesMax;
  private @Nullable FileChannel channel;
  private String key = "";
  private String head = "";
  private long offset;
  private long quietSince;

  /**
   * Where to go on.
   *
   * @param key which file it was: the system's number of it
   * @param head SHA-256 of its first bytes, up to the offset; empty where that is not known
   * @param offset in it
   */
  record Place(String key, String head, long offset) {
    static final Place BEGIN = new Place("", "", 0);
  }

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
    this.head = from.head();
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
          return new Read(List.of(), place(), false);
        }
        lost = !key.isEmpty();
        begin(now.get());
        found = Optional.of(file);
      }
      open = open(found.get());
      channel = open;
    }
    if (!isTheSame(open)) {
      lost = true;
      begin(key);
    }
    List<byte[]> lines = lines(open, linesMax, bytesMax);
    head = headOf(open);
    if (lines.isEmpty()) {
      lines = next(open);
    } else {
      quietSince = 0;
    }
    return new Read(lines, place(), lost);
  }

  private Place place() {
    return new Place(key, head, offset);
  }

  private void begin(String which) {
    key = which;
    head = "";
    offset = 0;
  }

  private static FileChannel open(Path path) throws IOException {
    if (!Files.isRegularFile(path)) {
      throw new IOException(path + " is no file");
    }
    return FileChannel.open(path, StandardOpenOption.READ);
  }

  /** Whether what was read of it stands there still. */
  private boolean isTheSame(FileChannel open) throws IOException {
    return open.size() >= offset && (head.isEmpty() || head.equals(headOf(open)));
  }

  private String headOf(FileChannel open) throws IOException {
    ByteBuffer bytes = ByteBuffer.allocate((int) Math.min(HEAD_BYTES, offset));
    while (bytes.hasRemaining() && open.read(bytes, bytes.position()) > 0) {
      // Until all is read or the file has no more.
    }
    return Hash.sha256(Arrays.copyOf(bytes.array(), bytes.position())).hex();
  }

  /** The file that was read last, under whatever name in its folder. */
  private Optional<Path> find() throws IOException {
    if (key.isEmpty()) {
      return Optional.empty();
    }
    if (isIt(file)) {
      return Optional.of(file);
    }
    for (Path path : beside()) {
      if (isIt(path)) {
        return Optional.of(path);
      }
    }
    return Optional.empty();
  }

  private boolean isIt(Path path) throws IOException {
    if (!Files.isRegularFile(path) || keyOf(path).filter(key::equals).isEmpty()) {
      return false;
    }
    try (FileChannel opened = open(path)) {
      return isTheSame(opened);
    }
  }

  private List<Path> beside() throws IOException {
    Path folder = file.toAbsolutePath().getParent();
    try (Stream<Path> all = Files.list(folder)) {
      return all.filter(Files::isRegularFile).toList();
    }
  }

  /**
   * What comes after a file that is finished: the oldest that was moved since, or what has the
   * name.
   */
  private Path after(String finished) throws IOException {
    String name = String.valueOf(file.getFileName());
    Map<FileTime, Path> moved = new TreeMap<>();
    Optional<FileTime> ended = Optional.empty();
    for (Path path : beside()) {
      String other = String.valueOf(path.getFileName());
      if (!other.startsWith(name) || !ROTATED.matcher(other.substring(name.length())).matches()) {
        continue;
      }
      FileTime time = Files.getLastModifiedTime(path);
      if (keyOf(path).filter(finished::equals).isPresent()) {
        ended = Optional.of(time);
      } else {
        moved.put(time, path);
      }
    }
    if (ended.isPresent()) {
      for (Map.Entry<FileTime, Path> one : moved.entrySet()) {
        if (one.getKey().compareTo(ended.get()) > 0) {
          return one.getValue();
        }
      }
    }
    return file;
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

  /** Whether what was read ends inside of a line. */
  boolean endsInside() throws IOException {
    FileChannel open = channel;
    return open != null && open.size() > offset;
  }

  /**
   * Goes on with the file that has the name now, when the old one has been quiet. A last line of
   * that one that has no end is given before: it gets none any more.
   */
  private List<byte[]> next(FileChannel open) throws IOException {
    Optional<String> now = keyOf(file);
    if (now.isEmpty() || now.get().equals(key)) {
      quietSince = 0;
      return List.of();
    }
    long time = System.nanoTime();
    if (quietSince == 0) {
      quietSince = time;
    } else if (time - quietSince > quiet.toNanos()) {
      quietSince = 0;
      if (endsInside()) {
        return List.of(rest(open));
      }
      open.close();
      channel = null;
      begin(keyOf(after(key)).orElse(now.get()));
    }
    return List.of();
  }

  /** All that is left, as a line; empty where it is too long for one. */
  private byte[] rest(FileChannel open) throws IOException {
    long left = open.size() - offset;
    ByteBuffer line = ByteBuffer.allocate(left > lineBytesMax ? 0 : (int) left);
    while (line.hasRemaining() && open.read(line, offset + line.position()) > 0) {
      // Until all is read or the file has no more.
    }
    offset += left;
    head = headOf(open);
    return Arrays.copyOf(line.array(), line.position());
  }

  @Override
  public void close() throws IOException {
    if (channel != null) {
      channel.close();
    }
  }
}
