package dev.counterfoil.disclosure.record;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterfoil.disclosure.TheftNotice;
import dev.counterfoil.disclosure.documents.Draft;
import dev.counterfoil.disclosure.documents.StatementDocuments;
import dev.counterfoil.disclosure.victims.NoticeMaker;
import dev.counterfoil.disclosure.victims.NoticeText;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.bytes.StrictJson;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Whom an incident affects is what the monitor says, and never what a refused token names. */
class IncidentPartsTest {
  private static final Instant NOW = Instant.parse("2026-12-01T08:00:00Z");

  /** One that forged tokens without an acceptance name 77 accounts in. */
  private static final String INCIDENT =
      """
      {"id":1,"domain":"consumer","severity":"critical","first_seen_ms":1,"last_seen_ms":2,
       "timeline":[{"kid":"k1"}],"not_known":["Something."],
       "tokens":[{"token":"t","digest":"d","tenants":["contoso"],"subjects":["mallory"],
                  "clients":[],"services":["orders"],"addresses":[],"accepted":0,"refused":77,
                  "first_ms":1,"last_ms":2}],
       "touched":{"tenants":[TENANTS],"subjects":[SUBJECTS],"accounts":[ACCOUNTS],"named_only":77,
                  "entities":[],"items":0,"exact":false}}
      """;

  private static final String ALICE =
      """
      {"tenant":"acme","subject":"alice","first_seen_at_ms":1,"last_seen_at_ms":2,"tokens":1,
       "accepted":1,"services":["orders"],"token_names":["d"]}
      """;

  private static IncidentParts parts(String tenants, String subjects, String accounts)
      throws Exception {
    String text =
        INCIDENT
            .replace("TENANTS", tenants)
            .replace("SUBJECTS", subjects)
            .replace("ACCOUNTS", accounts);
    return IncidentParts.of(StrictJson.object(text.getBytes(StandardCharsets.UTF_8), 1 << 22));
  }

  /** As the process reads it. */
  private static Draft draft(IncidentParts parts) throws Exception {
    JsonObject part = parts.parts().getFirst();
    AffectedIncident incident =
        AffectedIncident.parse(
            parts
                .summary()
                .with("accounts", part.objects("accounts"), "entities", part.objects("entities"))
                .with("salt", "salt"));
    return new Draft(
        1, incident, List.of(), List.of(), Map.of("advice", "Wait."), incident.counts());
  }

  private static List<TheftNotice> notices(Draft draft) {
    return NoticeMaker.of(draft, 0, "consumer", List.of(), NOW);
  }

  private static String text(Draft draft) {
    return StatementDocuments.text(
        draft, new StatementDocuments.Standing("consumer", NOW, "code", Optional.empty(), NOW));
  }

  @Test
  void whatOnlyRefusedTokensNameIsNoVictim() throws Exception {
    IncidentParts parts = parts("", "", "");
    assertThat(parts.accounts()).isZero();
    assertThat(parts.tenants()).isZero();
    assertThat(parts.namedOnly()).isEqualTo(77);
    Draft draft = draft(parts);
    assertThat(notices(draft)).isEmpty();
    assertThat(text(draft))
        .contains("Affected: at least 0 tenants, 0 people, 0 items")
        .contains("Not counted: forged tokens named 77 other accounts of tenants that we serve.")
        .doesNotContain("contoso", "mallory");
  }

  @Test
  void whatAnAcceptedTokenNamesIsOne() throws Exception {
    Draft draft = draft(parts("\"acme\"", "\"alice\"", ALICE));
    assertThat(text(draft)).contains("Affected: at least 1 tenants, 1 people, 0 items");
    assertThat(notices(draft)).extracting(TheftNotice::tenant).containsExactly("acme");
    assertThat(notices(draft).getFirst().affected())
        .extracting(TheftNotice.AffectedAccount::subject)
        .containsExactly("alice");
    assertThat(draft.incident().notKnown()).containsExactly("Something.");
  }

  /** The key of a forged token may be revoked or not: the notice names it, and no more. */
  @Test
  void aNoticeNamesTheKeysAndSaysWhatItLeavesOut() throws Exception {
    IncidentParts parts = parts("\"acme\"", "\"alice\"", ALICE);
    TheftNotice notice = notices(draft(parts)).getFirst();
    assertThat(notice.keys()).containsExactly("k1");
    assertThat(notice.toJson().strings("keys")).containsExactly("k1");
    assertThat(notice.affected().getFirst().tokenNames()).containsExactly("d");
    assertThat(TheftNotice.parse(notice.toJson())).isEqualTo(notice);
    assertThat(NoticeText.of(notice, "7K3Q", "place", "en"))
        .contains("alice: 1 tokens", "\n    d\n");
    assertThat(notice.details().notKnown()).noneMatch(line -> line.startsWith("This notice lists"));
    String many =
        IntStream.rangeClosed(0, TheftNotice.AFFECTED_MAX)
            .mapToObj(i -> ALICE.replace("alice", "a" + i))
            .collect(Collectors.joining(","));
    IncidentParts all = parts("\"acme\"", "", many);
    assertThat(all.parts().toString()).doesNotContain("token_names");
    List<JsonObject> accounts = new ArrayList<>();
    for (JsonObject part : all.parts()) {
      accounts.addAll(part.objects("accounts"));
    }
    AffectedIncident incident =
        AffectedIncident.parse(
            all.summary().with("accounts", accounts, "entities", List.of()).with("salt", "salt"));
    TheftNotice cut =
        notices(
                new Draft(
                    1,
                    incident,
                    List.of(),
                    List.of(),
                    Map.of("advice", "Wait."),
                    incident.counts()))
            .getFirst();
    assertThat(cut.affected()).hasSize(TheftNotice.AFFECTED_MAX);
    assertThat(cut.details().notKnown())
        .contains("This notice lists 10000 of 10001 accounts. Ask us for all.");
  }

  @Test
  void whomNoNoticeCanNameIsSaidToBeMissing() throws Exception {
    Draft draft = draft(parts("\"acme\"", "\"alice\",\"a-client\"", ALICE));
    assertThat(draft.incident().notKnown())
        .anyMatch(why -> why.startsWith("1 more people or clients are touched"));
  }
}
