package dev.counterfoil.assess;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.nio.charset.StandardCharsets;
import java.util.stream.Stream;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Bytes from a stranger's server: whatever its metadata, key set or token is, an assessment ends
 * with a report. Jazzer searches when {@code JAZZER_FUZZ=1} is set; {@link HostileDocumentsTest}
 * has the share that is made from a seed.
 */
class AssessmentFuzzTest {
  private static void ends(Situation situation) {
    AssessmentReport report = situation.assess();
    assertThat(report.toMarkdown()).startsWith("# Assessment of ");
    assertThat(TestKey.json(report.toJson()).has("findings")).isTrue();
  }

  private static String text(byte[] bytes) {
    return new String(bytes, StandardCharsets.UTF_8);
  }

  static Stream<byte[]> goodKeySets() {
    return Stream.of(new Situation().issuer.jwks.toString().getBytes(StandardCharsets.UTF_8));
  }

  static Stream<byte[]> goodMetadata() {
    return Stream.of(
        Situation.soundMetadata(Situation.ISSUER).toString().getBytes(StandardCharsets.UTF_8));
  }

  static Stream<byte[]> goodTokens() {
    return Stream.of(new Situation().tokens.getFirst().text().getBytes(StandardCharsets.UTF_8));
  }

  @MethodSource("goodKeySets")
  @FuzzTest(maxDuration = "60s")
  void keySets(byte[] bytes) {
    Situation situation = new Situation();
    situation.webEdit = web -> web.put(Situation.ISSUER + "/jwks", text(bytes));
    ends(situation);
  }

  @MethodSource("goodMetadata")
  @FuzzTest(maxDuration = "60s")
  void metadata(byte[] bytes) {
    Situation situation = new Situation();
    situation.webEdit =
        web -> web.put(Situation.ISSUER + "/.well-known/openid-configuration", text(bytes));
    ends(situation);
  }

  @MethodSource("goodTokens")
  @FuzzTest(maxDuration = "60s")
  void tokens(byte[] bytes) {
    Situation situation = new Situation();
    situation.onlyToken(text(bytes));
    ends(situation);
  }
}
