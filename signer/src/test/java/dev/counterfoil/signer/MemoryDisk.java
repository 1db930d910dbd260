package dev.counterfoil.signer;

import dev.counterfoil.log.disk.Disk;
import dev.counterfoil.log.disk.DiskFile;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.NoSuchFileException;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** A disk in memory on which everything is durable at once. */
public final class MemoryDisk implements Disk {
  private final Map<String, Content> files = new TreeMap<>();

  private static final class Content implements DiskFile {
    private byte[] bytes = new byte[0];
    private int size;

    @Override
    public void write(ByteBuffer source, long offset) {
      int end = Math.toIntExact(offset) + source.remaining();
      if (end > bytes.length) {
        bytes = Arrays.copyOf(bytes, Math.max(end, 2 * bytes.length));
      }
      size = Math.max(size, end);
      source.get(bytes, Math.toIntExact(offset), source.remaining());
    }

    @Override
    public int read(ByteBuffer target, long offset) {
      int count = Math.max(0, Math.min(target.remaining(), size - Math.toIntExact(offset)));
      target.put(bytes, Math.toIntExact(offset), count);
      return count;
    }

    @Override
    public void sync() {}

    @Override
    public long sizeBytes() {
      return size;
    }

    @Override
    public void close() {}
  }

  /** The same files on another disk. */
  public MemoryDisk copy() {
    MemoryDisk copy = new MemoryDisk();
    files.forEach(
        (name, content) -> copy.replace(name, Arrays.copyOf(content.bytes, content.size)));
    return copy;
  }

  @Override
  public List<String> names() {
    return List.copyOf(files.keySet());
  }

  @Override
  public DiskFile open(String name) throws IOException {
    return content(name);
  }

  private Content content(String name) throws NoSuchFileException {
    Content content = files.get(name);
    if (content == null) {
      throw new NoSuchFileException(name);
    }
    return content;
  }

  @Override
  public DiskFile openOrCreate(String name) {
    return files.computeIfAbsent(name, n -> new Content());
  }

  @Override
  public DiskFile openToRead(String name) throws IOException {
    return content(name);
  }

  @Override
  public void createZeroed(String name, long sizeBytes) throws IOException {
    Content content = new Content();
    content.bytes = new byte[Math.toIntExact(sizeBytes)];
    content.size = content.bytes.length;
    files.put(name, content);
  }

  @Override
  public void rename(String from, String to) throws IOException {
    Content content = content(from);
    files.remove(from);
    files.put(to, content);
  }

  @Override
  public void delete(String name) {
    files.remove(name);
  }

  @Override
  public byte[] read(String name, int bytesMax) throws IOException {
    Content content = content(name);
    if (content.size > bytesMax) {
      throw new FileNotFoundException(name + " is longer than " + bytesMax + " bytes");
    }
    return Arrays.copyOf(content.bytes, content.size);
  }

  @Override
  public void replace(String name, byte[] content) {
    Content file = new Content();
    file.bytes = content.clone();
    file.size = content.length;
    files.put(name, file);
  }

  @Override
  public void publish(String name, byte[] content) {
    replace(name, content);
  }

  @Override
  public long freeBytes() {
    return Long.MAX_VALUE / 2;
  }

  @Override
  public DiskLock lock() {
    return () -> {};
  }
}
