package dev.counterfoil.disclosure;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;
import java.nio.file.Path;

/** Documents that others publish, where they are at hand: they are not part of this project. */
public final class PublicDocuments {
  private PublicDocuments() {}

  /** One of them, or a folder; a test without it does not run. */
  public static Path at(String path) {
    Path above = Path.of(System.getProperty("counterfoil.root", "..")).toAbsolutePath().normalize();
    while (above.getParent() != null && !Files.exists(documents(above).resolve(path))) {
      above = above.getParent();
    }
    Path found = documents(above).resolve(path);
    assumeTrue(Files.exists(found), "there are no public documents here: " + path);
    return found;
  }

  private static Path documents(Path above) {
    return above.resolve("shared/data/disclosure");
  }
}
