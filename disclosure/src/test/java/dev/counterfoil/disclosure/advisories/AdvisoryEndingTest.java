package dev.counterfoil.disclosure.advisories;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterfoil.disclosure.validation.Fault;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.JsonObject;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The last version of each kind of document is valid, keeps the history, and is newer. */
class AdvisoryEndingTest {
  private static byte[] bytes(JsonObject json) {
    return json.toString().getBytes(StandardCharsets.UTF_8);
  }

  @ParameterizedTest
  @EnumSource(Profile.class)
  void theLastVersionIsValidAndNewerAndKeepsTheHistory(Profile profile) throws FormatException {
    CsafDocument published = CsafDocument.parse(bytes(CsafSamples.good(profile, "CF-2026-0001")));
    for (boolean isSuperseded : new boolean[] {false, true}) {
      byte[] last =
          AdvisoryEnding.of(
              published,
              "The key was never used.",
              CsafSamples.successor(isSuperseded),
              CsafSamples.NOW.plusSeconds(60));
      assertThat(CsafCheck.faults(last)).isEmpty();
      CsafDocument parsed = CsafDocument.parse(last);
      assertThat(parsed.id()).isEqualTo(published.id());
      assertThat(parsed.path()).isEqualTo(published.path());
      assertThat(parsed.version()).isEqualTo("2");
      assertThat(parsed.json().object("document").object("tracking").objects("revision_history"))
          .hasSize(2);
      assertThat(parsed.json().names()).containsExactly("document");
      byte[] draft = CsafSamples.ended(profile, "CF-2026-0001", isSuperseded);
      assertThat(CsafCheck.draftFaults(draft)).isEmpty();
      assertThat(CsafCheck.faults(draft)).extracting(Fault::rule).containsExactly("csaf-2.1");
    }
  }

  @Test
  void aSemanticVersionGetsTheNextMajorOne() {
    assertThat(DocumentVersion.of("1.4.2").nextMajor()).isEqualTo("2.0.0");
    assertThat(DocumentVersion.of("9").nextMajor()).isEqualTo("10");
  }

  @TestFactory
  Stream<DynamicTest> eachRuleRefusesWhatBreaksIt() {
    return CsafSamples.badDrafts().entrySet().stream()
        .map(
            sample ->
                DynamicTest.dynamicTest(
                    sample.getKey(),
                    () ->
                        assertThat(CsafCheck.draftFaults(bytes(sample.getValue())))
                            .extracting(Fault::rule)
                            .contains(sample.getKey())));
  }

  @Test
  void otherProfilesOfTheDraftAreNotKnown() throws FormatException {
    JsonObject draft = CsafSamples.endedJson(false);
    assertThat(
            CsafCheck.draftFaults(bytes(CsafSamples.set(draft, "document/category", "csaf_vex"))))
        .extracting(Fault::rule)
        .isEqualTo(List.of("csaf-2.1"));
    assertThat(Optional.of(AdvisoryEnding.isDraft(draft))).contains(true);
  }
}
