package dev.counterfoil.testing;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterfoil.monitor.findings.Finding;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** Each kind of finding has a row that says what to do, and no other has. */
class MonitorFindingsPageTest {
  private static final Path PAGE =
      Path.of(System.getProperty("counterfoil.root"), "docs/reference/findings.md");

  @Test
  void thePageHasEveryKindAndNoOther() throws Exception {
    Set<String> rows = new TreeSet<>();
    Matcher row =
        Pattern.compile("(?m)^\\| (`[a-z-]+`(?:, `[a-z-]+`)*) \\|").matcher(Files.readString(PAGE));
    while (row.find()) {
      rows.addAll(Set.of(row.group(1).replace("`", "").split(", ")));
    }
    assertThat(rows)
        .isEqualTo(
            Arrays.stream(Finding.Kind.values())
                .map(Finding.Kind::text)
                .collect(Collectors.toCollection(TreeSet::new)));
  }
}
