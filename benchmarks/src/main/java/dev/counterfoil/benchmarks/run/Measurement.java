package dev.counterfoil.benchmarks.run;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** A benchmark as {@code ./dev bench} runs it, with the options that all of them have. */
@Command(mixinStandardHelpOptions = true)
public abstract class Measurement implements Callable<Integer> {
  private static final List<String> WHERE_TO = List.of("--publish", "--json", "--in");

  @Spec
  @SuppressWarnings("NullAway.Init") // picocli fills it before the call
  private CommandSpec spec;

  @Option(
      names = "--in",
      paramLabel = "DIR",
      description =
          "Make the run's folder in this one (default: benchmarks/target). The device under it is measured.")
  private @Nullable Path in;

  @Option(
      names = "--json",
      paramLabel = "FILE",
      description =
          "Write the report as JSON to it, again after each row (default: NAME.json beside the run's folder).")
  private @Nullable Path json;

  @Option(
      names = "--publish",
      description =
          "Write benchmarks/results/NAME.json and the part of docs/understand/performance.md that this benchmark fills.")
  private boolean publish;

  /** Measures into the report; throws where no figure means anything. */
  protected abstract void measure(Path folder, RunReport report) throws Exception;

  /** Writes what else is published, such as a picture, into the manual's folder. */
  protected void publishMore(Path docs) throws IOException {}

  /** The repository: the run script says where. */
  public static Path root() {
    return Path.of(System.getProperty("counterfoil.root", ""));
  }

  @Override
  public final Integer call() throws Exception {
    Path parent = in == null ? root().resolve("benchmarks/target") : in.toAbsolutePath();
    Path kept = json == null ? parent.resolve(spec.name() + ".json") : json.toAbsolutePath();
    Ending.announced(
        () -> say("bench: interrupted. What it starts ends now. Nothing was measured until then."));
    try (RunFolder folder = RunFolder.create(parent)) {
      RunReport report =
          new RunReport(
              command(),
              Machine.read(folder.path(), InstantSource.system()),
              (unfinished, row) -> keep(unfinished, row, kept));
      measure(folder.path(), report);
      String text = report.text();
      System.out.print(text);
      Files.writeString(kept, report.json());
      // A void run replaces no figures.
      if (publish && !report.isVoid()) {
        Path page = root().resolve("docs/understand/performance.md");
        Files.writeString(page, filled(Files.readString(page), spec.name(), text));
        Files.writeString(
            root().resolve("benchmarks/results").resolve(spec.name() + ".json"), report.json());
        publishMore(root().resolve("docs"));
      }
      return report.isVoid() ? 1 : 0;
    } finally {
      if (!Ending.hasBegun()) {
        Ending.announced(() -> {});
      }
    }
  }

  /** A run may take long, and may be ended before its end. */
  private static void keep(RunReport unfinished, String row, Path kept) {
    say(row);
    try {
      Files.writeString(kept, unfinished.unfinishedJson());
    } catch (IOException e) {
      throw new UncheckedIOException("Cannot write " + kept, e);
    }
    Ending.announced(
        () ->
            say(
                "bench: interrupted. What it started ends now. What was measured until then is in "
                    + kept));
  }

  /** Refuses options that make no run. */
  protected static void require(boolean sensible, String wanted) {
    if (!sensible) {
      throw new IllegalArgumentException(wanted);
    }
  }

  protected static void say(String text) {
    told(text);
  }

  /** Says what is measured now. */
  public static void told(String text) {
    System.err.println(text);
  }

  /** What runs the same again. */
  private String command() {
    String options =
        spec.options().stream()
            .filter(option -> !WHERE_TO.contains(option.longestName()) && !option.usageHelp())
            .filter(option -> !option.versionHelp() && option.getValue() != null)
            .map(option -> option.longestName() + " " + value(option.getValue()))
            .map(option -> option.replace(" true", ""))
            .filter(option -> !option.endsWith(" false"))
            .collect(Collectors.joining(" "));
    return "./dev bench " + (spec.name() + " " + options).strip();
  }

  private static String value(Object value) {
    return value instanceof List<?> list
        ? list.stream().map(String::valueOf).collect(Collectors.joining(","))
        : String.valueOf(value);
  }

  /** Replaces what stands between the two marks of a benchmark. */
  static String filled(String page, String name, String text) {
    String begin = "<!-- begin " + name + " -->\n";
    int from = page.indexOf(begin);
    int to = page.indexOf("<!-- end " + name + " -->\n");
    if (from < 0 || to < from) {
      throw new IllegalStateException("docs/understand/performance.md has no marks for " + name);
    }
    return page.substring(0, from + begin.length()) + text + page.substring(to);
  }
}
