package dev.counterfoil.benchmarks.run;

import dev.counterfoil.drills.run.DrillFolder;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;

/** A run's own folder: only its owner enters it, and it goes with the run. */
public final class RunFolder implements AutoCloseable {
  private final Path path;
  private final Runnable ending = this::delete;

  private RunFolder(Path path) {
    this.path = path;
    Ending.opened(ending);
  }

  public static RunFolder create(Path parent) throws IOException {
    return new RunFolder(Files.createTempDirectory(Files.createDirectories(parent), "run"));
  }

  public Path path() {
    return path;
  }

  /** A file that only its owner reads: secrets travel in such, never in arguments. */
  public static Path secret(Path file) throws IOException {
    return Files.createFile(
        file, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
  }

  @Override
  public void close() {
    delete();
    Ending.closed(ending);
  }

  private void delete() {
    try {
      DrillFolder.deleteTree(path);
    } catch (IOException e) {
      throw new UncheckedIOException("Delete it by hand: " + path, e);
    }
  }
}
