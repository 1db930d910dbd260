package dev.counterfoil.cli.compromise;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterfoil.cli.ScriptedMonitor;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.installation.layout.DataFolder;
import dev.counterfoil.monitor.MonitorAdmin;
import dev.counterfoil.operations.Contained;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** How many forged tokens were presented, of which one may have been presented several times. */
class ContainmentReportTest {
  @TempDir
  @SuppressWarnings("NullAway.Init") // injected
  private Path folder;

  private static JsonObject presented(String digest, String jti, boolean isUnproven) {
    return JsonObject.builder()
        .put("type", "presented")
        .put("seen_at_ms", 1L)
        .put("digest", digest)
        .put("jti", jti)
        .put("tenant", digest.equals("b") ? "acme" : null)
        .put("sub", digest.equals("b") ? "al\u202eice" : null)
        .put("unproven", isUnproven)
        .build();
  }

  /** A signer that comes back makes another key for the same log, and its tokens are verified. */
  @Test
  void ofALogThatIsNotSealedOnlyTheseKeysTokensAreInvalid() {
    for (boolean isSealed : List.of(true, false)) {
      ByteArrayOutputStream said = new ByteArrayOutputStream();
      new ContainmentReport(new PrintStream(said, true, StandardCharsets.UTF_8), isSealed)
          .say(new Contained("s1g1", 7, List.of("k"), 0, false), List.of());
      String text = said.toString(StandardCharsets.UTF_8);
      assertThat(text).contains("revoked from there on: k");
      assertThat(text.contains("Tokens of these keys from position 7 on are invalid"))
          .isEqualTo(!isSealed);
      assertThat(text.contains("continues in this log with a new key")).isEqualTo(!isSealed);
    }
  }

  @Test
  void tokensAreCountedAndEachTimeIsListed() throws Exception {
    ByteArrayOutputStream said = new ByteArrayOutputStream();
    try (ScriptedMonitor monitor = new ScriptedMonitor(folder)) {
      monitor.says(
          "report",
          presented("a", "s1g1.0", false),
          presented("a", "s1g1.0", false),
          presented("b", "s1g1.0", false),
          presented("c", "s1g1.7", true),
          presented("c", "s1g1.7", true),
          presented("d", "s1g1.8", false).with("two_histories", true),
          JsonObject.builder()
              .put("type", "summary")
              .put("signed", 3L)
              .put("held", 3L)
              .put("published", 3L)
              .put("complete", false)
              .put("two_histories", List.of("s1g1"))
              .build());
      List<JsonObject> uses =
          new ContainmentReport(new PrintStream(said, true, StandardCharsets.UTF_8), true)
              .uses(
                  new MonitorAdmin(new DataFolder(folder).monitor().resolve("admin.sock")),
                  new Contained("s1g1", 3, List.of("k"), 0, false));
      assertThat(uses.getFirst().objects("presented_without_counterfoil")).hasSize(3);
      assertThat(uses.getFirst().objects("presented_unproven")).hasSize(2);
      assertThat(uses.getFirst().objects("presented_two_histories")).hasSize(1);
      assertThat(uses.getFirst().truth("complete")).isFalse();
    }
    assertThat(said.toString(StandardCharsets.UTF_8))
        .contains("Z as acme/al\\u{202e}ice at ", "Z token s1g1.7 at ")
        .doesNotContain("null/null")
        .contains(
            "2 tokens were presented that it did not sign",
            "  1 more is unproven: ",
            "  INCOMPLETE: log s1g1 has two histories.",
            "  1 more may be an honest token of the log's other history, or forged: ",
            "  Z token s1g1.8 at ".strip());
  }
}
