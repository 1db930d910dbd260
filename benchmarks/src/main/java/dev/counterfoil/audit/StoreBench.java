package dev.counterfoil.audit;

import dev.counterfoil.format.AuditEvent;
import dev.counterfoil.format.FormatException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.stream.Stream;

/** The store of the audit log by itself, as the indexer and the compactor use it. */
public final class StoreBench implements AutoCloseable {
  private static final int FRESH_MAX = 50_000;

  private final Path folder;
  private final EventStore store;
  private final Sequences none = new Sequences();
  private final SplittableRandom random = new SplittableRandom(1);
  private long size;

  /** Opens an empty one. */
  public StoreBench(Path folder) throws IOException {
    this.folder = folder;
    this.store = EventStore.open(folder);
  }

  /** Adds events that were received, and writes and merges files as they become due. */
  public void add(List<AuditEvent> events) throws IOException {
    List<StoredEvent> stored = new ArrayList<>(events.size());
    for (AuditEvent event : events) {
      byte[] salt = new byte[16];
      random.nextBytes(salt);
      stored.add(new StoredEvent(size++, salt, event));
    }
    store.add(stored);
    if (size - store.manifest().size() >= FRESH_MAX) {
      compact();
    }
  }

  /** Writes what is fresh into files. */
  public void compact() throws IOException {
    if (size > store.manifest().size()) {
      store.compact(size, none.toJson());
    }
    for (int newest = Compaction.due(store.mergeable());
        newest > 0;
        newest = Compaction.due(store.mergeable())) {
      store.merge(newest);
    }
  }

  /** Makes one file of all, as time does. */
  public void mergeAll() throws IOException {
    int files = store.manifest().files().size();
    if (files > 1) {
      store.merge(files);
    }
  }

  /** Number of events. */
  public long size() {
    return size;
  }

  /** Number of files. */
  public int files() {
    return store.manifest().files().size();
  }

  /** Bytes of the files. */
  public long bytes() throws IOException {
    long bytes = 0;
    try (Stream<Path> files = Files.list(folder)) {
      for (Path file : files.filter(one -> one.toString().endsWith(".parquet")).toList()) {
        bytes += Files.size(file);
      }
    }
    return bytes;
  }

  /** Number of events found. */
  public int search(String domain, String tenant, Map<String, String> parameters)
      throws IOException, FormatException {
    return store
        .search(
            new Fence(domain, tenant),
            EventQuery.parse(name -> Optional.ofNullable(parameters.get(name))))
        .size();
  }

  @Override
  public void close() throws IOException {
    store.close();
  }
}
