package dev.counterfoil.testing;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * Documents that cannot rot: links lead somewhere, headings that are linked to exist, the modules
 * are the ones that are there.
 */
class DocumentationTest {
  private static final Path ROOT = Path.of(System.getProperty("counterfoil.root"));
  private static final Pattern LINK = Pattern.compile("\\[[^\\]]*\\]\\(([^)\\s]+)\\)");
  private static final Set<String> SKIPPED =
      Set.of("target", "node_modules", ".git", "dist", "counterfoil-data");

  @Test
  void everyLinkLeadsSomewhere() throws IOException {
    List<String> broken = new ArrayList<>();
    int links = 0;
    for (Path page : files(".md")) {
      Matcher link = LINK.matcher(Files.readString(page));
      while (link.find()) {
        String target = link.group(1);
        if (target.contains("://") || target.startsWith("mailto:")) {
          continue;
        }
        links++;
        int hash = target.indexOf('#');
        String file = hash < 0 ? target : target.substring(0, hash);
        Path linked = file.isEmpty() ? page : page.resolveSibling(file).normalize();
        if (!Files.exists(linked)) {
          broken.add(ROOT.relativize(page) + " -> " + target);
        } else if (hash >= 0
            && linked.toString().endsWith(".md")
            && !anchors(linked).contains(target.substring(hash + 1))) {
          broken.add(ROOT.relativize(page) + " -> " + target + " (no such heading)");
        }
      }
    }
    assertThat(broken).isEmpty();
    assertThat(links).as("links seen").isGreaterThan(10);
  }

  @Test
  void architectureNamesEveryModuleAndNoOther() throws IOException {
    List<String> modules = new ArrayList<>();
    Matcher module =
        Pattern.compile("<module>([^<]+)</module>")
            .matcher(Files.readString(ROOT.resolve("pom.xml")));
    while (module.find()) {
      modules.add(module.group(1));
    }
    List<String> named = new ArrayList<>();
    String table = Files.readString(ROOT.resolve("ARCHITECTURE.md")).split("## Modules", 2)[1];
    Matcher row = Pattern.compile("(?m)^\\| `([a-z/-]+)` \\|").matcher(table);
    while (row.find()) {
      named.add(row.group(1));
    }
    assertThat(named).containsExactlyInAnyOrderElementsOf(modules);
  }

  @Test
  void readmeNamesTheTwoCommands() throws IOException {
    assertThat(Files.readString(ROOT.resolve("README.md")))
        .contains("./dev up")
        .contains("./dev test");
  }

  @Test
  void nothingIsLeftOpenInTheCode() throws IOException {
    Pattern open =
        Pattern.compile("\\b(TODO|FIXME|XXX)\\b|not implemented", Pattern.CASE_INSENSITIVE);
    List<String> left = new ArrayList<>();
    for (Path source : files(".java")) {
      if (source.endsWith("DocumentationTest.java")) {
        continue;
      }
      if (open.matcher(Files.readString(source)).find()) {
        left.add(ROOT.relativize(source).toString());
      }
    }
    assertThat(left).isEmpty();
  }

  /** Files that may be longer, no longer than this, and why. */
  private static final Map<String, Integer> LONG_FILES = Map.of();

  @Test
  void filesAreOneStoryLong() throws IOException {
    List<String> tooLong = new ArrayList<>();
    for (Path source : files(".java")) {
      try (Stream<String> lines = Files.lines(source)) {
        long count = lines.count();
        // Tables of test cases are longer than stories.
        int most =
            LONG_FILES.getOrDefault(
                ROOT.relativize(source).toString(),
                source.toString().contains("/src/test/") ? 800 : 600);
        if (count > most) {
          tooLong.add(ROOT.relativize(source) + ": " + count + " lines");
        }
      }
    }
    assertThat(tooLong).as("split them: a file tells one story").isEmpty();
  }

  private static Set<String> anchors(Path page) throws IOException {
    Matcher heading = Pattern.compile("(?m)^#+ (.+)$").matcher(Files.readString(page));
    Set<String> anchors = new java.util.HashSet<>();
    while (heading.find()) {
      anchors.add(
          heading
              .group(1)
              .toLowerCase(Locale.ROOT)
              .replaceAll("[^\\p{L}\\p{N} _-]", "")
              .strip()
              .replace(' ', '-'));
    }
    return anchors;
  }

  private static List<Path> files(String ending) throws IOException {
    try (Stream<Path> all = Files.walk(ROOT)) {
      return all.filter(p -> p.toString().endsWith(ending))
          .filter(
              p -> {
                for (Path part : ROOT.relativize(p)) {
                  if (SKIPPED.contains(part.toString())) {
                    return false;
                  }
                }
                return true;
              })
          .sorted()
          .toList();
    }
  }
}
