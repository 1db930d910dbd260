package dev.counterfoil.rules;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;
import java.nio.file.Path;

/** The public rules and schemas, where they are at hand: they are not part of this project. */
final class PublicRules {
  private PublicRules() {}

  /** Their folder; a test without them does not run. */
  static Path folder() {
    Path folder = Path.of("");
    Path above = Path.of(System.getProperty("counterfoil.root", "..")).toAbsolutePath().normalize();
    while (above.getParent() != null && !Files.isDirectory(folder.resolve("rules"))) {
      above = above.getParent();
      folder = above.resolve("shared/data/sigma");
    }
    assumeTrue(Files.isDirectory(folder.resolve("rules")), "there are no public rules here");
    return folder;
  }
}
