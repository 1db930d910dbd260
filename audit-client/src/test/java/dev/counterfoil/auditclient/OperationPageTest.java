package dev.counterfoil.auditclient;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Locale;
import org.junit.jupiter.api.Test;

/**
 * The table in docs/reference/events.md is the one of the catalogue. {@code -Dregenerate=true}
 * writes it anew.
 */
class OperationPageTest {
  private static final Path PAGE = Path.of("../docs/reference/events.md");
  private static final String BEGIN = "<!-- operations -->\n";
  private static final String END = "<!-- end of operations -->";

  @Test
  void thePageHasEveryOperation() throws Exception {
    String page = Files.readString(PAGE);
    StringBuilder table = new StringBuilder("| `event_code` | is | said by | class | activity |\n");
    table.append("|---|---|---|---|---|\n");
    for (Operation operation : Operation.values()) {
      table.append(
          "| `%s` | %s | %s | %d | %d |\n"
              .formatted(
                  operation.code(),
                  operation.meaning(),
                  operation.part().name().toLowerCase(Locale.ROOT),
                  operation.classUid(),
                  operation.activityId()));
    }
    String generated =
        page.substring(0, page.indexOf(BEGIN) + BEGIN.length())
            + table
            + page.substring(page.indexOf(END));
    if (Boolean.getBoolean("regenerate")) {
      Files.writeString(PAGE, generated);
    }
    assertThat(generated).isEqualTo(Files.readString(PAGE));
  }

  @Test
  void codesAreUniqueAndActivitiesAreTheirs() {
    assertThat(Arrays.stream(Operation.values()).map(Operation::code)).doesNotHaveDuplicates();
  }
}
