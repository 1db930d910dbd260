package dev.counterfoil.log.disk;

import java.io.IOException;
import java.util.List;
import java.util.Optional;

/**
 * The files of one folder, as far as a log needs them. An implementation guarantees:
 *
 * <ul>
 *   <li>When {@link #createZeroed}, {@link #rename}, {@link #delete} or {@link #replace} returns,
 *       its effect survives a crash of the machine. A crash inside of one leaves the state before
 *       or after it; a crash inside {@code createZeroed} may also leave a shorter file.
 *   <li>When {@link DiskFile#sync} returns, every write to that file which returned before is
 *       durable. Writes that were not synced may survive a crash whole, in part and in any order;
 *       bytes that were synced before and are not written again are not touched.
 *   <li>{@link #publish} is atomic for readers and says nothing about crashes of the machine: after
 *       one, the file may be old, new or empty.
 *   <li>Reads see all writes that returned, also those of other processes.
 * </ul>
 *
 * Names are plain file names without a separator. After an {@link IOException} of a write or a sync
 * nobody knows what is on the disk: the caller stops and recovers at its next start.
 */
public interface Disk {
  /** Names of the files in the folder, in no order. */
  List<String> names() throws IOException;

  /**
   * Opens a file to read and write.
   *
   * @throws java.nio.file.NoSuchFileException when it does not exist
   */
  DiskFile open(String name) throws IOException;

  /** Opens a file to read and write, and creates it empty when it does not exist. */
  DiskFile openOrCreate(String name) throws IOException;

  /**
   * Opens a file to read.
   *
   * @throws java.nio.file.NoSuchFileException when it does not exist
   */
  DiskFile openToRead(String name) throws IOException;

  /**
   * Creates a file of a size, all zeros, whose blocks are allocated and written: later writes
   * inside it need no more space, and syncing them needs no metadata. Replaces a file of that name.
   */
  void createZeroed(String name, long sizeBytes) throws IOException;

  /** Renames a file; one with the new name is replaced. */
  void rename(String from, String to) throws IOException;

  /** Deletes a file; one that does not exist is no error. */
  void delete(String name) throws IOException;

  /**
   * The whole content of a small file.
   *
   * @throws java.nio.file.NoSuchFileException when it does not exist
   * @throws IOException also when it is longer than {@code bytesMax}
   */
  byte[] read(String name, int bytesMax) throws IOException;

  /** Replaces the content of a small file atomically and durably. */
  void replace(String name, byte[] content) throws IOException;

  /** Replaces the content of a small file atomically for readers. */
  void publish(String name, byte[] content) throws IOException;

  /** Bytes that can still be written to this folder's file system. */
  long freeBytes() throws IOException;

  /**
   * Looks whether the folder's path, and the path of one of its files, still lead to what was found
   * there at first: files of a folder that was deleted or replaced take the writes of who has them
   * open, and nobody reads these back. Cheap; by any thread. A disk without paths is always in
   * place.
   *
   * @param file that is open; empty to look at the folder alone
   * @throws IOException when it is not so
   */
  default void requireInPlace(Optional<String> file) throws IOException {}

  /**
   * Looks whether the folder is still one that may be written. Cheap; by any thread.
   *
   * @throws IOException when its file system is read-only
   */
  default void requireWritable() throws IOException {}

  /**
   * Takes the folder for this process until the lock is closed or the process ends.
   *
   * @throws FolderInUseException when another process, or another log of this one, has it
   */
  DiskLock lock() throws IOException;

  /** A folder that was taken. */
  interface DiskLock extends AutoCloseable {
    @Override
    void close() throws IOException;
  }

  /** The folder belongs to somebody else at the moment. */
  final class FolderInUseException extends IOException {
    private static final long serialVersionUID = 1L;

    public FolderInUseException(String message) {
      super(message);
    }
  }
}
