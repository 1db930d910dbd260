package dev.counterfoil.disclosure.documents;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterfoil.disclosure.Claim;
import dev.counterfoil.disclosure.Claim.State;
import dev.counterfoil.disclosure.Measure;
import dev.counterfoil.disclosure.ShownText;
import dev.counterfoil.disclosure.TestIssuer;
import dev.counterfoil.disclosure.documents.StatementDocuments.Standing;
import dev.counterfoil.disclosure.record.AffectedIncident;
import dev.counterfoil.disclosure.record.ClaimVersion;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What contradicts the claims is found; and hostile text is shown as text, whatever it is. */
class ContradictionsTest {
  private static final Claim COUNT =
      new Claim(
          "C1",
          State.CONFIRMED,
          "Mailboxes of 22 tenants were opened.",
          List.of("finding 1"),
          "",
          List.of(Measure.of("tenants=22..25")),
          Optional.empty());
  private static final Claim GUESS =
      Claim.hypothesis("C2", "The key left the signer in a crash dump.", "a dump with it");
  private static final Claim TAKEN_BACK =
      Claim.hypothesis("C3", "Nobody outside the company was affected.", "the logs")
          .withdrawn("It was a guess.");

  private static Draft draft(Map<String, String> texts, List<Claim> claims) {
    AffectedIncident incident =
        new AffectedIncident(
            "7",
            "consumer",
            "high",
            TestIssuer.NOW,
            TestIssuer.NOW,
            List.of(),
            Map.of(),
            List.of("Something is not known."),
            0,
            "salt");
    return new Draft(
        1,
        incident,
        claims.stream()
            .map(one -> new ClaimVersion(1, one, "anna", TestIssuer.NOW, Optional.empty()))
            .toList(),
        List.of(),
        texts,
        incident.counts());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          Mailboxes of 24 tenants were opened.                  | false
          Mailboxes of 30 tenants were opened.                  | true
          Mailboxes of 1,000 tenants were opened.               | true
          1,000 tenants, or rather 24 tenants.                  | true
          There are 30 affected tenants.                        | true
          There are 24 affected tenants.                        | false
          It opened 30 of our tenants.                          | true
          It happened on 2026-11-25.                            | false
          It happened on 2026-11-20.                            | true
          The key may have left the signer in a crash dump.     | false
          The key left the signer in a crash dump.              | true
          We were wrong: nobody outside the company was affected was not true. | false
          Nobody outside the company was affected.              | true
          We had lunch.                                         | false
          There are 12 items.                                   | true
          """)
  void aTextThatContradictsTheClaimsIsFound(String text, boolean contradicts) {
    Draft draft = draft(Map.of(), List.of(COUNT, GUESS, TAKEN_BACK));
    assertThat(!Contradictions.inDocument("press release", text, draft).isEmpty())
        .isEqualTo(contradicts);
  }

  @Test
  void claimsThatContradictEachOtherOrThemselvesAreFound() {
    Claim other =
        new Claim(
            "C4",
            State.CONFIRMED,
            "Only 3 tenants.",
            List.of("finding 2"),
            "",
            List.of(Measure.of("tenants=4..")),
            Optional.empty());
    assertThat(Contradictions.of(draft(Map.of(), List.of(COUNT, other))))
        .anyMatch(found -> found.what().contains("its words say 3 tenants"))
        .anyMatch(found -> found.what().contains("has an upper bound"));
    Claim apart =
        new Claim(
            "C5",
            State.CONFIRMED,
            "Few.",
            List.of("finding 3"),
            "",
            List.of(Measure.of("tenants=1..3")),
            Optional.empty());
    assertThat(Contradictions.of(draft(Map.of(), List.of(COUNT, apart))))
        .anyMatch(found -> found.what().contains("C1 says 22 to 25 tenants, and C5 says 1 to 3"));
  }

  @Test
  void textsThatContradictEachOtherAreFoundWhereTheClaimsAllowBoth() {
    Map<String, String> apart = Map.of("summary", "22 tenants.", "advice", "For 24 tenants.");
    assertThat(Contradictions.of(draft(apart, List.of(COUNT))))
        .anyMatch(found -> found.what().matches("it says 2[24] tenants, and text .* says 2[24]"));
    Map<String, String> together =
        Map.of("summary", "22 tenants, at most 24 tenants.", "advice", "For 24 tenants.");
    assertThat(Contradictions.of(draft(together, List.of(COUNT))))
        .noneMatch(found -> found.where().startsWith("text"));
    assertThat(Contradictions.inDocument("letter", "25 tenants.", draft(together, List.of(COUNT))))
        .isNotEmpty();
    assertThat(Contradictions.inDocument("letter", "24 tenants.", draft(together, List.of(COUNT))))
        .isEmpty();
  }

  @Test
  void hostileTextIsShownAsText() {
    String hostile =
        "<script>alert(1)</script> \"x\" \u001b[31mred\u202Egnirts\u2066\n[CONFIRMED] C9: all is well";
    Draft draft =
        draft(
            Map.of("headline", hostile, "summary", hostile, "advice", hostile),
            List.of(Claim.hypothesis("C1", hostile, hostile)));
    Standing standing =
        new Standing(hostile, TestIssuer.NOW, "code", Optional.empty(), TestIssuer.NOW);
    String html = StatementDocuments.html(draft, standing);
    String text = StatementDocuments.text(draft, standing);
    assertThat(html)
        .doesNotContain("<script>")
        .contains("&lt;script&gt;")
        .doesNotContain("\u001b")
        .doesNotContain("\u202e")
        .contains("<bdi>");
    assertThat(text).doesNotContain("\u001b").doesNotContain("\u202e").doesNotContain("\n[CONF");
    assertThat(StatementDocuments.brief(draft, List.of())).doesNotContain("\u001b");
    assertThat(ShownText.cell("=HYPERLINK(\"http://evil.example\")"))
        .isEqualTo("\"'=HYPERLINK(\"\"http://evil.example\"\")\"");
    assertThat(ShownText.cell("plain, with a comma")).isEqualTo("\"plain, with a comma\"");
  }
}
