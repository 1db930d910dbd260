package dev.counterfoil.audit.access;

import dev.counterfoil.log.disk.Disk;
import dev.counterfoil.log.disk.FileDisk;
import java.io.IOException;
import java.nio.file.Path;

/** Where the auditor's folders lie. */
@FunctionalInterface
public interface AuditDisks {
  /** In the file system, for their owner alone. */
  AuditDisks FOLDERS = FileDisk::privateFolder;

  /** The disk of a folder, which is created when it is missing. */
  Disk open(Path folder) throws IOException;
}
