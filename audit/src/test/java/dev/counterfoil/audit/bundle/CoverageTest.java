package dev.counterfoil.audit.bundle;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterfoil.audit.bundle.Coverage.Category;
import dev.counterfoil.auditclient.Operation;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.Locale;
import org.junit.jupiter.api.Test;

/**
 * The table in docs/reference/audit-coverage.md is the one of the catalogue. {@code
 * -Dregenerate=true} writes it anew.
 */
class CoverageTest {
  private static final Path PAGE = Path.of("../docs/reference/audit-coverage.md");
  private static final String BEGIN = "<!-- coverage -->\n";
  private static final String END = "<!-- end of coverage -->";

  @Test
  void thePageHasEveryCategory() throws Exception {
    String page = Files.readString(PAGE);
    StringBuilder table =
        new StringBuilder("| category | verdict | events | not there |\n|---|---|---|---|\n");
    for (Coverage.Line line : Coverage.lines()) {
      StringBuilder events = new StringBuilder();
      line.operations()
          .forEach(
              code ->
                  events.append(events.isEmpty() ? "" : ", ").append('`').append(code).append('`'));
      line.reported().forEach(says -> events.append(events.isEmpty() ? "" : "; ").append(says));
      table.append(
          "| %s %s | %s | %s | %s |\n"
              .formatted(
                  line.category(),
                  line.category().title(),
                  line.verdict().name().toLowerCase(Locale.ROOT).replace('_', ' '),
                  events,
                  line.category().missing()));
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
  void whatAThiefIsFoundByHasOperationsOfOurOwn() {
    for (Coverage.Line line : Coverage.lines()) {
      if (EnumSet.of(Category.A, Category.C, Category.D, Category.E, Category.H)
          .contains(line.category())) {
        assertThat(line.operations()).as(line.category().title()).isNotEmpty();
      }
    }
    for (Operation operation : Operation.values()) {
      assertThat(Coverage.of(operation)).as(operation.code()).isNotEmpty();
    }
  }
}
