package dev.counterfoil.testing;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The page docs/reference/metrics.md lists every meter of the code, and no other. */
class MetricsPageTest {
  private static final Path ROOT = Path.of(System.getProperty("counterfoil.root"));

  /** Types of messages at an outside channel, which have names of the same form. */
  private static final Set<String> MESSAGES =
      Set.of("counterfoil_monitor_silent", "counterfoil_monitor_heard");

  /** A meter's name as the code has it; a longer name that begins with it is another. */
  private static final Pattern METER =
      Pattern.compile(
          "\"(counterfoil\\.(?:audit|authority|build|guard|keycloak|limit|monitor|witness)\\.[a-z.]+)\"");

  /** A metric in a table's first column, without the ending that its kind gives it. */
  private static final Pattern ROW =
      Pattern.compile("(?m)^\\| `(counterfoil_[a-z_]+?)(?:_total|_seconds)?` \\|");

  @Test
  void thePageListsEveryMeterAndNoOther() throws IOException {
    Set<String> meters = new TreeSet<>();
    for (Path source : sources()) {
      METER
          .matcher(Files.readString(source))
          .results()
          .map(name -> name.group(1).replace('.', '_'))
          .forEach(meters::add);
    }
    meters.removeAll(MESSAGES);
    Set<String> listed =
        ROW.matcher(Files.readString(ROOT.resolve("docs/reference/metrics.md")))
            .results()
            .map((MatchResult row) -> row.group(1))
            .collect(Collectors.toCollection(TreeSet::new));
    assertThat(listed).isEqualTo(meters);
    assertThat(meters).hasSizeGreaterThan(40);
  }

  private static List<Path> sources() throws IOException {
    try (Stream<Path> all = Files.walk(ROOT)) {
      return all.filter(file -> file.toString().endsWith(".java"))
          .filter(file -> file.toString().contains("/src/main/"))
          .toList();
    }
  }
}
