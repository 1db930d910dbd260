package dev.counterfoil.testing;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * Documents that cannot rot: links lead somewhere, headings that are linked to exist, the modules
 * are the ones that are there.
 */
class DocumentationTest {
  private static final Path ROOT = Path.of(System.getProperty("counterfoil.root"));
  private static final Pattern LINK = Pattern.compile("\\[[^\\]]*\\]\\(([^)\\s]+)\\)");
  private static final String PACKAGES = "java/dev/counterfoil/";
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
  void theManualNamesEveryPageOnce() throws IOException {
    Path docs = ROOT.resolve("docs");
    List<String> named = new ArrayList<>();
    Matcher line =
        Pattern.compile("(?m)^- \\[[^\\]]+\\]\\(([^)]+\\.md)\\): ")
            .matcher(Files.readString(docs.resolve("README.md")));
    while (line.find()) {
      named.add(line.group(1));
    }
    Set<String> pages = new TreeSet<>();
    for (Path page : files(".md")) {
      // Each decision is a row of the decisions' own index.
      if (page.startsWith(docs)
          && (!page.startsWith(docs.resolve("decisions")) || page.endsWith("README.md"))) {
        pages.add(docs.relativize(page).toString());
      }
    }
    pages.remove("README.md");
    assertThat(named).doesNotHaveDuplicates();
    assertThat(named.stream().filter(page -> !page.startsWith("../")))
        .containsExactlyInAnyOrderElementsOf(pages);
    assertThat(pages).hasSizeGreaterThan(40);
  }

  /** Rows of tables and what a benchmark writes between its marks may be longer. */
  @Test
  void noLineIsTooLongToRead() throws IOException {
    List<String> tooLong = new ArrayList<>();
    for (Path page : files(".md")) {
      if (!page.startsWith(ROOT.resolve("docs"))) {
        continue;
      }
      boolean written = false;
      int number = 0;
      for (String line : Files.readAllLines(page)) {
        number++;
        written = (written || line.startsWith("<!-- begin")) && !line.startsWith("<!-- end");
        if (line.length() > 120 && !written && !line.strip().startsWith("|")) {
          tooLong.add(ROOT.relativize(page) + ":" + number);
        }
      }
    }
    assertThat(tooLong).isEmpty();
  }

  /** Newest first, and no entry longer than two lines. */
  @Test
  void theChangelogStaysShort() throws IOException {
    List<String> tooLong = new ArrayList<>();
    List<String> dates = new ArrayList<>();
    int linesOfEntry = 0;
    int entries = 0;
    for (String line : Files.readAllLines(ROOT.resolve("CHANGELOG.md"))) {
      if (line.startsWith("### ")) {
        dates.add(line.substring(4));
      }
      boolean begins = line.startsWith("- ");
      entries += begins ? 1 : 0;
      linesOfEntry = begins ? 1 : line.startsWith("  ") ? linesOfEntry + 1 : 0;
      if (linesOfEntry > 2 || line.length() > 120) {
        tooLong.add(line);
      }
    }
    assertThat(tooLong).isEmpty();
    assertThat(entries).isGreaterThan(50);
    assertThat(dates.reversed()).isSorted().doesNotHaveDuplicates();
  }

  @Test
  void theGlossaryIsSorted() throws IOException {
    List<String> words =
        Files.readAllLines(ROOT.resolve("docs/reference/glossary.md")).stream()
            .filter(line -> line.startsWith("| ") && !line.startsWith("| word |"))
            .map(line -> line.substring(2, line.indexOf(" |")).toLowerCase(Locale.ROOT))
            .toList();
    assertThat(words).hasSizeGreaterThan(100).isSorted().doesNotHaveDuplicates();
  }

  @Test
  void theDecisionsAreListedByTheirDate() throws IOException {
    Path decisions = ROOT.resolve("docs/decisions");
    Matcher row =
        Pattern.compile("(?m)^\\| ([0-9-]{10}) \\| \\[(.+)\\]\\(([^)]+\\.md)\\) \\|$")
            .matcher(Files.readString(decisions.resolve("README.md")));
    List<String> dates = new ArrayList<>();
    Set<Path> listed = new TreeSet<>();
    while (row.find()) {
      dates.add(row.group(1));
      Path decision = decisions.resolve(row.group(3));
      listed.add(decision);
      assertThat(Files.readString(decision)).startsWith("# " + row.group(2) + "\n");
    }
    assertThat(dates).isSorted();
    Set<Path> there = new TreeSet<>(files(".md"));
    there.removeIf(page -> !page.startsWith(decisions) || page.endsWith("README.md"));
    assertThat(listed).isEqualTo(there);
  }

  /** A step that nothing runs is found at night; each names what runs it. */
  @Test
  void runbooksNameTestsAndDrillsThatThereAre() throws IOException {
    Set<String> tests = new HashSet<>();
    Path drills = ROOT.resolve("drills/src/main/resources/dev/counterfoil/drills");
    for (Path source : files(".java")) {
      tests.add(source.getFileName().toString().replace(".java", ""));
    }
    int runbooks = 0;
    for (Path page : files(".md")) {
      if (!page.startsWith(ROOT.resolve("docs/runbooks"))) {
        continue;
      }
      runbooks++;
      String text = Files.readString(page);
      Matcher test = Pattern.compile("`(\\w+Test)`").matcher(text);
      int named = 0;
      while (test.find()) {
        assertThat(tests).as(page.toString()).contains(test.group(1));
        named++;
      }
      Matcher drill = Pattern.compile("drill\\s`([a-z0-9-]+)`").matcher(text);
      while (drill.find()) {
        assertThat(drills.resolve(drill.group(1) + ".txt")).as(page.toString()).exists();
        named++;
      }
      assertThat(named).as(page.toString()).isPositive();
    }
    assertThat(runbooks).isGreaterThan(4);
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
    Matcher row = Pattern.compile("(?m)^\\| `([a-z0-9/-]+)` \\|").matcher(table);
    while (row.find()) {
      named.add(row.group(1));
    }
    assertThat(named).containsExactlyInAnyOrderElementsOf(modules);
  }

  /** {@code -Dregenerate=true} writes the table anew. */
  @Test
  void architectureHasTheFirstSentenceOfEveryRoom() throws IOException {
    StringBuilder table = new StringBuilder("| room | what it is for |\n|---|---|\n");
    int rooms = 0;
    for (Map.Entry<String, Path> room : rooms().entrySet()) {
      table.append(
          "| [`%s`](%s) | %s |\n"
              .formatted(
                  room.getKey(),
                  ROOT.relativize(room.getValue()),
                  firstSentence(Files.readString(room.getValue()))));
      rooms++;
    }
    Path page = ROOT.resolve("ARCHITECTURE.md");
    String text = Files.readString(page);
    String begin = "<!-- begin rooms -->\n";
    String expected =
        text.substring(0, text.indexOf(begin) + begin.length())
            + table
            + text.substring(text.indexOf("<!-- end rooms -->"));
    if (Boolean.getBoolean("regenerate")) {
      Files.writeString(page, expected);
    }
    assertThat(rooms).isGreaterThan(80);
    assertThat(Files.readString(page)).isEqualTo(expected);
  }

  @Test
  void theFirstSentenceOfARoomIsReadAsPlainText() {
    assertThat(
            firstSentence(
                """
                /**
                 * Reads {@code jti} of RFC 7519. 4.1.7 and {@link dev.counterfoil.log.Log}, as c2sp.org
                 * says.
                 *
                 * <p>More.
                 */
                package dev.counterfoil.log;
                """))
        .isEqualTo("Reads `jti` of RFC 7519. 4.1.7 and `Log`, as c2sp.org says.");
  }

  /**
   * Classes that a page names with their room, and tests; so a page that follows the code stays
   * true.
   */
  @Test
  void classesThatPagesNameAreThere() throws IOException {
    Set<String> rooms = rooms().keySet();
    Set<String> classes = new HashSet<>();
    for (Path source : files(".java")) {
      String path = ROOT.relativize(source).toString().replace(".java", "");
      int root = path.indexOf(PACKAGES);
      if (root >= 0) {
        classes.add(path.substring(root + PACKAGES.length()).replace('/', '.'));
      }
    }
    Pattern named = Pattern.compile("`([a-z0-9]+(?:\\.[a-z0-9]+)*)\\.([A-Z]\\w+)`");
    List<String> missing = new ArrayList<>();
    int seen = 0;
    for (Path page : files(".md")) {
      Matcher name = named.matcher(Files.readString(page));
      while (name.find()) {
        if (rooms.contains(name.group(1).split("\\.", 2)[0])) {
          seen++;
          if (!classes.contains(name.group(1) + "." + name.group(2))) {
            missing.add(ROOT.relativize(page) + " -> " + name.group());
          }
        }
      }
    }
    Set<String> names =
        classes.stream()
            .map(name -> name.substring(name.lastIndexOf('.') + 1))
            .collect(Collectors.toSet());
    Pattern test = Pattern.compile("`(\\w+Test)`");
    for (Path page : files(".md")) {
      Matcher name = test.matcher(Files.readString(page));
      while (name.find()) {
        seen++;
        if (!names.contains(name.group(1))) {
          missing.add(ROOT.relativize(page) + " -> " + name.group());
        }
      }
    }
    assertThat(missing).isEmpty();
    assertThat(seen).isGreaterThan(100);
  }

  /** Messages and comments name pages, too. */
  @Test
  void pagesThatSourcesNameAreThere() throws IOException {
    Pattern named = Pattern.compile("\\b(?:docs|spec)/[a-z0-9/-]+\\.md\\b");
    Set<String> missing = new TreeSet<>();
    int seen = 0;
    for (Path source : files(".java")) {
      Matcher name = named.matcher(Files.readString(source));
      while (name.find()) {
        seen++;
        if (!Files.exists(ROOT.resolve(name.group()))) {
          missing.add(ROOT.relativize(source) + " -> " + name.group());
        }
      }
    }
    assertThat(missing).isEmpty();
    assertThat(seen).isGreaterThan(100);
  }

  /** The packages of the product by their names, each with its package-info. */
  private static Map<String, Path> rooms() throws IOException {
    Map<String, Path> rooms = new TreeMap<>();
    for (Path source : files("package-info.java")) {
      String path = ROOT.relativize(source.getParent()).toString();
      int root = path.indexOf(PACKAGES);
      // Benchmarks reach into rooms of others.
      if (path.contains("src/main/java/")
          && root >= 0
          && !path.contains("benchmarks/src/main/java/dev/counterfoil/audit")) {
        rooms.put(path.substring(root + PACKAGES.length()).replace('/', '.'), source);
      }
    }
    return rooms;
  }

  private static String firstSentence(String packageInfo) {
    String comment =
        packageInfo
            .substring(packageInfo.indexOf("/**") + 3, packageInfo.indexOf("*/"))
            .replaceAll("(?m)^ \\* ?", "")
            .split("<p>|<ul>", 2)[0]
            .replaceAll("\\s+", " ")
            .strip();
    Matcher end = Pattern.compile("\\.(?= [\\p{Lu}{]|$)").matcher(comment);
    return (end.find() ? comment.substring(0, end.end()) : comment)
        .replaceAll("<b>|</b>", "")
        .replaceAll("\\{@code ([^}]+)}", "`$1`")
        .replaceAll("\\{@link (?:[a-z0-9]+\\.)*([^}#]+)[^}]*}", "`$1`");
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
    Set<String> anchors = new HashSet<>();
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
