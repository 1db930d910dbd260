package dev.counterfoil.log.checkpoint;

import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.note.Checkpoint;
import dev.counterfoil.format.note.NoteKey;
import dev.counterfoil.format.note.SignedNote;
import dev.counterfoil.log.disk.Disk;
import dev.counterfoil.log.disk.LogDamagedException;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.util.Optional;

/**
 * The checkpoint in a log's public folder, as the log finds it when it starts.
 *
 * @param note the signed note
 * @param checkpoint what it says
 */
public record PublishedCheckpoint(SignedNote note, Checkpoint checkpoint) {
  /**
   * Reads it; empty where there is none.
   *
   * @throws LogDamagedException when it is not this log's
   */
  public static Optional<PublishedCheckpoint> read(Disk publicDisk, NoteKey key)
      throws IOException {
    byte[] bytes;
    try {
      bytes = publicDisk.read(Checkpointer.FILE, SignedNote.BYTES_MAX);
    } catch (NoSuchFileException e) {
      return Optional.empty();
    }
    if (isBlank(bytes)) {
      // What a crash of the machine may leave of a file that was not synced; the journal was.
      return Optional.empty();
    }
    try {
      Checkpoint checkpoint = Checkpoint.verify(bytes, key);
      return Optional.of(new PublishedCheckpoint(SignedNote.parse(bytes), checkpoint));
    } catch (FormatException e) {
      throw new LogDamagedException(
          "the checkpoint in %s is not this log's: %s. Put back the one that was published last"
              .formatted(publicDisk, e.getMessage()),
          e);
    }
  }

  private static boolean isBlank(byte[] bytes) {
    for (byte b : bytes) {
      if (b != 0) {
        return false;
      }
    }
    return true;
  }
}
