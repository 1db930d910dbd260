package dev.counterfoil.testing;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterfoil.testing.Distribution.Result;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Comparator;
import java.util.stream.Stream;

/**
 * The registrar's folder and the key log's public one as a snapshot of their disk has them.
 *
 * @param folder in which the installation's data folder lies
 */
record PutBackKeyLog(Path folder) {
  /** Takes the snapshot, while the registrar may be writing. */
  static PutBackKeyLog copied(Path folder) throws IOException {
    var copied = new PutBackKeyLog(folder);
    // The public side first: what is copied of the journal later covers it.
    copy(copied.published(), copied.snapshot("log"));
    copy(copied.registrar(), copied.snapshot("registrar"));
    return copied;
  }

  private Path registrar() {
    return folder.resolve("counterfoil-data/domains/main/registrar");
  }

  private Path published() {
    return folder.resolve("counterfoil-data/domains/main/log/keys");
  }

  private Path snapshot(String name) {
    return folder.resolve("snapshot").resolve(name);
  }

  /**
   * Puts it back while nothing runs: a start ends at once and says what to do, and doing that needs
   * nothing that runs.
   */
  void isNamedAndBroughtBack(Path configuration) throws Exception {
    delete(registrar());
    delete(published());
    Files.move(snapshot("registrar"), registrar());
    Files.move(snapshot("log"), published());
    Result up = Distribution.run(folder, "up", "--json", "--config", configuration.toString());
    assertThat(up.exitCode()).as(up.err()).isEqualTo(3);
    assertThat(up.err()).contains("registrar-main stopped because", "counterfoil keys restore-log");
    Result restored = Distribution.run(folder, "keys", "restore-log", "--json");
    assertThat(restored.exitCode()).as(restored.out() + restored.err()).isZero();
    assertThat(restored.json().number("restored")).isPositive();
  }

  static void copy(Path from, Path to) throws IOException {
    try (Stream<Path> files = Files.walk(from)) {
      for (Path file : files.toList()) {
        Path copy = to.resolve(from.relativize(file).toString());
        if (Files.isDirectory(file)) {
          Files.createDirectories(copy);
        } else if (Files.isRegularFile(file) && !file.toString().endsWith(".new")) {
          Files.copy(file, copy, StandardCopyOption.COPY_ATTRIBUTES);
        }
      }
    }
  }

  static void delete(Path tree) throws IOException {
    try (Stream<Path> files = Files.walk(tree)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(file);
      }
    }
  }
}
