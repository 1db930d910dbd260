package dev.counterfoil.format;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;

/** Golden files, one case each. */
public final class VectorFiles {
  private static final String SUFFIX = ".txt";

  private VectorFiles() {}

  /** Holds a case against what becomes of it. */
  @FunctionalInterface
  public interface Check {
    void check(String vector) throws Exception;
  }

  /**
   * A test for each file of a folder.
   *
   * @param least fewer were a mistake of the test's
   */
  public static Stream<DynamicTest> each(Path folder, int least, Check check) throws IOException {
    List<Path> files;
    try (Stream<Path> all = Files.list(folder)) {
      files = all.filter(file -> file.toString().endsWith(SUFFIX)).sorted().toList();
    }
    assertThat(files).hasSizeGreaterThanOrEqualTo(least);
    return files.stream()
        .map(
            file ->
                DynamicTest.dynamicTest(
                    file.getFileName().toString(), () -> check.check(Files.readString(file))));
  }

  /**
   * What stands behind one text, up to another one; to the end where that is empty.
   *
   * @throws AssertionError where one of them is not there
   */
  public static String between(String text, String from, String to) {
    assertThat(text).contains(from);
    int at = text.indexOf(from) + from.length();
    int end = to.isEmpty() ? text.length() : text.indexOf(to, at);
    assertThat(end).as("%s behind %s", to, from).isNotNegative();
    return text.substring(at, end);
  }

  /** Writes a file. */
  public static void write(Path folder, String name, String vector) throws IOException {
    Files.writeString(Files.createDirectories(folder).resolve(name + SUFFIX), vector);
  }

  /** Writes files by their names. */
  public static void write(Path folder, Map<String, String> vectors) throws IOException {
    for (Map.Entry<String, String> vector : vectors.entrySet()) {
      write(folder, vector.getKey(), vector.getValue());
    }
  }
}
