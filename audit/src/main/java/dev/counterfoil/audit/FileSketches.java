package dev.counterfoil.audit;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Sketches of the store's files, by name. A file of which there is none yet is opened by every
 * search. Safe for concurrent use; one thread makes them.
 */
final class FileSketches {
  /** Most memory for filters: what some 200,000,000 events have. Files beyond have none. */
  private static final long BYTES_MAX = 32 << 20;

  private static final System.Logger LOG = System.getLogger(FileSketches.class.getName());

  private final StoreFiles files;
  private final Map<String, FileSketch> byName = new ConcurrentHashMap<>();

  FileSketches(StoreFiles files) {
    this.files = files;
  }

  /** Those of some files that may have what a query is for. */
  List<StoreManifest.Part> candidates(
      List<StoreManifest.Part> parts, Fence fence, EventQuery query, Names names) {
    String token = query.equal().get("token");
    String entity = query.equal().get("entity");
    List<String> entities =
        entity == null ? List.of() : EventPeople.searched(names, fence, "entity", entity);
    return parts.stream()
        .filter(
            part -> {
              FileSketch sketch = byName.get(part.name());
              return sketch == null
                  || (sketch.mayHaveIn(query.fromMillis(), query.toMillis())
                      && (token == null || sketch.mayHaveToken(token))
                      && (entity == null || sketch.mayHaveEntity(fence, entities)));
            })
        .toList();
  }

  /**
   * Makes the sketch of one of the store's files that has none, the newest of them, and forgets
   * those of files that are gone.
   *
   * @return false where there is nothing to do
   */
  boolean makeOne(Connection connection) {
    List<StoreManifest.Part> parts = files.manifest().files();
    Set<String> there =
        parts.stream().map(StoreManifest.Part::name).collect(Collectors.toUnmodifiableSet());
    byName.keySet().retainAll(there);
    StoreManifest.Part next = next(parts);
    if (next == null) {
      return false;
    }
    long bytes = byName.values().stream().mapToLong(FileSketch::bytes).sum();
    int bitsMax = bytes < BYTES_MAX ? FileSketch.BITS_MAX : 0;
    try {
      byName.put(next.name(), FileSketch.of(connection, files.read(List.of(next)), bitsMax));
    } catch (SQLException e) {
      // Searches open it and say what is wrong with it, as the check does.
      LOG.log(System.Logger.Level.WARNING, next.name() + " cannot be looked into", e);
      byName.put(next.name(), FileSketch.NONE);
    }
    return true;
  }

  private StoreManifest.@Nullable Part next(List<StoreManifest.Part> parts) {
    for (StoreManifest.Part part : parts.reversed()) {
      if (!byName.containsKey(part.name())) {
        return part;
      }
    }
    return null;
  }
}
