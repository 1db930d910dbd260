package dev.counterfoil.custodian;

import dev.counterfoil.format.Checkpoint;
import dev.counterfoil.format.FormatException;
import dev.counterfoil.format.SignedNote;
import dev.counterfoil.log.Disk;
import dev.counterfoil.log.FileDisk;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Optional;

/**
 * The last checkpoint that a log published to this custodian, in a file, so that a log that goes
 * back while the custodian is down is noticed too.
 */
final class SeenCheckpoint {
  private static final String FILE = "seen";

  private final Disk disk;

  SeenCheckpoint(Path folder) throws IOException {
    disk = FileDisk.privateFolder(folder);
  }

  /** The checkpoint; empty before the first. */
  Optional<Checkpoint> read() throws IOException {
    try {
      byte[] note = disk.read(FILE, SignedNote.BYTES_MAX);
      return Optional.of(Checkpoint.parse(SignedNote.parse(note).text()));
    } catch (NoSuchFileException e) {
      return Optional.empty();
    } catch (FormatException e) {
      throw new IOException("file " + FILE + " in " + disk + " is damaged: " + e.getMessage(), e);
    }
  }

  void write(byte[] note) throws IOException {
    disk.replace(FILE, note);
  }
}
