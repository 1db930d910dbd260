package dev.counterfoil.console.views;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.pages.ConsolePage.Ask;
import dev.counterfoil.pages.ConsolePage.Block;
import dev.counterfoil.pages.ConsolePage.Field;
import dev.counterfoil.pages.Messages;
import dev.counterfoil.pages.Sheet;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** What operators can do about a finding's like, and what a form asks of the monitor. */
class SuppressionViewTest {
  private static final Sheet SHEET = new Sheet(Messages.of(Locale.ENGLISH), "", "x", Instant.EPOCH);

  private static JsonObject finding(String kind) {
    return JsonObject.builder()
        .put("id", 7)
        .put("kind", kind)
        .put("kid", "k1")
        .put(
            "detail",
            JsonObject.builder()
                .put("rule", "r1")
                .put("presented", JsonObject.builder().put("service", "mail").build())
                .build())
        .build();
  }

  private static JsonObject suppression(int id, String state) {
    return JsonObject.builder()
        .put("id", id)
        .put("kind", "forged-token")
        .put("state", state)
        .put("reason", "a test")
        .put("owner", "olive")
        .put("added_by", "s1")
        .put("until_ms", 1)
        .build();
  }

  private static List<Block> shown(String kind, JsonObject... suppressions) {
    return SuppressionView.of(
        SHEET,
        finding(kind),
        JsonObject.builder()
            .put("suppressions", List.of(suppressions))
            .put("two_persons", List.of("forged-token"))
            .build(),
        "/findings/7",
        "olive");
  }

  private static Optional<Ask> ask(List<Block> blocks, String id) {
    return blocks.stream()
        .filter(Ask.class::isInstance)
        .map(Ask.class::cast)
        .filter(ask -> ask.id().equals(id))
        .findFirst();
  }

  private static Field field(List<Block> blocks, String ask, String name) {
    return ask(blocks, ask).orElseThrow().fields().stream()
        .filter(field -> field.name().equals(name))
        .findFirst()
        .orElseThrow();
  }

  @Test
  void whatTakesTwoPersonsIsSaidAndLastsAWeekAtMost() {
    assertThat(field(shown("forged-token"), "suppress", "days").options()).doesNotContainKey("30");
    assertThat(field(shown("forged-token"), "suppress", "days").help()).contains("two persons");
    assertThat(field(shown("rule-matched"), "suppress", "days").options()).containsKey("30");
    assertThat(field(shown("rule-matched"), "suppress", "days").help()).contains("at once");
    assertThat(field(shown("rule-matched"), "suppress", "about").options().keySet())
        .containsExactly("k1", "mail", "");
  }

  @Test
  void onlyWhatWaitsCanBeApproved() {
    assertThat(ask(shown("forged-token"), "suppression-end")).isEmpty();
    List<Block> one = shown("forged-token", suppression(1, "in-force"));
    assertThat(ask(one, "suppression-approve")).isEmpty();
    assertThat(field(one, "suppression-end", "suppression").options()).containsOnlyKeys("1");
    List<Block> two = shown("forged-token", suppression(1, "in-force"), suppression(2, "waiting"));
    assertThat(field(two, "suppression-approve", "suppression").options()).containsOnlyKeys("2");
    assertThat(field(two, "suppression-end", "suppression").options()).containsOnlyKeys("1", "2");
    assertThat(ask(shown("rule-matched", suppression(1, "in-force")), "suppression-end")).isEmpty();
  }

  @Test
  void aFormAsksForWhatItShows() throws Exception {
    Map<String, String> form =
        Map.of("do", "suppress", "about", "k1", "reason", " noise ", "owner", "olive", "days", "7");
    JsonObject asked = asked(finding("rule-matched"), form).orElseThrow();
    assertThat(asked.string("do")).isEqualTo("add");
    assertThat(asked.string("rule")).isEqualTo("r1");
    assertThat(asked.string("reason")).isEqualTo("noise");
    assertThat(asked.number("seconds")).isEqualTo(7 * 86_400);
    assertThat(asked(finding("forged-token"), form).orElseThrow().string("rule")).isEmpty();
    assertThat(asked(finding("forged-token"), Map.of("do", "approve", "suppression", "3")))
        .hasValue(JsonObject.builder().put("do", "approve").put("id", 3L).build());
    for (Map<String, String> wrong :
        List.of(
            Map.of("do", "approve", "suppression", "3x"),
            Map.of("do", "approve", "suppression", "99999999999999999999"),
            Map.of("do", "suppress", "days", "91"),
            Map.of("do", "delete", "suppression", "3"),
            Map.<String, String>of())) {
      assertThat(asked(finding("forged-token"), wrong)).as("%s", wrong).isEmpty();
    }
  }

  private static Optional<JsonObject> asked(JsonObject finding, Map<String, String> form) {
    return SuppressionView.asked(finding, name -> form.getOrDefault(name, ""));
  }
}
