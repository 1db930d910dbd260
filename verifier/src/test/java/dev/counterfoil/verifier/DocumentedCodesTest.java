package dev.counterfoil.verifier;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/**
 * {@code docs/reference/refusal-codes.md} explains every code, and no other; the first snippet of
 * {@code docs/integrate/verifying.md} compiles.
 */
class DocumentedCodesTest {
  private static String page(String path) throws Exception {
    return Files.readString(Path.of("..", "docs", path));
  }

  @Test
  void thePageExplainsEveryCodeAndNoOther() throws Exception {
    List<String> explained =
        page("reference/refusal-codes.md")
            .lines()
            .filter(line -> line.startsWith("| `"))
            .map(line -> line.substring(0, line.indexOf('|', 1)))
            .flatMap(cell -> Pattern.compile("`([a-z-]+)`").matcher(cell).results())
            .map(result -> result.group(1))
            .toList();
    assertThat(explained)
        .containsExactlyInAnyOrderElementsOf(
            Arrays.stream(RefusalCode.values()).map(RefusalCode::text).toList());
  }

  @Test
  void theFirstSnippetCompiles() throws Exception {
    String page = page("integrate/verifying.md");
    int start = page.indexOf("```java\n") + 8;
    String snippet = page.substring(start, page.indexOf("```", start));
    String source =
        "import dev.counterfoil.format.policy.*; import dev.counterfoil.verifier.*; import java.nio.file.*;"
            + " class Snippet { void serve(String subject) {} void refuse() {}"
            + " void run(String token) throws Exception {\n"
            + snippet
            + "}}";
    Path folder = Files.createTempDirectory("snippet");
    Path file = Files.writeString(folder.resolve("Snippet.java"), source);
    int result =
        javax.tools.ToolProvider.getSystemJavaCompiler()
            .run(
                null,
                null,
                null,
                "-proc:none",
                "-cp",
                System.getProperty("java.class.path"),
                "-d",
                folder.toString(),
                file.toString());
    assertThat(result).isZero();
  }
}
