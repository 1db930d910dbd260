package dev.counterfoil.testing;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The figures of docs/reference/limits.md are those of the code and of the configuration. */
class LimitsPageTest {
  private static final Path ROOT = Path.of(System.getProperty("counterfoil.root"));

  /** {@code Class.NAME} = figure, with {@code s} where it is a time. */
  private static final Pattern CONSTANT =
      Pattern.compile("`([A-Z]\\w+)\\.([A-Z_]+)` = ([0-9,]+)( s)?");

  private static final Pattern KEY = Pattern.compile("`([a-z]+(?:[.-][a-z]+)+)`");

  private static final List<String> NO_KEYS =
      List.of("counterfoil-missing", "signer-suspect", "limit-near", "token.refuse");

  /** Where code holds a limit that alarms: its name, or a disk. */
  private static final Pattern LIMIT =
      Pattern.compile("new Limit\\(\\s*\"([a-z-]+)\"|Limit\\.of(Disk)\\(");

  private static final Pattern ALARM = Pattern.compile("alarm `([a-z-]+)`");

  private static String read(String path) throws IOException {
    return Files.readString(ROOT.resolve(path));
  }

  @Test
  void everyConstantHasTheFigureThatThePageSays() throws IOException {
    Matcher constant = CONSTANT.matcher(read("docs/reference/limits.md"));
    List<String> seen = new ArrayList<>();
    while (constant.find()) {
      String name = constant.group(2);
      long figure = Long.parseLong(constant.group(3).replace(",", ""));
      Matcher code =
          Pattern.compile("\\b" + name + " =\\s+(?:Duration\\.of(\\w+)\\()?([0-9_]+)\\)?;")
              .matcher(source(constant.group(1)));
      assertThat(code.find()).as(constant.group()).isTrue();
      assertThat(Long.parseLong(code.group(2).replace("_", "")))
          .as(constant.group())
          .isEqualTo(figure);
      assertThat(code.group(1))
          .as(constant.group())
          .isEqualTo(constant.group(4) == null ? null : "Seconds");
      seen.add(constant.group());
    }
    assertThat(seen).hasSizeGreaterThan(20);
  }

  @Test
  void everyKeyIsOneOfTheConfiguration() throws IOException {
    String keys =
        read("docs/reference/configuration.md") + read("docs/reference/configuration-processes.md");
    Matcher key = KEY.matcher(ALARM.matcher(read("docs/reference/limits.md")).replaceAll("alarm"));
    int seen = 0;
    while (key.find()) {
      // Findings and events have names of the same form, and pages of their own.
      String name = key.group(1);
      if (!NO_KEYS.contains(name)) {
        assertThat(keys)
            .as(name)
            .containsPattern("`([a-z\\[\\].-]+\\.)?" + Pattern.quote(name) + "(\\[\\])?`");
        seen++;
      }
    }
    assertThat(seen).isGreaterThan(8);
  }

  @Test
  void everyAlarmIsOneOfTheCodeAndTheOtherWayRound() throws IOException {
    Set<String> said = new TreeSet<>();
    Matcher alarm = ALARM.matcher(read("docs/reference/limits.md"));
    while (alarm.find()) {
      said.add(alarm.group(1));
    }
    Set<String> held = new TreeSet<>();
    for (Path file : sources("")) {
      Matcher limit = LIMIT.matcher(Files.readString(file));
      while (limit.find()) {
        held.add(limit.group(1) == null ? "disk" : limit.group(1));
      }
    }
    assertThat(said).isNotEmpty().isEqualTo(held);
  }

  private static String source(String className) throws IOException {
    List<Path> found = sources(className);
    assertThat(found).as(className).hasSize(1);
    return Files.readString(found.getFirst());
  }

  /** Files of a class, or all where the name is empty. */
  private static List<Path> sources(String className) throws IOException {
    try (Stream<Path> files = Files.walk(ROOT)) {
      return files
          .filter(file -> file.toString().endsWith(".java"))
          .filter(file -> className.isEmpty() || file.endsWith(className + ".java"))
          .filter(file -> file.toString().contains("/src/main/"))
          .toList();
    }
  }
}
