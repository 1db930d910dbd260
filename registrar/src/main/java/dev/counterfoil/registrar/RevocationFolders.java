package dev.counterfoil.registrar;

import dev.counterfoil.format.bytes.Decimal;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.keylog.RevocationLogs;
import dev.counterfoil.format.keys.TokenId;
import dev.counterfoil.log.disk.Disk;
import dev.counterfoil.log.disk.FileDisk;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.function.LongPredicate;

/**
 * Where a registrar's revocation logs lie: each in a folder of its number, its journal in the
 * registrar's own folder, the files that verifiers read in the key log's public one.
 */
public final class RevocationFolders {
  private final Path journals;
  private final Path published;

  /**
   * Folders below two others.
   *
   * @param registrar the registrar's own
   * @param keyLog the key log's public one
   */
  public RevocationFolders(Path registrar, Path keyLog) {
    this.journals = registrar.resolve(RevocationLogs.FOLDER);
    this.published = keyLog.resolve(RevocationLogs.FOLDER);
  }

  /** The folder of a log's journal, made when it is not there. */
  public Disk journal(long number) throws IOException {
    FileDisk made = FileDisk.privateFolder(journals.resolve(Long.toString(number)));
    syncAbove(journals);
    return made;
  }

  /** The folder that verifiers read, made when it is not there. */
  public Disk published(long number) throws IOException {
    FileDisk made = FileDisk.publicFolder(published.resolve(Long.toString(number)));
    syncAbove(published);
    return made;
  }

  private static void syncAbove(Path folder) throws IOException {
    FileDisk.sync(folder);
    Path above = folder.getParent();
    if (above != null) {
      FileDisk.sync(above);
    }
  }

  /**
   * Deletes what nobody needs any more.
   *
   * @param isLive whether verifiers read the log of a number: nothing of it is deleted
   * @param publishedBefore files for verifiers that changed later stay, too
   */
  public void clear(LongPredicate isLive, Instant publishedBefore) throws IOException {
    clear(journals, isLive, Instant.MAX);
    clear(published, isLive, publishedBefore);
  }

  private static void clear(Path folder, LongPredicate isLive, Instant changedBefore)
      throws IOException {
    if (!Files.isDirectory(folder)) {
      return;
    }
    for (String name : FileDisk.toRead(folder).names()) {
      long number;
      try {
        number = Decimal.parse(name, TokenId.POSITION_LIMIT);
      } catch (FormatException e) {
        // Nothing of ours.
        continue;
      }
      Path log = folder.resolve(name);
      if (!isLive.test(number)
          && Files.getLastModifiedTime(log).toInstant().isBefore(changedBefore)) {
        FileDisk.remove(log);
      }
    }
  }
}
