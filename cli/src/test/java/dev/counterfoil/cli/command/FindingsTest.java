package dev.counterfoil.cli.command;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterfoil.format.bytes.JsonObject;
import org.junit.jupiter.api.Test;

/** The plain list says what an operator asks first: when, which key, and who. */
class FindingsTest {
  private static JsonObject.Builder finding() {
    return JsonObject.builder().put("last_seen_ms", 1_795_608_000_000L).put("count", 3);
  }

  @Test
  void saysWhenWhichKeyAndWhoPresentedItWhere() throws Exception {
    JsonObject presented =
        JsonObject.builder()
            .put("sub", "ali\u001bce")
            .put("tenant", "acme")
            .put("client_id", "mail-app")
            .put("client_address", "203.0.113.7")
            .put("service", "https://mail.example")
            .build();
    JsonObject finding =
        finding()
            .put("kid", "x8uE")
            .put("detail", JsonObject.builder().put("presented", presented).build())
            .build();
    assertThat(Findings.context(finding))
        .contains(
            "2026-11-25T12:00:00Z (3 times)",
            "key x8uE",
            "of tenant acme",
            "through mail-app",
            "from 203.0.113.7",
            "at https://mail.example")
        .doesNotContain("\u001b");
  }

  @Test
  void saysWhenAlsoOfWhatIsAboutNoToken() throws Exception {
    assertThat(Findings.context(finding().put("detail", JsonObject.builder().build()).build()))
        .isEqualTo("          2026-11-25T12:00:00Z (3 times)");
  }
}
