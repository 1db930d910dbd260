package dev.counterfoil.audit.restore;

import dev.counterfoil.audit.event.EventOutline;
import dev.counterfoil.audit.event.Kept;
import dev.counterfoil.audit.event.StoredEvent;
import dev.counterfoil.audit.intake.AuditLog;
import dev.counterfoil.audit.names.Names;
import dev.counterfoil.audit.store.StoreScrub;
import dev.counterfoil.format.audit.AuditLeaf;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.log.disk.LogDamagedException;
import dev.counterfoil.log.disk.RecordsGivenBackException;
import dev.counterfoil.log.journal.JournalReader;
import dev.counterfoil.log.record.RecordedEvent;
import java.io.IOException;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Opens every record of the journal and holds the event against the leaf that the record names:
 * what every log's check cannot do, as it has no keys. What is forgotten opens no more: its leaf is
 * all there is of it, and its proven outline says whose it was. Belongs to one thread.
 */
public final class JournalScrub {
  private static final long RECORDS = 5000;

  private final AuditLog log;
  private final Names names;

  public JournalScrub(AuditLog log, Names names) {
    this.log = log;
    this.names = names;
  }

  /** Reads all of it once; how many differences it found. */
  public long pass(StoreScrub.Pace pace, Consumer<String> difference)
      throws IOException, InterruptedException {
    JournalReader journal = log.journal();
    Run run = new Run(difference);
    long size = log.size();
    long at = journal.begin();
    while (at < size) {
      long to = Math.min(size, at + RECORDS);
      try {
        journal.scan(at, to, run::record);
        at = to;
      } catch (LogDamagedException e) {
        // Named by who reads the journal as every log's; what follows is read once it is whole.
        break;
      } catch (RecordsGivenBackException e) {
        at = Math.max(at + 1, journal.begin());
      }
      if (!pace.read(run.takeBytes())) {
        break;
      }
    }
    return run.differences;
  }

  private final class Run {
    private final Consumer<String> difference;
    private long differences;
    private long bytes;

    /** Whether a record proved its outline: then each that follows does. */
    private boolean isProving;

    Run(Consumer<String> difference) {
      this.difference = difference;
    }

    void record(long position, byte[] payload) {
      bytes += payload.length;
      String fault = fault(payload);
      if (fault != null) {
        differences++;
        if (differences <= StoreScrub.TOLD_MAX) {
          difference.accept(
              "event %d in the journal %s: the journal was changed, or names/ is not its own. Put it back from a copy"
                  .formatted(position, fault));
        }
      }
    }

    private @Nullable String fault(byte[] payload) {
      try {
        // First: of one that is forgotten nothing else says whose it is.
        RecordedEvent record = RecordedEvent.parse(payload);
        boolean isProven = EventOutline.isProven(record, names);
        if (isProving && !isProven) {
          return "is outlined otherwise than it was written";
        }
        isProving = isProven;
        Kept kept = EventOutline.open(record, isProven, names);
        if (kept instanceof StoredEvent event
            && !AuditLeaf.of(event.salt(), event.event().canonicalBytes()).equals(record.leaf())) {
          return "is not what its leaf says";
        }
        return null;
      } catch (FormatException e) {
        return "cannot be read (" + e.getMessage() + ")";
      }
    }

    long takeBytes() {
      long read = bytes;
      bytes = 0;
      return read;
    }
  }
}
