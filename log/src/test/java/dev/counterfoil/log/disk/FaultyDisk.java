package dev.counterfoil.log.disk;

import dev.counterfoil.log.Machine;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.NoSuchFileException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.UnaryOperator;

/**
 * A disk in memory that keeps exactly what {@link Disk} promises and nothing more: unsynced writes
 * are lost, torn into sectors and reordered by a power failure.
 */
public final class FaultyDisk implements Disk {
  private static final int SECTOR_BYTES = 512;

  private final Machine machine;
  private final String name;
  public final Map<String, Content> files = new HashMap<>();
  public boolean locked;

  public FaultyDisk(Machine machine, String name) {
    this.machine = machine;
    this.name = name;
  }

  /** A file: what reads see, what is durable, and what was written in between. */
  public static final class Content {
    public byte[] seen = new byte[0];
    public byte[] durable = new byte[0];
    boolean published;
    final List<Write> unsynced = new ArrayList<>();
  }

  @SuppressWarnings("ArrayRecordComponent") // never compared
  record Write(long offset, byte[] bytes) {}

  private static byte[] written(byte[] content, long offset, byte[] bytes) {
    byte[] grown = content;
    int end = Math.toIntExact(offset + bytes.length);
    if (end > content.length) {
      grown = Arrays.copyOf(content, end);
    }
    System.arraycopy(bytes, 0, grown, (int) offset, bytes.length);
    return grown;
  }

  /** Writes each sector or not. */
  private byte[] writtenInPart(byte[] content, Write write) {
    byte[] result = content;
    for (int at = 0; at < write.bytes().length; ) {
      long offset = write.offset() + at;
      int end = (int) Math.min(write.bytes().length, at + SECTOR_BYTES - offset % SECTOR_BYTES);
      if (machine.random.nextBoolean()) {
        result = written(result, offset, Arrays.copyOfRange(write.bytes(), at, end));
      }
      at = end;
    }
    return result;
  }

  public void losePower() {
    for (Content file : files.values()) {
      byte[] content = file.durable;
      if (file.published) {
        content =
            switch (machine.random.nextInt(3)) {
              case 0 -> file.seen;
              case 1 -> new byte[0];
              default -> file.durable;
            };
      }
      for (Write write : file.unsynced) {
        content = writtenInPart(content, write);
      }
      content = content.clone();
      file.published = false;
      file.unsynced.clear();
      file.durable = content;
      file.seen = content.clone();
    }
  }

  /** The files as a copy of the running machine's disk has them. */
  public Map<String, byte[]> image() {
    Map<String, byte[]> image = new HashMap<>();
    files.forEach((file, content) -> image.put(file, content.seen.clone()));
    return image;
  }

  /** Puts a copy back, as whoever restores a backup or rewinds a virtual machine does. */
  public void putBack(Map<String, byte[]> image) {
    files.clear();
    image.forEach(
        (file, bytes) -> {
          Content content = new Content();
          content.seen = bytes.clone();
          content.durable = bytes.clone();
          files.put(file, content);
        });
  }

  /** What a reader of a file sees. */
  public byte[] seen(String file) {
    return Objects.requireNonNull(files.get(file), file).seen;
  }

  /** What of a file survives a power failure for sure. */
  public byte[] durable(String file) {
    return Objects.requireNonNull(files.get(file), file).durable;
  }

  /** Changes a file behind the log's back. */
  public void damage(String file, UnaryOperator<byte[]> change) {
    Content content = Objects.requireNonNull(files.get(file), file);
    content.seen = change.apply(content.seen.clone());
    content.durable = content.seen.clone();
    content.unsynced.clear();
  }

  /** Flips one bit of a file. */
  public void flip(String file, long bit) {
    damage(
        file,
        bytes -> {
          bytes[(int) (bit / 8)] ^= (byte) (1 << (bit % 8));
          return bytes;
        });
  }

  private Content file(String file) throws IOException {
    Content content = files.get(file);
    if (content == null) {
      throw new NoSuchFileException(file);
    }
    return content;
  }

  /** An operation on names happens or not; one that fails or crashes may have happened. */
  private void named(Runnable effect) throws IOException {
    Machine.Fate fate = machine.operation();
    if (fate == Machine.Fate.DONE || machine.random.nextBoolean()) {
      effect.run();
    }
    Machine.end(fate);
  }

  @Override
  public List<String> names() {
    return List.copyOf(files.keySet());
  }

  @Override
  public DiskFile open(String file) throws IOException {
    return new OpenFile(file(file));
  }

  @Override
  public DiskFile openOrCreate(String file) throws IOException {
    if (!files.containsKey(file)) {
      named(() -> files.put(file, new Content()));
    }
    return open(file);
  }

  @Override
  public DiskFile openToRead(String file) throws IOException {
    return open(file);
  }

  @Override
  public void createZeroed(String file, long sizeBytes) throws IOException {
    Machine.Fate fate = machine.operation();
    Content content = new Content();
    long written = fate == Machine.Fate.DONE ? sizeBytes : machine.random.nextLong(sizeBytes + 1);
    content.durable = new byte[Math.toIntExact(written)];
    content.seen = content.durable.clone();
    files.put(file, content);
    Machine.end(fate);
  }

  @Override
  public void rename(String from, String to) throws IOException {
    Content content = file(from);
    named(
        () -> {
          files.remove(from);
          files.put(to, content);
        });
  }

  @Override
  public void delete(String file) throws IOException {
    named(() -> files.remove(file));
  }

  @Override
  public byte[] read(String file, int bytesMax) throws IOException {
    byte[] content = file(file).seen.clone();
    if (content.length > bytesMax) {
      throw new IOException(file + " is too long");
    }
    return content;
  }

  @Override
  public void replace(String file, byte[] bytes) throws IOException {
    named(
        () -> {
          Content content = new Content();
          content.durable = bytes.clone();
          content.seen = bytes.clone();
          files.put(file, content);
        });
  }

  @Override
  public void publish(String file, byte[] bytes) throws IOException {
    named(
        () -> {
          Content content = new Content();
          Content before = files.get(file);
          content.durable = before == null ? new byte[0] : before.durable;
          content.published = true;
          content.seen = bytes.clone();
          files.put(file, content);
        });
  }

  @Override
  public long freeBytes() {
    return machine.freeBytes;
  }

  @Override
  public DiskLock lock() throws IOException {
    if (locked) {
      throw new FolderInUseException("another process writes to " + name);
    }
    locked = true;
    return () -> locked = false;
  }

  @Override
  public String toString() {
    return name;
  }

  private final class OpenFile implements DiskFile {
    private final Content content;

    OpenFile(Content content) {
      this.content = content;
    }

    @Override
    public void write(ByteBuffer source, long offset) throws IOException {
      byte[] bytes = new byte[source.remaining()];
      source.get(bytes);
      Machine.Fate fate = machine.operation();
      if (fate != Machine.Fate.DONE) {
        bytes = Arrays.copyOf(bytes, machine.random.nextInt(bytes.length + 1));
      }
      if (bytes.length > 0) {
        content.seen = written(content.seen, offset, bytes);
        content.unsynced.add(new Write(offset, bytes));
      }
      Machine.end(fate);
    }

    @Override
    public int read(ByteBuffer target, long offset) {
      int count = (int) Math.max(0, Math.min(target.remaining(), content.seen.length - offset));
      if (count > 0) {
        target.put(content.seen, (int) offset, count);
      }
      return count;
    }

    @Override
    public void sync() throws IOException {
      Machine.Fate fate = machine.operation();
      for (Write write : content.unsynced) {
        content.durable =
            fate == Machine.Fate.DONE
                ? written(content.durable, write.offset(), write.bytes())
                : writtenInPart(content.durable, write);
      }
      if (fate == Machine.Fate.FAILED && machine.random.nextBoolean()) {
        // The kernel drops pages that it could not write, or goes on showing them as if it had.
        content.seen = content.durable.clone();
      }
      if (fate != Machine.Fate.CRASHED) {
        content.unsynced.clear();
      }
      Machine.end(fate);
    }

    @Override
    public long sizeBytes() {
      return content.seen.length;
    }

    @Override
    public void close() {}
  }
}
