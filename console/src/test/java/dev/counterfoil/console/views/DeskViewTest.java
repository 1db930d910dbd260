package dev.counterfoil.console.views;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.pages.ConsolePage.Ask;
import dev.counterfoil.pages.ConsolePage.Block;
import dev.counterfoil.pages.ConsolePage.Cell;
import dev.counterfoil.pages.ConsolePage.Look;
import dev.counterfoil.pages.ConsolePage.Rows;
import dev.counterfoil.pages.Messages;
import dev.counterfoil.pages.Sheet;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.Test;

/** Operators see which claim is contradicted, and approve the draft that they read. */
class DeskViewTest {
  private static final Sheet SHEET = new Sheet(Messages.of(Locale.ENGLISH), "", "x", Instant.EPOCH);

  private static JsonObject claim(String id) {
    return JsonObject.builder()
        .put("id", id)
        .put("version", 1)
        .put("state", "confirmed")
        .put("text", "A key was stolen.")
        .put("evidence", List.of("finding 17"))
        .build();
  }

  private static ShownPage shown() {
    return DeskView.one(
        SHEET,
        JsonObject.builder()
            .put("incident", "7")
            .put("draft", "ab12")
            .put("document", "text")
            .put("content", "A key was stolen.")
            .put("claims", List.of(claim("C1"), claim("C12")))
            .put("documents", List.of("text", "notice/acme corp"))
            .put(
                "contradictions",
                List.of(
                    JsonObject.builder().put("where", "C12").put("what", "says 9 keys").build()))
            .build());
  }

  private static Rows rows(String id) {
    for (Block block : shown().blocks()) {
      if (block instanceof Rows rows && rows.id().equals(id)) {
        return rows;
      }
    }
    throw new AssertionError("no table " + id);
  }

  private static boolean isMarked(List<List<Cell>> row) {
    return row.get(1).stream().anyMatch(cell -> cell.look() == Look.BAD);
  }

  @Test
  void theContradictedClaimIsMarkedAndNoOther() {
    assertThat(rows("claims").rows())
        .extracting(DeskViewTest::isMarked)
        .containsExactly(false, true);
  }

  @Test
  void whatIsApprovedIsTheDraftThatIsShown() {
    assertThat(shown().blocks())
        .filteredOn(Ask.class::isInstance)
        .singleElement()
        .extracting(block -> ((Ask) block).button().value())
        .isEqualTo("ab12");
  }

  @Test
  void eachRecipientHasAPreview() {
    assertThat(shown().blocks().toString()).contains("/desk/7?document=notice%2Facme+corp");
  }
}
