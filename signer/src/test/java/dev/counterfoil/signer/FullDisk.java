package dev.counterfoil.signer;

import dev.counterfoil.log.Disk;
import dev.counterfoil.log.DiskFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;

/**
 * A disk on which nothing new finds room once it is full; what was allocated can be written, unless
 * it is broken.
 */
final class FullDisk implements Disk {
  private final Disk disk;
  boolean full;

  /** Whether files cannot be replaced. */
  boolean unwritable;

  /** Whether nothing can be synced. */
  boolean broken;

  /** How often a checkpoint was published. */
  int checkpoints;

  FullDisk(Disk disk) {
    this.disk = disk;
  }

  @Override
  public List<String> names() throws IOException {
    return disk.names();
  }

  @Override
  public DiskFile open(String name) throws IOException {
    return breakable(disk.open(name));
  }

  @Override
  public DiskFile openOrCreate(String name) throws IOException {
    return breakable(disk.openOrCreate(name));
  }

  @Override
  public DiskFile openToRead(String name) throws IOException {
    return disk.openToRead(name);
  }

  @Override
  public void createZeroed(String name, long sizeBytes) throws IOException {
    if (full) {
      throw new IOException("No space left on device");
    }
    disk.createZeroed(name, sizeBytes);
  }

  @Override
  public void rename(String from, String to) throws IOException {
    disk.rename(from, to);
  }

  @Override
  public void delete(String name) throws IOException {
    disk.delete(name);
  }

  @Override
  public byte[] read(String name, int bytesMax) throws IOException {
    return disk.read(name, bytesMax);
  }

  @Override
  public void replace(String name, byte[] content) throws IOException {
    if (unwritable) {
      throw new IOException("No space left on device");
    }
    disk.replace(name, content);
  }

  @Override
  public void publish(String name, byte[] content) throws IOException {
    if (unwritable) {
      throw new IOException("No space left on device");
    }
    checkpoints += name.equals("checkpoint") ? 1 : 0;
    disk.publish(name, content);
  }

  @Override
  public long freeBytes() throws IOException {
    return full ? 0 : disk.freeBytes();
  }

  @Override
  public DiskLock lock() throws IOException {
    return disk.lock();
  }

  private DiskFile breakable(DiskFile file) {
    return new DiskFile() {
      @Override
      public void write(ByteBuffer source, long offset) throws IOException {
        if (!broken) {
          file.write(source, offset);
        }
      }

      @Override
      public int read(ByteBuffer target, long offset) throws IOException {
        return file.read(target, offset);
      }

      @Override
      public void sync() throws IOException {
        if (broken) {
          throw new IOException("Input/output error");
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
    };
  }
}
