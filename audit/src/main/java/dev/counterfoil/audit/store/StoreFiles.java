package dev.counterfoil.audit.store;

import dev.counterfoil.log.disk.Disk;
import java.io.IOException;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Which files the store has at a moment, and who reads them: a file that others took the place of
 * goes when nobody reads it any more. Any thread; files are replaced by one.
 */
final class StoreFiles {
  private final Path folder;
  private final Disk disk;
  private final ReentrantLock lock = new ReentrantLock();
  private final Map<String, Integer> inUse = new HashMap<>();
  private final Set<String> retired = new HashSet<>();
  private StoreManifest manifest;

  /** Begins to read what a manifest names. */
  @FunctionalInterface
  interface Beginning {
    StoreSight begin(StoreManifest manifest) throws SQLException;
  }

  /** Ends everything. */
  @FunctionalInterface
  interface Closing {
    void close() throws SQLException;
  }

  private StoreFiles(Path folder, Disk disk, StoreManifest manifest) {
    this.folder = folder;
    this.disk = disk;
    this.manifest = manifest;
  }

  /** Those in a folder; removes what a crash left half written. */
  static StoreFiles open(Path folder, Disk disk) throws IOException {
    StoreManifest manifest = StoreManifest.read(disk);
    List<String> named = manifest.files().stream().map(StoreManifest.Part::name).toList();
    for (String name : disk.names()) {
      if (name.contains(".parquet") && !named.contains(name)) {
        disk.delete(name);
      }
    }
    return new StoreFiles(folder, disk, manifest);
  }

  /** Where they lie. */
  Path folder() {
    return folder;
  }

  /** Where a file is or will be. */
  Path path(StoreManifest.Part part) {
    return folder.resolve(part.name());
  }

  /** A path in a statement. */
  static String literal(Path path) {
    return "'" + path.toString().replace("'", "''") + "'";
  }

  /** A file's name in a statement. */
  String literal(StoreManifest.Part part) {
    return literal(path(part));
  }

  /** Files in a statement. Names of our own making: numbers, in a folder that we chose. */
  String read(List<StoreManifest.Part> parts) {
    return "read_parquet(" + list(parts) + ")";
  }

  /** Their names, as a list in a statement. */
  String list(List<StoreManifest.Part> parts) {
    StringBuilder list = new StringBuilder("[");
    for (StoreManifest.Part part : parts) {
      list.append(list.charAt(list.length() - 1) == '[' ? "" : ", ").append(literal(part));
    }
    return list.append("]").toString();
  }

  /** What is in the files. */
  StoreManifest manifest() {
    lock.lock();
    try {
      return manifest;
    } finally {
      lock.unlock();
    }
  }

  /** Has the files stay that there are at the moment at which somebody begins to read them. */
  StoreSight hold(Beginning beginning) throws SQLException {
    lock.lock();
    try {
      StoreSight sight = beginning.begin(manifest);
      manifest.files().forEach(part -> inUse.merge(part.name(), 1, Integer::sum));
      return sight;
    } finally {
      lock.unlock();
    }
  }

  /** Somebody has read what he held. */
  void release(StoreManifest held) throws IOException {
    lock.lock();
    try {
      for (StoreManifest.Part part : held.files()) {
        if (inUse.merge(part.name(), -1, Integer::sum) == 0) {
          inUse.remove(part.name());
        }
      }
      deleteRetired();
    } finally {
      lock.unlock();
    }
  }

  /** The manifest is durable before it counts. */
  void replace(StoreManifest after) throws IOException {
    lock.lock();
    try {
      after.write(disk);
      manifest = after;
    } finally {
      lock.unlock();
    }
  }

  /** Gives up files that the manifest names no more. */
  void retire(List<StoreManifest.Part> parts) throws IOException {
    lock.lock();
    try {
      parts.forEach(old -> retired.add(old.name()));
      deleteRetired();
    } finally {
      lock.unlock();
    }
  }

  /** A file that a search still reads goes with the search. */
  private void deleteRetired() throws IOException {
    for (String name : List.copyOf(retired)) {
      if (!inUse.containsKey(name)) {
        retired.remove(name);
        disk.delete(name);
      }
    }
  }

  /** Removes a file that was begun and never counted. */
  void discard(StoreManifest.Part part) throws IOException {
    disk.delete(part.name());
  }

  /** Closes what reads them, while nobody begins to read. */
  void close(Closing closing) throws SQLException {
    lock.lock();
    try {
      closing.close();
    } finally {
      lock.unlock();
    }
  }
}
