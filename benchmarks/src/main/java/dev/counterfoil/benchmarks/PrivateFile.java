package dev.counterfoil.benchmarks;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;

/** Files that only their owner reads: secrets travel in them, never in arguments. */
final class PrivateFile {
  private PrivateFile() {}

  static Path create(Path file) throws IOException {
    return Files.createFile(
        file, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
  }

  static Path write(Path file, String text) throws IOException {
    return Files.writeString(create(file), text);
  }
}
