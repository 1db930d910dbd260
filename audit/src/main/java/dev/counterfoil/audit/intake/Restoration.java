package dev.counterfoil.audit.intake;

import dev.counterfoil.audit.access.AuditUnavailableException;
import dev.counterfoil.audit.access.Fence;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.bytes.StrictJson;
import dev.counterfoil.log.disk.Disk;
import dev.counterfoil.log.disk.FileDisk;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * That a folder was restored, until the log says so: the first start after it records how many
 * events came back, and to each tenant which of his nobody can read any more.
 *
 * @param domain whose own tenant is told of the whole
 * @param custodian from whom
 * @param size how many events
 * @param lost events whose people's keys did not come back, by their tenants
 */
public record Restoration(
    String domain, String custodian, long size, Map<Fence, OwnEvents.Deletion> lost) {
  private static final System.Logger LOG = System.getLogger(Restoration.class.getName());
  private static final String FILE = "restored.json";
  private static final int BYTES_MAX = 64 << 20;

  public Restoration {
    lost = Map.copyOf(lost);
  }

  public void write(Path folder) throws IOException {
    List<JsonObject> tenants = new ArrayList<>();
    lost.forEach(
        (fence, events) ->
            tenants.add(
                JsonObject.builder()
                    .put("domain", fence.domain())
                    .put("tenant", fence.tenant())
                    .put("first", events.first())
                    .put("last", events.last())
                    .put("count", events.count())
                    .build()));
    FileDisk.privateFolder(folder)
        .replace(
            FILE,
            JsonObject.builder()
                .put("domain", domain)
                .put("custodian", custodian)
                .put("size", size)
                .put("lost", tenants)
                .build()
                .canonicalBytes());
  }

  private static Restoration of(JsonObject json) throws FormatException {
    Map<Fence, OwnEvents.Deletion> lost = new LinkedHashMap<>();
    for (JsonObject one : json.objects("lost")) {
      lost.put(
          new Fence(one.string("domain"), one.string("tenant")),
          new OwnEvents.Deletion(one.number("first"), one.number("last"), one.number("count")));
    }
    return new Restoration(
        json.string("domain"), json.string("custodian"), json.number("size"), lost);
  }

  /** Has the log of a folder say that it was restored, where it does not say so yet. */
  public static void say(Path folder, AuditLog log, InstantSource clock) throws IOException {
    Disk disk = FileDisk.privateFolder(folder);
    try {
      Restoration restored = of(StrictJson.object(disk.read(FILE, BYTES_MAX), BYTES_MAX));
      for (Map.Entry<Fence, OwnEvents.Deletion> one : restored.lost.entrySet()) {
        log.record(
            one.getKey().domain(),
            OwnEvents.lost(one.getKey().tenant(), one.getValue(), clock.millis()));
      }
      if (!restored.domain.isEmpty()) {
        log.record(restored.domain, OwnEvents.restored(restored, clock.millis()));
      }
      disk.delete(FILE);
    } catch (NoSuchFileException e) {
      // As at most starts: it was not restored, or the log says so.
    } catch (AuditUnavailableException e) {
      LOG.log(
          System.Logger.Level.WARNING, "that the log was restored is said at the next start", e);
    } catch (FormatException | IllegalArgumentException e) {
      throw new IOException(FILE + " in " + folder + " cannot be read", e);
    }
  }
}
