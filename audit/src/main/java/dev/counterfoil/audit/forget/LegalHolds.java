package dev.counterfoil.audit.forget;

import dev.counterfoil.audit.access.Fence;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.bytes.StrictJson;
import dev.counterfoil.log.disk.Disk;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Tenants of whom nothing is deleted, whatever its age. A file, replaced as a whole and durable
 * when a method returns. Safe for concurrent use.
 */
public final class LegalHolds {
  /** Most at one time. */
  public static final int HOLDS_MAX = 10_000;

  private static final String FILE = "holds.json";
  private static final int BYTES_MAX = 16 << 20;

  private final Disk disk;
  private final Map<Fence, Hold> holds = new LinkedHashMap<>();

  /**
   * A hold.
   *
   * @param fence whose events
   * @param reason as who put it there says
   * @param atMillis since when
   */
  public record Hold(Fence fence, String reason, long atMillis) {
    /** As it is kept and answered. */
    public JsonObject toJson() {
      return JsonObject.builder()
          .put("domain", fence.domain())
          .put("tenant", fence.tenant())
          .put("reason", reason)
          .put("at", atMillis)
          .build();
    }
  }

  public LegalHolds(Disk disk) throws IOException {
    this.disk = disk;
    byte[] bytes;
    try {
      bytes = disk.read(FILE, BYTES_MAX);
    } catch (NoSuchFileException e) {
      return;
    }
    try {
      for (JsonObject one : StrictJson.object(bytes, BYTES_MAX).objects("holds")) {
        Fence fence = new Fence(one.string("domain"), one.string("tenant"));
        holds.put(fence, new Hold(fence, one.string("reason"), one.number("at")));
      }
    } catch (FormatException | IllegalArgumentException e) {
      throw new IOException(
          FILE + " in " + disk + " cannot be read, and nothing may be deleted without it", e);
    }
  }

  /** All of them. */
  public synchronized List<Hold> all() {
    return List.copyOf(holds.values());
  }

  /** The tenants' names. */
  synchronized Set<Fence> fences() {
    return Set.copyOf(holds.keySet());
  }

  public synchronized boolean has(Fence fence) {
    return holds.containsKey(fence);
  }

  public synchronized void add(Hold hold) throws IOException {
    addAll(List.of(hold));
  }

  /** Adds all of them, or none. */
  public synchronized void addAll(Collection<Hold> some) throws IOException {
    Map<Fence, Hold> after = new LinkedHashMap<>(holds);
    some.forEach(hold -> after.put(hold.fence(), hold));
    if (after.size() > Math.max(HOLDS_MAX, holds.size())) {
      throw new IOException("there are " + holds.size() + " holds, of " + HOLDS_MAX + " at most");
    }
    write(after);
    holds.putAll(after);
  }

  public synchronized void remove(Fence fence) throws IOException {
    Map<Fence, Hold> after = new LinkedHashMap<>(holds);
    after.remove(fence);
    write(after);
    holds.remove(fence);
  }

  private void write(Map<Fence, Hold> after) throws IOException {
    List<JsonObject> list = new ArrayList<>();
    after.values().forEach(hold -> list.add(hold.toJson()));
    byte[] bytes = JsonObject.builder().put("holds", list).build().canonicalBytes();
    if (bytes.length > BYTES_MAX) {
      // No start would read it.
      throw new IOException("the holds with their reasons take more than " + BYTES_MAX + " bytes");
    }
    disk.replace(FILE, bytes);
  }
}
