package dev.counterfoil.testing;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** One name, one class: who reads a name in a message, a page or a trace knows which is meant. */
class ClassNamesTest {
  private static final Path ROOT = Path.of(System.getProperty("counterfoil.root"));

  @Test
  void noNameIsThatOfTwoClasses() throws Exception {
    List<Path> sources;
    try (Stream<Path> files = Files.walk(ROOT)) {
      sources = files.filter(file -> file.toString().contains("/src/main/java/")).toList();
    }
    assertThat(sources).hasSizeGreaterThan(1_000);
    assertThat(twice(sources)).isEmpty();
  }

  @Test
  void aSecondClassOfANameIsSeen() {
    assertThat(
            twice(List.of(Path.of("a/Place.java"), Path.of("b/Place.java"), Path.of("b/C.java"))))
        .containsExactly("Place.java");
    assertThat(twice(List.of(Path.of("a/package-info.java"), Path.of("b/package-info.java"))))
        .isEmpty();
  }

  private static List<String> twice(List<Path> sources) {
    return sources.stream()
        .map(file -> String.valueOf(file.getFileName()))
        .filter(name -> name.endsWith(".java") && !name.contains("-info."))
        .collect(Collectors.groupingBy(name -> name, TreeMap::new, Collectors.counting()))
        .entrySet()
        .stream()
        .filter(name -> name.getValue() > 1)
        .map(name -> name.getKey())
        .toList();
  }
}
