package dev.counterfoil.benchmarks;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** A run's own folder: only its owner enters it, and it goes with the run. */
final class RunFolder implements AutoCloseable {
  private final Path path;
  private final Runnable ending = this::delete;

  private RunFolder(Path path) {
    this.path = path;
    Ending.opened(ending);
  }

  static RunFolder create(Path parent) throws IOException {
    return new RunFolder(Files.createTempDirectory(Files.createDirectories(parent), "run"));
  }

  Path path() {
    return path;
  }

  @Override
  public void close() {
    delete();
    Ending.closed(ending);
  }

  private void delete() {
    try {
      Folders.delete(path);
    } catch (IOException e) {
      throw new UncheckedIOException("Delete it by hand: " + path, e);
    }
  }
}
