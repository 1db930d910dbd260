package dev.counterfoil.console.views;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterfoil.console.views.ContainmentView.Standing;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.pages.Messages;
import dev.counterfoil.pages.Sheet;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ContainmentViewTest {
  private static JsonObject instance(String name, long counted, boolean isSilent, String... keys) {
    return JsonObject.builder()
        .put("type", "instance")
        .put("client", "main/mail")
        .put("heard_at_ms", 1)
        .put("silent", isSilent)
        .put(
            "said",
            JsonObject.builder()
                .put("instance", name)
                .put("services", List.of("mail"))
                .put("key_log", JsonObject.builder().put("counted", counted).build())
                .put("keys", List.of(keys))
                .build())
        .build();
  }

  @ParameterizedTest
  @CsvSource({
    "8, false, other, DONE",
    "9, true, other, DONE",
    "8, false, stolen, NOT_YET",
    "7, false, other, NOT_YET",
    "7, true, other, SILENT",
    "8, true, stolen, SILENT"
  })
  void aVerifierStandsWhereItSays(long counted, boolean isSilent, String key, Standing expected) {
    assertThat(ContainmentView.standing(instance("one", counted, isSilent, key), "stolen", 8))
        .isEqualTo(expected);
  }

  @Test
  void aServiceForWhichNobodySpeaksIsNamedAndNobodyWaitsForIt() {
    JsonObject answer =
        JsonObject.builder()
            .put(
                "lines",
                List.of(
                    instance("one", 8, false),
                    JsonObject.builder().put("type", "audience").put("name", "mail").build(),
                    JsonObject.builder().put("type", "audience").put("name", "files").build(),
                    JsonObject.builder().put("type", "summary").put("key_log_size", 8).build()))
            .build();
    ShownPage shown =
        ContainmentView.of(
            new Sheet(Messages.of(Locale.ENGLISH), "", "x", Instant.EPOCH), answer, "stolen");
    assertThat(shown.json().get("of")).isEqualTo(2L);
    assertThat(shown.json().get("done")).isEqualTo(1L);
    assertThat(ContainmentView.isComplete(shown)).isTrue();
  }
}
