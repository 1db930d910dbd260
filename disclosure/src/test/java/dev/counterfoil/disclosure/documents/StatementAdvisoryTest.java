package dev.counterfoil.disclosure.documents;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.counterfoil.disclosure.Claim;
import dev.counterfoil.disclosure.PublicStatement;
import dev.counterfoil.disclosure.advisories.CsafCheck;
import dev.counterfoil.disclosure.advisories.CsafDocument;
import dev.counterfoil.disclosure.advisories.CsafSamples;
import dev.counterfoil.disclosure.advisories.TlpLabel;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.JsonObject;
import java.util.List;
import org.junit.jupiter.api.Test;

/** An advisory says what the statement says, in its states, and its next version corrects it. */
class StatementAdvisoryTest {
  private static String note(CsafDocument advisory, String title) throws Exception {
    for (JsonObject note : advisory.json().object("document").objects("notes")) {
      if (note.string("title").equals(title)) {
        return note.string("text");
      }
    }
    return "";
  }

  @Test
  void theFirstVersionTellsEachClaimInItsState() throws Exception {
    byte[] bytes = StatementSamples.advisory(1);
    assertThat(CsafCheck.faults(bytes)).isEmpty();
    CsafDocument advisory = CsafDocument.parse(bytes);
    assertThat(advisory.title()).isEqualTo("A signing key was stolen");
    assertThat(note(advisory, "What we know")).startsWith("C1: ").contains("22 to 25 tenants");
    assertThat(note(advisory, "What may be, not confirmed")).contains("C2: ", "a dump with it");
    assertThat(note(advisory, "Affected")).startsWith("at least 22 tenants");
    assertThat(note(advisory, "Summary")).doesNotContain("\u202e");
    assertThat(note(advisory, "Corrections")).isEmpty();
  }

  @Test
  void theNextVersionCorrectsItAndKeepsTheHistory() throws Exception {
    byte[] bytes = StatementSamples.advisory(2);
    assertThat(CsafCheck.faults(bytes)).isEmpty();
    CsafDocument advisory = CsafDocument.parse(bytes);
    assertThat(advisory.id()).isEqualTo("CF-2026-0007");
    assertThat(advisory.version()).isEqualTo("2");
    assertThat(note(advisory, "What may be, not confirmed")).isEmpty();
    assertThat(note(advisory, "What we took back")).contains("No dump was written.");
    assertThat(note(advisory, "Corrections"))
        .contains("C2 was wrong", "We read every dump.", "A crash came", "with its evidence alone");
    List<JsonObject> history =
        advisory.json().object("document").object("tracking").objects("revision_history");
    assertThat(history).hasSize(2);
    assertThat(history.getLast().string("summary")).contains("corrects", "C2");
  }

  @Test
  void aStatementWithoutAHeadlineMakesNone() {
    PublicStatement bare =
        PublicStatement.first(
            "7",
            "consumer",
            CsafSamples.NOW,
            List.of(Claim.hypothesis("C1", "It may be so.", "a dump")));
    assertThatThrownBy(
            () ->
                StatementAdvisory.first(
                    bare, "CF-1", CsafSamples.PROVIDER, TlpLabel.WHITE, CsafSamples.NOW))
        .isInstanceOf(FormatException.class)
        .hasMessageContaining("headline");
  }
}
