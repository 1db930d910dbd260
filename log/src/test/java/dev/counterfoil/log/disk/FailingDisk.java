package dev.counterfoil.log.disk;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.function.Predicate;

/**
 * A disk that is full, broken, or whose writes, syncs or replacements fail, as long as a test says
 * so. For the tests of other modules, too.
 */
public final class FailingDisk implements Disk {
  private final Disk disk;
  private final Faults faults;

  /** How often a checkpoint was published. */
  private int checkpoints;

  /** What goes wrong, of all disks that share it. */
  public static final class Faults {
    /** Nothing new finds room; what was allocated can be written. */
    public volatile boolean full;

    /** Files cannot be replaced. */
    public volatile boolean unwritable;

    /** What is written goes nowhere, and nothing can be synced. */
    public volatile boolean broken;

    /** Nothing can be synced. */
    public volatile boolean syncsFail;

    /** Half of what is written is. */
    public volatile boolean writesAreShort;

    /** Asked before each change, such as {@code sync people}, whether it fails. */
    public volatile Predicate<String> fails = change -> false;

    void change(String what) throws IOException {
      if (fails.test(what)) {
        throw new IOException("simulated input/output error");
      }
    }
  }

  /** With faults of its own. */
  public FailingDisk(Disk disk) {
    this(disk, new Faults());
  }

  public FailingDisk(Disk disk, Faults faults) {
    this.disk = disk;
    this.faults = faults;
  }

  /** What goes wrong. */
  public Faults faults() {
    return faults;
  }

  /** How often a checkpoint was published. */
  public int checkpoints() {
    return checkpoints;
  }

  private static void room(boolean isThere) throws IOException {
    if (!isThere) {
      throw new IOException("No space left on device");
    }
  }

  @Override
  public List<String> names() throws IOException {
    return disk.names();
  }

  @Override
  public DiskFile open(String name) throws IOException {
    return new OpenFile(name, disk.open(name));
  }

  @Override
  public DiskFile openOrCreate(String name) throws IOException {
    return new OpenFile(name, disk.openOrCreate(name));
  }

  @Override
  public DiskFile openToRead(String name) throws IOException {
    return disk.openToRead(name);
  }

  @Override
  public void createZeroed(String name, long sizeBytes) throws IOException {
    room(!faults.full);
    faults.change("create " + name);
    disk.createZeroed(name, sizeBytes);
  }

  @Override
  public void rename(String from, String to) throws IOException {
    faults.change("rename " + from);
    disk.rename(from, to);
  }

  @Override
  public void delete(String name) throws IOException {
    faults.change("delete " + name);
    disk.delete(name);
  }

  @Override
  public byte[] read(String name, int bytesMax) throws IOException {
    return disk.read(name, bytesMax);
  }

  @Override
  public void replace(String name, byte[] content) throws IOException {
    room(!faults.full && !faults.unwritable);
    faults.change("replace " + name);
    disk.replace(name, content);
  }

  @Override
  public void publish(String name, byte[] content) throws IOException {
    room(!faults.unwritable);
    checkpoints += name.equals("checkpoint") ? 1 : 0;
    disk.publish(name, content);
  }

  @Override
  public long freeBytes() throws IOException {
    return faults.full ? 0 : disk.freeBytes();
  }

  @Override
  public DiskLock lock() throws IOException {
    return disk.lock();
  }

  @Override
  public String toString() {
    return disk.toString();
  }

  private final class OpenFile implements DiskFile {
    private final String name;
    private final DiskFile file;

    OpenFile(String name, DiskFile file) {
      this.name = name;
      this.file = file;
    }

    @Override
    public void write(ByteBuffer source, long offset) throws IOException {
      faults.change("write " + name);
      if (faults.broken) {
        return;
      }
      if (faults.writesAreShort && source.remaining() > 1) {
        file.write(source.slice(source.position(), source.remaining() / 2), offset);
        throw new IOException("simulated input/output error");
      }
      file.write(source, offset);
    }

    @Override
    public int read(ByteBuffer target, long offset) throws IOException {
      return file.read(target, offset);
    }

    @Override
    public void sync() throws IOException {
      faults.change("sync " + name);
      if (faults.syncsFail || faults.broken) {
        throw new IOException("simulated input/output error");
      }
      file.sync();
    }

    @Override
    public long sizeBytes() throws IOException {
      return file.sizeBytes();
    }

    @Override
    public void close() throws IOException {
      file.close();
    }
  }
}
