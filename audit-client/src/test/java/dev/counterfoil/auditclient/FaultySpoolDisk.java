package dev.counterfoil.auditclient;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.NoSuchFileException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.random.RandomGenerator;

/**
 * A disk in memory that keeps exactly what {@link SpoolDisk} promises and nothing more: unsynced
 * writes are lost, torn into sectors and reordered by a power failure; a full disk takes what still
 * fits and no more; an operation that fails may have happened in part.
 */
final class FaultySpoolDisk implements SpoolDisk {
  private static final int SECTOR_BYTES = 512;

  /** The process ends here: nothing may catch it. */
  static final class CrashError extends Error {
    private static final long serialVersionUID = 1L;

    CrashError() {
      super("the machine crashed", null, false, false);
    }
  }

  private static final class Content {
    byte[] seen = new byte[0];
    byte[] durable = new byte[0];
    boolean published;
    final List<Write> unsynced = new ArrayList<>();
  }

  @SuppressWarnings("ArrayRecordComponent") // never compared
  private record Write(long offset, byte[] bytes) {}

  private final RandomGenerator random;
  private Map<String, Content> files = new HashMap<>();
  private Set<String> durableNames = new HashSet<>();
  private boolean locked;

  /** Bytes that fit on it. */
  private long capacity = Long.MAX_VALUE;

  private boolean syncsFail;
  private int failOneIn = Integer.MAX_VALUE;
  private int crashOneIn = Integer.MAX_VALUE;

  FaultySpoolDisk(RandomGenerator random) {
    this.random = random;
  }

  private enum Fate {
    DONE,
    FAILED,
    CRASHED
  }

  private Fate operation() {
    if (crashOneIn < Integer.MAX_VALUE && random.nextInt(crashOneIn) == 0) {
      return Fate.CRASHED;
    }
    return failOneIn < Integer.MAX_VALUE && random.nextInt(failOneIn) == 0
        ? Fate.FAILED
        : Fate.DONE;
  }

  private static void end(Fate fate) throws IOException {
    switch (fate) {
      case DONE -> {}
      case FAILED -> throw new IOException("simulated input/output error");
      case CRASHED -> throw new CrashError();
    }
  }

  /**
   * Each operation that changes something fails, or the process crashes in it, one time in so many.
   */
  synchronized void hazards(int fails, int crashes) {
    failOneIn = fails;
    crashOneIn = crashes;
  }

  synchronized void failSyncs(boolean yes) {
    syncsFail = yes;
  }

  private long used() {
    return files.values().stream().mapToLong(one -> one.seen.length).sum();
  }

  /** Leaves so many bytes free. */
  synchronized void leave(long free) {
    capacity = used() + free;
  }

  synchronized void makeRoom() {
    capacity = Long.MAX_VALUE;
  }

  /** The process died; the kernel keeps what was written. */
  synchronized void restartProcess() {
    hazards(Integer.MAX_VALUE, Integer.MAX_VALUE);
    syncsFail = false;
    locked = false;
  }

  /** The power failed: what was not synced survives in part, in any order. */
  synchronized void restartMachine() {
    restartProcess();
    files.keySet().removeIf(name -> !durableNames.contains(name) && random.nextBoolean());
    for (Content file : files.values()) {
      byte[] content = file.durable;
      if (file.published) {
        content = random.nextBoolean() ? new byte[0] : file.seen;
      }
      for (Write write : file.unsynced) {
        content = inPart(content, write);
      }
      file.published = false;
      file.unsynced.clear();
      file.durable = content.clone();
      file.seen = content.clone();
    }
    durableNames = new HashSet<>(files.keySet());
  }

  private static byte[] written(byte[] content, long offset, byte[] bytes) {
    byte[] grown = content;
    int end = Math.toIntExact(offset + bytes.length);
    if (end > content.length) {
      grown = Arrays.copyOf(content, end);
    } else {
      grown = content.clone();
    }
    System.arraycopy(bytes, 0, grown, (int) offset, bytes.length);
    return grown;
  }

  private byte[] inPart(byte[] content, Write write) {
    byte[] result = content;
    for (int at = 0; at < write.bytes().length; ) {
      long offset = write.offset() + at;
      int end = (int) Math.min(write.bytes().length, at + SECTOR_BYTES - offset % SECTOR_BYTES);
      if (random.nextBoolean()) {
        result = written(result, offset, Arrays.copyOfRange(write.bytes(), at, end));
      }
      at = end;
    }
    return result;
  }

  private Content file(String name) throws IOException {
    Content content = files.get(name);
    if (content == null) {
      throw new NoSuchFileException(name);
    }
    return content;
  }

  private void named(Runnable effect) throws IOException {
    Fate fate = operation();
    if (fate == Fate.DONE || random.nextBoolean()) {
      effect.run();
    }
    end(fate);
  }

  private void room(long more) throws IOException {
    if (used() + more > capacity) {
      throw new IOException("No space left on device");
    }
  }

  @Override
  public synchronized List<String> names() {
    return List.copyOf(files.keySet());
  }

  @Override
  public synchronized SpoolFile open(String name) throws IOException {
    if (!files.containsKey(name)) {
      Fate fate = operation();
      files.put(name, new Content());
      end(fate);
    }
    return new OpenFile(file(name));
  }

  @Override
  public synchronized SpoolFile openToRead(String name) throws IOException {
    return new OpenFile(file(name));
  }

  @Override
  public synchronized void createZeroed(String name, int sizeBytes) throws IOException {
    files.remove(name);
    Fate fate = operation();
    int length = fate == Fate.DONE ? sizeBytes : random.nextInt(sizeBytes + 1);
    length = (int) Math.max(0, Math.min(length, capacity - used()));
    Content content = new Content();
    content.seen = new byte[length];
    content.durable = new byte[length];
    files.put(name, content);
    durableNames.add(name);
    end(fate);
    if (length < sizeBytes) {
      throw new IOException("No space left on device");
    }
  }

  @Override
  public synchronized void rename(String from, String to) throws IOException {
    Content content = file(from);
    named(
        () -> {
          files.remove(from);
          files.put(to, content);
          durableNames.remove(from);
          durableNames.add(to);
        });
  }

  @Override
  public synchronized void delete(String name) throws IOException {
    named(
        () -> {
          files.remove(name);
          durableNames.remove(name);
        });
  }

  @Override
  public synchronized void syncNames() throws IOException {
    if (syncsFail) {
      throw new IOException("simulated input/output error");
    }
    Fate fate = operation();
    if (fate == Fate.DONE) {
      durableNames = new HashSet<>(files.keySet());
    }
    end(fate);
  }

  @Override
  public synchronized void replace(String name, byte[] bytes) throws IOException {
    room(bytes.length);
    named(
        () -> {
          Content content = new Content();
          content.durable = bytes.clone();
          content.seen = bytes.clone();
          files.put(name, content);
          durableNames.add(name);
        });
  }

  @Override
  public synchronized void publish(String name, byte[] bytes) throws IOException {
    room(bytes.length);
    named(
        () -> {
          Content content = new Content();
          Content before = files.get(name);
          content.durable = before == null ? new byte[0] : before.durable;
          content.published = true;
          content.seen = bytes.clone();
          files.put(name, content);
        });
  }

  @Override
  public synchronized Closeable lock() throws IOException {
    if (locked) {
      throw new IOException("it belongs to another process");
    }
    locked = true;
    return () -> locked = false;
  }

  @Override
  public String toString() {
    return "the simulated disk";
  }

  private final class OpenFile implements SpoolFile {
    private final Content content;

    OpenFile(Content content) {
      this.content = content;
    }

    @Override
    public void write(ByteBuffer source, long offset) throws IOException {
      synchronized (FaultySpoolDisk.this) {
        byte[] bytes = new byte[source.remaining()];
        source.get(bytes);
        long growth = Math.max(0, offset + bytes.length - content.seen.length);
        long fits = capacity - used();
        boolean full = growth > 0 && growth > fits;
        Fate fate = operation();
        int length = bytes.length;
        if (full) {
          length = (int) (bytes.length - (growth - Math.max(0, fits)));
        }
        if (fate != Fate.DONE) {
          length = random.nextInt(length + 1);
        }
        if (length > 0) {
          byte[] part = Arrays.copyOf(bytes, length);
          content.seen = written(content.seen, offset, part);
          content.unsynced.add(new Write(offset, part));
        }
        end(fate);
        if (full) {
          throw new IOException("No space left on device");
        }
      }
    }

    @Override
    public int read(ByteBuffer target, long offset) {
      synchronized (FaultySpoolDisk.this) {
        int count = (int) Math.max(0, Math.min(target.remaining(), content.seen.length - offset));
        if (count > 0) {
          target.put(content.seen, (int) offset, count);
        }
        return count;
      }
    }

    @Override
    public void truncate(long sizeBytes) throws IOException {
      synchronized (FaultySpoolDisk.this) {
        Fate fate = operation();
        // A power failure brings back what was cut off, until a sync.
        if (sizeBytes < content.seen.length && (fate == Fate.DONE || random.nextBoolean())) {
          content.seen = Arrays.copyOf(content.seen, (int) sizeBytes);
        }
        end(fate);
      }
    }

    @Override
    public void sync() throws IOException {
      synchronized (FaultySpoolDisk.this) {
        Fate fate = syncsFail ? Fate.FAILED : operation();
        for (Write write : content.unsynced) {
          content.durable =
              fate == Fate.DONE
                  ? written(content.durable, write.offset(), write.bytes())
                  : inPart(content.durable, write);
        }
        if (fate == Fate.DONE && content.durable.length > content.seen.length) {
          content.durable = Arrays.copyOf(content.durable, content.seen.length);
        }
        if (fate == Fate.FAILED && random.nextBoolean()) {
          // The kernel drops pages that it could not write, or goes on showing them as if it had.
          content.seen = content.durable.clone();
        }
        if (fate != Fate.CRASHED) {
          content.unsynced.clear();
        }
        end(fate);
      }
    }

    @Override
    public long sizeBytes() {
      synchronized (FaultySpoolDisk.this) {
        return content.seen.length;
      }
    }

    @Override
    public void close() {}
  }
}
