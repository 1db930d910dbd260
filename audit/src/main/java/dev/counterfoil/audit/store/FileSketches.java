package dev.counterfoil.audit.store;

import dev.counterfoil.audit.access.Fence;
import dev.counterfoil.audit.names.EventPeople;
import dev.counterfoil.audit.names.Names;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.HashMap;
import java.util.HashSet;
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
  /**
   * Most memory for filters: what some 200,000,000 events have. The oldest files have none then.
   */
  static final long BYTES_MAX = 32 << 20;

  /** How often a file is read that could not be: each time when the store's files are others. */
  private static final int FAILURES_MAX = 8;

  private static final System.Logger LOG = System.getLogger(FileSketches.class.getName());

  private final StoreFiles files;
  private final long bytesMax;
  private final Map<String, FileSketch> byName = new ConcurrentHashMap<>();

  /** How often files could not be read, and which not since the store's files are these. */
  private final Map<String, Integer> failures = new HashMap<>();

  private final Set<String> failed = new HashSet<>();
  private Set<String> there = Set.of();

  FileSketches(StoreFiles files) {
    this(files, BYTES_MAX);
  }

  /**
   * Of some files.
   *
   * @param bytesMax most memory for filters
   */
  FileSketches(StoreFiles files, long bytesMax) {
    this.files = files;
    this.bytesMax = bytesMax;
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
    Set<String> now =
        parts.stream().map(StoreManifest.Part::name).collect(Collectors.toUnmodifiableSet());
    if (!now.equals(there)) {
      there = now;
      byName.keySet().retainAll(now);
      failures.keySet().retainAll(now);
      failed.clear();
    }
    StoreManifest.Part next = next(parts);
    if (next == null) {
      return false;
    }
    int bitsMax = hasRoomFor(next, parts) ? FileSketch.BITS_MAX : 0;
    try {
      byName.put(next.name(), FileSketch.of(connection, files.read(List.of(next)), bitsMax));
    } catch (SQLException | RuntimeException e) {
      // Searches open it and say what is wrong with it, as the check does. What somebody wrote into
      // it may be anything.
      failed.add(next.name());
      if (failures.merge(next.name(), 1, Integer::sum) == 1) {
        LOG.log(System.Logger.Level.WARNING, next.name() + " cannot be looked into", e);
      }
    }
    return true;
  }

  private StoreManifest.@Nullable Part next(List<StoreManifest.Part> parts) {
    for (StoreManifest.Part part : parts.reversed()) {
      if (!byName.containsKey(part.name())
          && !failed.contains(part.name())
          && failures.getOrDefault(part.name(), 0) < FAILURES_MAX) {
        return part;
      }
    }
    return null;
  }

  /** Whether its filter has room: one of an older file goes for it. */
  private boolean hasRoomFor(StoreManifest.Part next, List<StoreManifest.Part> parts) {
    long bytes = byName.values().stream().mapToLong(FileSketch::bytes).sum();
    for (StoreManifest.Part older : parts) {
      if (bytes < bytesMax || older.equals(next)) {
        break;
      }
      FileSketch sketch = byName.get(older.name());
      if (sketch != null && sketch.bytes() > 0) {
        bytes -= sketch.bytes();
        byName.put(older.name(), sketch.withoutFilter());
      }
    }
    return bytes < bytesMax;
  }
}
