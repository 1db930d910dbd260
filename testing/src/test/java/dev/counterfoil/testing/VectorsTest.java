package dev.counterfoil.testing;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The golden files: each folder is explained and listed, and each file says what to expect. */
class VectorsTest {
  private static final Path VECTORS = Path.of(System.getProperty("counterfoil.root"), "vectors");
  private static final Pattern ROW =
      Pattern.compile("(?m)^\\| \\[([a-z-]+)\\]\\(\\1/README\\.md\\) \\|");

  /** Files that are a table of values, or what the cases of a folder have in common. */
  private static final List<String> WITHOUT_EXPECT =
      List.of(
          "attached-tokens/world.json",
          "client-jwts/world.json",
          "leaf/leaves.txt",
          "status-list/indexes.txt",
          "tokens/world.json");

  private static List<Path> list(Path folder) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files.sorted().toList();
    }
  }

  @Test
  void theListNamesEveryFolderAndNoOther() throws IOException {
    List<String> named = new ArrayList<>();
    Matcher row = ROW.matcher(Files.readString(VECTORS.resolve("README.md")));
    while (row.find()) {
      named.add(row.group(1));
    }
    List<String> folders =
        list(VECTORS).stream()
            .filter(Files::isDirectory)
            .map(folder -> String.valueOf(folder.getFileName()))
            .toList();
    assertThat(named).isEqualTo(folders);
    for (String folder : folders) {
      assertThat(VECTORS.resolve(folder).resolve("README.md"))
          .content()
          .contains("-Dcounterfoil.vectors.write=true");
    }
  }

  @Test
  void everyFileSaysWhatItIsAndWhatToExpect() throws IOException {
    int seen = 0;
    List<Path> files;
    try (Stream<Path> all = Files.walk(VECTORS)) {
      files = all.filter(Files::isRegularFile).filter(file -> !file.endsWith("README.md")).toList();
    }
    for (Path file : files) {
      String text = Files.readString(file);
      String name = VECTORS.relativize(file).toString();
      assertThat(name).matches("[A-Za-z0-9_/-]+\\.(txt|json)");
      assertThat(text).as(name).matches("(?s)(comment: .+|\\{\\s*\"(comment|now)\".*)");
      if (!WITHOUT_EXPECT.contains(name)) {
        assertThat(text).as(name).matches("(?s).*(\nexpect: \\S|\"expect\"\\s*:\\s*\"\\S).*");
        seen++;
      }
    }
    assertThat(seen).isGreaterThan(300);
  }
}
