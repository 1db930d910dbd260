package dev.counterfoil.log.journal;

import dev.counterfoil.log.Log;
import dev.counterfoil.log.disk.Disk;
import dev.counterfoil.log.disk.DiskFile;
import dev.counterfoil.log.tiles.TileStore;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.random.RandomGenerator;

/**
 * A disk under a log that makes it behave as one with a defect would: what it asks of the disk
 * comes late, twice, elsewhere or not at all. Shows that a simulation finds such a defect.
 */
public final class FlawedDisk implements Disk {
  /** A defect. */
  public enum Flaw {
    NONE,
    /** Entries are acknowledged, and then synced. */
    ACKNOWLEDGES_BEFORE_SYNC,
    /** A checkpoint is published over an earlier larger one. */
    CHECKPOINT_GOES_BACK,
    /** A checkpoint is published before the hashes that it covers are written. */
    CHECKPOINT_BEFORE_HASHES,
    /** Hashes that stood there already are written over with others. */
    OVERWRITES_A_TILE,
    /** Of a torn end more is cut off than is torn. */
    CUTS_TOO_MUCH,
    /** With a segment that is given back the next one goes, too. */
    GIVES_BACK_TOO_MUCH,
    /** The log's end is not written down. */
    FORGETS_THE_SEAL
  }

  private static final int ONE_IN = 20;

  private final Disk disk;
  private final Flaw flaw;
  private final RandomGenerator random;
  private final Runnable struck;
  private final Deque<byte[]> checkpoints = new ArrayDeque<>();

  /**
   * Such a disk.
   *
   * @param struck told each time that the defect shows
   */
  public FlawedDisk(Disk disk, Flaw flaw, RandomGenerator random, Runnable struck) {
    this.disk = disk;
    this.struck = struck;
    this.flaw = flaw;
    this.random = random;
  }

  private boolean strikes() {
    return random.nextInt(ONE_IN) == 0;
  }

  @Override
  public List<String> names() throws IOException {
    return disk.names();
  }

  @Override
  public DiskFile open(String name) throws IOException {
    return new FlawedFile(disk.open(name), name);
  }

  @Override
  public DiskFile openOrCreate(String name) throws IOException {
    return new FlawedFile(disk.openOrCreate(name), name);
  }

  @Override
  public DiskFile openToRead(String name) throws IOException {
    return disk.openToRead(name);
  }

  @Override
  public void createZeroed(String name, long sizeBytes) throws IOException {
    disk.createZeroed(name, sizeBytes);
  }

  @Override
  public void rename(String from, String to) throws IOException {
    disk.rename(from, to);
  }

  @Override
  public void delete(String name) throws IOException {
    disk.delete(name);
    if (flaw == Flaw.GIVES_BACK_TOO_MUCH && name.endsWith(".segment")) {
      List<String> rest =
          disk.names().stream().filter(n -> n.endsWith(".segment")).sorted().toList();
      if (!rest.isEmpty()) {
        struck.run();
        disk.delete(rest.getFirst());
      }
    }
  }

  @Override
  public byte[] read(String name, int bytesMax) throws IOException {
    return disk.read(name, bytesMax);
  }

  @Override
  public void replace(String name, byte[] content) throws IOException {
    if (flaw == Flaw.FORGETS_THE_SEAL && name.equals(Log.SEALED)) {
      struck.run();
      return;
    }
    disk.replace(name, content);
  }

  @Override
  public void publish(String name, byte[] content) throws IOException {
    checkpoints.addLast(content);
    boolean goesBack = flaw == Flaw.CHECKPOINT_GOES_BACK && checkpoints.size() > 2 && strikes();
    if (goesBack) {
      struck.run();
    }
    disk.publish(name, goesBack ? checkpoints.removeFirst() : content);
    if (checkpoints.size() > 2) {
      checkpoints.removeFirst();
    }
  }

  @Override
  public long freeBytes() throws IOException {
    return disk.freeBytes();
  }

  @Override
  public DiskLock lock() throws IOException {
    return disk.lock();
  }

  @Override
  public String toString() {
    return disk.toString();
  }

  private final class FlawedFile implements DiskFile {
    private final DiskFile file;
    private final String name;
    private boolean mustSync;
    private byte[] late = {};
    private long lateOffset;

    FlawedFile(DiskFile file, String name) {
      this.file = file;
      this.name = name;
    }

    private boolean isSegment() {
      return name.endsWith(".segment");
    }

    @Override
    public void write(ByteBuffer source, long offset) throws IOException {
      if (mustSync) {
        mustSync = false;
        file.sync();
      }
      writeLate();
      if (flaw == Flaw.CHECKPOINT_BEFORE_HASHES && name.equals(TileStore.DIGESTS) && strikes()) {
        struck.run();
        late = new byte[source.remaining()];
        source.get(late);
        lateOffset = offset;
        return;
      }
      if (flaw == Flaw.OVERWRITES_A_TILE && name.startsWith("level-") && offset > 0 && strikes()) {
        struck.run();
        byte[] other = new byte[1];
        random.nextBytes(other);
        file.write(ByteBuffer.wrap(other), random.nextLong(offset));
      }
      if (flaw == Flaw.CUTS_TOO_MUCH && isSegment() && isZero(source)) {
        struck.run();
        long more = Math.min(SegmentFormat.ALIGNMENT, offset);
        file.write(ByteBuffer.allocate((int) more), offset - more);
      }
      file.write(source, offset);
    }

    private void writeLate() throws IOException {
      if (late.length > 0) {
        file.write(ByteBuffer.wrap(late), lateOffset);
        late = new byte[0];
      }
    }

    private static boolean isZero(ByteBuffer bytes) {
      for (int i = bytes.position(); i < bytes.limit(); i++) {
        if (bytes.get(i) != 0) {
          return false;
        }
      }
      return true;
    }

    @Override
    public int read(ByteBuffer target, long offset) throws IOException {
      return file.read(target, offset);
    }

    @Override
    public void sync() throws IOException {
      if (flaw == Flaw.ACKNOWLEDGES_BEFORE_SYNC) {
        struck.run();
        mustSync = true;
      } else {
        file.sync();
      }
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
