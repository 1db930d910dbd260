package dev.counterfoil.benchmarks;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;
import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.json.JsonMapper;

/** Where a run's report goes besides the terminal. */
final class Publication {
  private static final JsonMapper JSON =
      JsonMapper.builder().enable(SerializationFeature.INDENT_OUTPUT).build();

  @Option(names = "--json", paramLabel = "FILE", description = "Write the report as JSON too.")
  private @Nullable Path json;

  @Option(
      names = "--publish",
      description =
          "Write benchmarks/results/NAME.json and the part of docs/understand/performance.md that this benchmark fills.")
  private boolean publish;

  /**
   * Prints a report and writes it where it was asked for.
   *
   * @param name the benchmark's
   * @param text Markdown
   */
  void report(Path root, String name, String text, Object report) throws IOException {
    System.out.print(text);
    String written = JSON.writeValueAsString(report) + "\n";
    if (json != null) {
      Files.writeString(json, written);
    }
    if (publish) {
      Path results = Files.createDirectories(root.resolve("benchmarks/results"));
      Files.writeString(results.resolve(name + ".json"), written);
      Path page = root.resolve("docs/understand/performance.md");
      Files.writeString(page, filled(Files.readString(page), name, text));
    }
  }

  /** Writes a picture of a published report. */
  void picture(Path root, String name, String svg) throws IOException {
    if (publish) {
      Files.writeString(root.resolve("docs/pictures").resolve(name), svg);
    }
  }

  /** Replaces what stands between the two marks of a benchmark. */
  static String filled(String page, String name, String text) {
    String begin = "<!-- begin " + name + " -->\n";
    String end = "<!-- end " + name + " -->\n";
    int from = page.indexOf(begin);
    int to = page.indexOf(end);
    if (from < 0 || to < from) {
      throw new IllegalStateException("docs/understand/performance.md has no marks for " + name);
    }
    return page.substring(0, from + begin.length()) + text + page.substring(to);
  }
}
