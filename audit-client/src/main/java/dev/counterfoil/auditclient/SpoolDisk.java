package dev.counterfoil.auditclient;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;

/**
 * The files of one folder, as far as a spool needs them. It promises what the {@code Disk} of the
 * log's module does; this module is for services on Java 17 and has none of that one. An
 * implementation guarantees:
 *
 * <ul>
 *   <li>When {@link #createZeroed}, {@link #rename}, {@link #delete}, {@link #syncNames} or {@link
 *       #replace} returns, its effect survives a crash of the machine.
 *   <li>When {@link SpoolFile#sync} returns, every write to that file which returned before is
 *       durable. Writes that were not synced may survive a crash whole, in part and in any order;
 *       bytes that were synced before and are not written again are not touched.
 *   <li>{@link #publish} is atomic for readers and says nothing about crashes of the machine.
 * </ul>
 *
 * Names are plain file names. After an {@link IOException} of a write or a sync nobody knows what
 * is on the disk of what was written since the last sync.
 */
interface SpoolDisk {
  /** Names of the files in the folder, in no order. */
  List<String> names() throws IOException;

  /** Opens a file to read and write; creates it empty when it does not exist. */
  SpoolFile open(String name) throws IOException;

  /**
   * Opens a file to read.
   *
   * @throws java.nio.file.NoSuchFileException when it does not exist
   */
  SpoolFile openToRead(String name) throws IOException;

  /** Creates a file of zeros whose blocks are there: later writes inside it need no more space. */
  void createZeroed(String name, int sizeBytes) throws IOException;

  /**
   * Renames a file; one with the new name is replaced.
   *
   * @throws java.nio.file.NoSuchFileException when there is none
   */
  void rename(String from, String to) throws IOException;

  /** Deletes a file; one that does not exist is no error. */
  void delete(String name) throws IOException;

  /** Makes names of files that were created durable. */
  void syncNames() throws IOException;

  /** Replaces the content of a small file atomically and durably. */
  void replace(String name, byte[] content) throws IOException;

  /** Replaces the content of a small file atomically for readers. */
  void publish(String name, byte[] content) throws IOException;

  /**
   * Takes the folder for this process until it is closed.
   *
   * @throws IOException also when somebody else has it
   */
  Closeable lock() throws IOException;

  /** An open file. Reads may run beside a write; there is one writer. */
  interface SpoolFile extends Closeable {
    /** Writes all that remains in the buffer at an offset of the file. */
    void write(ByteBuffer source, long offset) throws IOException;

    /** Reads at an offset until the buffer or the file ends; the number of bytes read. */
    int read(ByteBuffer target, long offset) throws IOException;

    /** Cuts off what lies behind a length. */
    void truncate(long sizeBytes) throws IOException;

    /** Makes all writes to this file durable. */
    void sync() throws IOException;

    /** Length in bytes. */
    long sizeBytes() throws IOException;
  }
}
