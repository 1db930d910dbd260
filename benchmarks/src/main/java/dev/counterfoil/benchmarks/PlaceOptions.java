package dev.counterfoil.benchmarks;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Where the repository is and where a run keeps its files. */
final class PlaceOptions {
  @Option(
      names = "--in",
      paramLabel = "DIR",
      description =
          "Make the run's folder in this one (default: benchmarks/target). The device under it is measured.")
  private @Nullable Path in;

  /** The repository: the run script says where. */
  Path root() {
    String root = System.getProperty("counterfoil.root");
    if (root == null) {
      throw new IllegalStateException("Start benchmarks with ./dev bench.");
    }
    return Path.of(root);
  }

  Path benchmarks() {
    return root().resolve("benchmarks");
  }

  Path folder() {
    return in == null ? benchmarks().resolve("target") : in.toAbsolutePath();
  }
}
