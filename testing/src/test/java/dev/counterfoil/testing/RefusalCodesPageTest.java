package dev.counterfoil.testing;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterfoil.signerprotocol.Answer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The page of refusal codes explains what signer, registrar, monitor and custodian refuse with. */
class RefusalCodesPageTest {
  private static final Path ROOT = Path.of(System.getProperty("counterfoil.root"));

  private static Set<String> found(String text, String pattern) {
    return Pattern.compile(pattern)
        .matcher(text)
        .results()
        .map((MatchResult result) -> result.group(1))
        .collect(Collectors.toCollection(TreeSet::new));
  }

  private static String page(String heading) throws IOException {
    String page = Files.readString(ROOT.resolve("docs/reference/refusal-codes.md"));
    return page.split("## " + heading + "\\n", 2)[1].split("\n## ", 2)[0];
  }

  @Test
  void thePageHasEveryCodeOfSignerAndRegistrar() throws IOException {
    assertThat(found(page("Signer and registrar"), "(?m)^\\| `([A-Z_]+)` \\|"))
        .isEqualTo(
            Arrays.stream(Answer.Refused.Code.values())
                .map(Enum::name)
                .collect(Collectors.toCollection(TreeSet::new)));
  }

  @Test
  void thePageHasEveryCodeOfMonitorAndCustodian() throws IOException {
    Set<String> codes = new TreeSet<>();
    for (String module : List.of("audit-server", "custodian", "http", "monitor")) {
      try (Stream<Path> all = Files.walk(ROOT.resolve(module + "/src/main"))) {
        for (Path source : all.filter(file -> file.toString().endsWith(".java")).toList()) {
          codes.addAll(
              found(Files.readString(source), "new Problem\\(\\s*[0-9]+,\\s*\"([a-z_-]+)\""));
        }
      }
    }
    assertThat(codes).hasSizeGreaterThan(15);
    assertThat(found(page("Monitor and custodian"), "[0-9]{3} `([a-z_-]+)`")).isEqualTo(codes);
  }
}
