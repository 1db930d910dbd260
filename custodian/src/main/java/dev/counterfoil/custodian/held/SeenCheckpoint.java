package dev.counterfoil.custodian.held;

import dev.counterfoil.custodian.held.CustodyLog.Vouched;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.note.SignedNote;
import dev.counterfoil.log.disk.Disk;
import dev.counterfoil.log.disk.FileDisk;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Optional;

/**
 * A checkpoint that a log published to this custodian, in a file, so that a log that goes back
 * while the custodian is down is noticed too.
 */
public final class SeenCheckpoint {
  private final Disk disk;
  private final String file;

  private SeenCheckpoint(Path folder, String file) throws IOException {
    this.disk = FileDisk.privateFolder(folder);
    this.file = file;
  }

  /** The last one. */
  public static SeenCheckpoint last(Path folder) throws IOException {
    return new SeenCheckpoint(folder, "seen");
  }

  /** The first one whose entries are not here yet. */
  public static SeenCheckpoint firstUnproved(Path folder) throws IOException {
    return new SeenCheckpoint(folder, "unproved");
  }

  /** The checkpoint and its note; empty before the first. */
  public Optional<Vouched> read() throws IOException {
    try {
      return Optional.of(Vouched.parse(disk.read(file, SignedNote.BYTES_MAX)));
    } catch (NoSuchFileException e) {
      return Optional.empty();
    } catch (FormatException e) {
      throw new IOException("file " + file + " in " + disk + " is damaged: " + e.getMessage(), e);
    }
  }

  public void write(byte[] note) throws IOException {
    disk.replace(file, note);
  }
}
