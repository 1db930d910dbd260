package dev.counterfoil.console.views;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.pages.ConsolePage.Ask;
import dev.counterfoil.pages.Messages;
import dev.counterfoil.pages.Sheet;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.Test;

/** A tenant reads its notices, and answers the one that nobody has answered. */
class NoticeViewTest {
  private static final Sheet SHEET = new Sheet(Messages.of(Locale.ENGLISH), "", "x", Instant.EPOCH);
  private static final String CODE = "7K3Q-0VXA-9ZTM";

  private static JsonObject answer(boolean isRead) {
    return JsonObject.builder()
        .put("place", "login.example/disclosure")
        .put(
            "notices",
            List.of(
                JsonObject.builder()
                    .put("code", CODE)
                    .put("incident", "7")
                    .put("at_ms", 1_793_600_000_000L)
                    .put("advice", "Treat it as read.")
                    .put("accounts", List.of())
                    .put("not_known", List.of("We do not know who holds the key."))
                    .put("acknowledged_by", isRead ? "Ada" : null)
                    .put("questions", List.of())
                    .build()))
        .build();
  }

  private static List<String> forms(boolean isRead) {
    return NoticeView.one(SHEET, answer(isRead), CODE).orElseThrow().blocks().stream()
        .filter(Ask.class::isInstance)
        .map(block -> ((Ask) block).id())
        .toList();
  }

  @Test
  void whatNobodyHasReadAsksForThat() {
    assertThat(forms(false)).containsExactly("acknowledge", "question");
    assertThat(forms(true)).containsExactly("question");
  }

  @Test
  void aReplacedNoticeLeadsToTheLaterOne() {
    JsonObject one =
        JsonObject.builder().put("code", CODE).put("replaced_by", "AAAA-BBBB-CCCC").build();
    JsonObject replaced = answer(false).with("notices", List.of(one));
    assertThat(NoticeView.one(SHEET, replaced, CODE).orElseThrow().blocks().toString())
        .contains("out of date: read notice AAAA-BBBB-CCCC");
    assertThat(NoticeView.list(SHEET, replaced).blocks().toString())
        .contains("/notices/AAAA-BBBB-CCCC");
    assertThat(NoticeView.list(SHEET, answer(false)).blocks().toString())
        .doesNotContain("out of date");
  }

  @Test
  void theCodeStandsBesideThePlaceToCompareItWith() {
    ShownPage page = NoticeView.one(SHEET, answer(false), CODE).orElseThrow();
    assertThat(page.blocks().toString()).contains(CODE, "login.example/disclosure");
    assertThat(NoticeView.one(SHEET, answer(false), "AAAA-BBBB-CCCC")).isEmpty();
    assertThat(NoticeView.list(SHEET, answer(false)).blocks().toString()).contains(CODE);
  }
}
