package dev.counterfoil.monitor.database;

import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.log.disk.Disk;
import dev.counterfoil.log.disk.FileDisk;
import dev.counterfoil.monitor.findings.Finding;
import dev.counterfoil.monitor.findings.Finding.Kind;
import dev.counterfoil.monitor.findings.Finding.Severity;
import dev.counterfoil.monitor.findings.Finding.Subject;
import dev.counterfoil.monitor.findings.FindingSink;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Optional;

/**
 * Where the monitor's database lies, and whether it is still the one of before. A file that is
 * deleted or replaced stays open, and works, until the process ends; the next start makes an empty
 * one. Nobody must take the lack of findings there for the lack of theft.
 */
public final class DatabasePlace {
  private static final System.Logger LOG = System.getLogger(DatabasePlace.class.getName());
  private static final String FILE = "monitor.db";
  private static final Duration EVERY = Duration.ofSeconds(1);

  /** Lies there until findings say that the database was lost, over any start that fails. */
  private static final String LOST = "monitor.db.lost";

  /** What a monitor that ran here has beside its database. */
  private static final String AUDIT = "audit";

  private final Path data;
  private final Disk disk;
  private final boolean isLost;
  private boolean isSaid;

  /** Waits for so long, and tells whether the process ends meanwhile. */
  @FunctionalInterface
  public interface Ending {
    boolean endsWithin(Duration pause) throws InterruptedException;
  }

  private DatabasePlace(Path data, Disk disk, boolean isLost) {
    this.data = data;
    this.disk = disk;
    this.isLost = isLost;
  }

  /** Looks what lies there, before anything is opened. */
  public static DatabasePlace of(Path data) throws IOException {
    Path file = data.resolve(FILE);
    boolean isEmpty = !Files.exists(file) || Files.size(file) == 0;
    boolean isLost =
        Files.exists(data.resolve(LOST)) || (isEmpty && holdsAnything(data.resolve(AUDIT)));
    return new DatabasePlace(data, FileDisk.privateFolder(data), isLost);
  }

  private static boolean holdsAnything(Path folder) throws IOException {
    if (!Files.isDirectory(folder)) {
      return false;
    }
    try (DirectoryStream<Path> files = Files.newDirectoryStream(folder)) {
      return files.iterator().hasNext();
    }
  }

  /** Opens the database, and remembers which file it is. */
  public Database open() throws IOException {
    if (isLost) {
      disk.replace(LOST, new byte[0]);
    }
    Database database = Database.open(data.resolve(FILE));
    disk.requireInPlace(Optional.of(FILE));
    return database;
  }

  /** Says in a finding of each domain that those of before this start are not here. */
  public void tellLost(Collection<String> domains, FindingSink findings, Instant now)
      throws IOException {
    if (!isLost) {
      return;
    }
    String text =
        data.resolve(FILE)
            + " was new at this start, and the audit log beside it was not: the findings and"
            + " sightings of before are not here. That no theft is found says nothing of the time"
            + " before. Stop the monitor and put the file back, or read the findings of before from"
            + " the audit log.";
    LOG.log(System.Logger.Level.ERROR, text);
    for (String domain : domains) {
      findings.raise(
          new Finding(
              Kind.DATABASE_LOST,
              Severity.HIGH,
              domain,
              Subject.of(domain, FILE + " " + now.toEpochMilli()),
              now,
              1,
              text,
              JsonObject.builder().put("since", now.getEpochSecond()).build()));
    }
    disk.delete(LOST);
  }

  /** Why the monitor is not ready: what it writes is lost when it ends. */
  public List<String> unready() {
    try {
      disk.requireInPlace(Optional.of(FILE));
      return List.of();
    } catch (IOException e) {
      return List.of(
          e.getMessage() + ": put the file back, or its findings are lost when the monitor ends");
    }
  }

  /** Says in the log, once, that the file is no longer there. */
  public void watch(Ending ending) throws InterruptedException {
    while (!ending.endsWithin(EVERY)) {
      List<String> why = unready();
      if (!isSaid && !why.isEmpty()) {
        LOG.log(System.Logger.Level.ERROR, why.getFirst());
      }
      isSaid = !why.isEmpty();
    }
  }

  /** Locks the folder for this process. */
  public static Disk.DiskLock lock(Path data) throws IOException {
    try {
      return FileDisk.privateFolder(data).lock();
    } catch (Disk.FolderInUseException e) {
      throw new IOException(data + " is locked: another monitor is running on this folder", e);
    }
  }
}
