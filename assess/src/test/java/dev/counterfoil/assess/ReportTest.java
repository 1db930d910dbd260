package dev.counterfoil.assess;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.counterfoil.assess.fetch.AssessmentException;
import dev.counterfoil.assess.fetch.AssessmentLimits;
import dev.counterfoil.assess.fetch.Printable;
import dev.counterfoil.assess.finding.AssessmentFinding;
import dev.counterfoil.assess.finding.Severity;
import dev.counterfoil.assess.token.SampleToken;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** What reports show, and what they never show. */
class ReportTest {

  @Test
  void jsonCarriesEveryPartOfAFinding() {
    Situation situation = new Situation();
    situation.issuer.metadata.remove("introspection_endpoint");
    ObjectNode json = TestKey.json(situation.assess().toJson());
    assertThat(json.get("format").stringValue()).isEqualTo("counterfoil-assessment-1");
    assertThat(json.get("verdict").stringValue()).isEqualTo("improve");
    assertThat(json.get("counts").get("medium").intValue()).isOne();
    JsonNode finding = json.get("findings").get(0);
    assertThat(finding.get("id").stringValue()).isEqualTo("introspection-missing");
    assertThat(finding.get("severity").stringValue()).isEqualTo("medium");
    assertThat(finding.get("requirement").stringValue()).contains("CSRB recommendation 6");
    assertThat(finding.get("what-to-do").stringValue()).isNotEmpty();
    assertThat(finding.get("evidence").get(0).stringValue()).contains(Situation.ISSUER);
    assertThat(json.get("keys").size()).isEqualTo(4);
    assertThat(json.get("tokens").get(0).get("life-seconds").longValue()).isEqualTo(900);
  }

  @Test
  void itEndsWithWhatAttachingWouldChangeAndTheCommands() {
    Situation situation = new Situation();
    situation.issuer.metadata.remove("introspection_endpoint");
    situation.tokens.add(
        SampleToken.of(
            "long",
            situation.token(
                Situation.ACTIVE,
                header -> {},
                claims -> claims.put("exp", claims.get("iat").longValue() + 3600))));
    Attaching attaching = situation.assess().attaching().orElseThrow();
    assertThat(attaching.before()).isEmpty();
    assertThat(attaching.changes())
        .anyMatch(line -> line.contains("2 keys can be confirmed"))
        .anyMatch(line -> line.contains("answers `introspection-missing`"));
    assertThat(attaching.commands())
        .contains(
            "counterfoil record --client SOURCE --follow DIGESTS",
            "counterfoil keys attach "
                + Situation.ISSUER
                + " --tenant TENANT --audience https://mail.example/ --type at+jwt --life-max 3600");
    String text = situation.assess().toMarkdown();
    assertThat(text).endsWith("    " + attaching.commands().getLast() + "\n");
    assertThat(TestKey.json(situation.assess().toJson()).get("attaching").get("commands").size())
        .isEqualTo(attaching.commands().size());
  }

  @Test
  void whatCannotBeAttachedIsSaidFirst() {
    Situation situation = new Situation();
    situation.issuer.key(0).put("alg", "PS256").put("kid", "of-another-kind");
    situation.issuer.metadata.put(
        "token_endpoint", Situation.ISSUER + "/protocol/openid-connect/token");
    situation.tokens.clear();
    situation.tokens.add(
        SampleToken.of(
            "hostile",
            situation.token(
                Situation.ACTIVE, header -> {}, claims -> claims.put("aud", "a;reboot"))));
    situation.tokens.add(
        SampleToken.of(
            "for-nobody",
            situation.token(Situation.ACTIVE, header -> {}, claims -> claims.remove("aud"))));
    Attaching attaching = situation.assess().attaching().orElseThrow();
    assertThat(attaching.before())
        .anyMatch(line -> line.contains("of-another-kind"))
        .anyMatch(line -> line.contains("name its service in aud"));
    assertThat(attaching.commands())
        .contains("cp counterfoil-keycloak.jar KEYCLOAK/providers/")
        .noneMatch(line -> line.contains("reboot"))
        .anyMatch(line -> line.endsWith("--tenant TENANT --audience SERVICE --type at+jwt"));

    situation.issuer.metadata.put("counterfoil_key_log_uri", Situation.ISSUER + "/keys");
    assertThat(situation.assess().attaching()).as("it records its tokens already").isEmpty();
  }

  @Test
  void findingsStandWorstFirst() {
    Situation situation = new Situation();
    situation.issuer.metadata.remove("revocation_endpoint");
    situation.issuer.keys().add(TestKey.rsa(2048).secretEntry());
    situation.issuer.metadata.put("issuer", "https://192.0.2.66");
    List<Severity> severities =
        situation.assess().findings().stream().map(AssessmentFinding::severity).toList();
    assertThat(severities)
        .isSorted()
        .startsWith(Severity.CRITICAL)
        .contains(Severity.HIGH, Severity.LOW);
  }

  @Test
  void aTokenIsNeverShown() {
    Situation situation = new Situation();
    String sound = situation.token(Situation.ACTIVE, header -> {}, claims -> {});
    List<String> texts =
        List.of(sound, sound + "!", sound.replace('.', '_'), "{\"a\":1,\"a\":2}." + sound);
    situation.tokens.clear();
    texts.forEach(text -> situation.tokens.add(SampleToken.of("sample", text)));
    AssessmentReport report = situation.assess();
    String shown = report.toJson() + report.toMarkdown() + report + situation.tokens;
    for (String text : texts) {
      for (int i = 0; i + 24 <= text.length(); i += 12) {
        assertThat(shown).doesNotContain(text.substring(i, i + 24));
      }
    }
    assertThat(report.tokens()).hasSize(4);
  }

  @Test
  void aPrivateKeyThatAnIssuerPublishesIsNotRepeated() {
    Situation situation = new Situation();
    ObjectNode secret = TestKey.rsa(2048).secretEntry();
    situation.issuer.keys().add(secret);
    AssessmentReport report = situation.assess();
    String shown = report.toJson() + report.toMarkdown() + report;
    assertThat(shown).contains("private-key-published");
    Stream.of("d", "p", "q", "dp", "dq", "qi")
        .forEach(
            member ->
                assertThat(shown)
                    .doesNotContain(secret.get(member).stringValue().substring(0, 20)));
  }

  @Test
  void hostileTextIsDefused() {
    Situation situation = new Situation();
    situation.issuer.key(1).put("kid", "\u001b[2J`x`\n# CRITICAL\u202e" + "k".repeat(500));
    AssessmentReport report = situation.assess();
    assertThat(report.findings()).extracting(AssessmentFinding::id).contains("kid-not-thumbprint");
    for (String shown : List.of(report.toMarkdown(), report.toJson())) {
      assertThat(shown)
          .doesNotContain("\u001b", "\u202e", "`x`", "\n# CRITICAL", "k".repeat(Printable.LONGEST));
    }
  }

  @Test
  void evidenceIsBounded() {
    Situation situation = new Situation();
    Stream.generate(TestKey::ec)
        .limit(20)
        .forEach(
            key -> situation.issuer.keys().add(key.entry().put("kid", key.thumbprint() + "x")));
    AssessmentFinding finding =
        situation.assess().findings().stream()
            .filter(one -> one.id().equals("kid-not-thumbprint"))
            .findFirst()
            .orElseThrow();
    assertThat(finding.evidence()).hasSize(AssessmentLimits.DEFAULT.evidenceLines());
    assertThat(finding.evidenceLeftOut()).isEqualTo(20 - AssessmentLimits.DEFAULT.evidenceLines());
  }

  @Test
  void tokensAreReadFromFilesLineByLine(@TempDir Path folder) throws IOException {
    Path file =
        Files.writeString(folder.resolve("tokens.txt"), "Bearer first\n\n  bearer second \nthird");
    List<SampleToken> tokens = SampleToken.readFrom(file, AssessmentLimits.DEFAULT);
    assertThat(tokens).extracting(SampleToken::text).containsExactly("first", "second", "third");
    assertThat(tokens)
        .extracting(SampleToken::label)
        .containsExactly("tokens.txt:1", "tokens.txt:3", "tokens.txt:4");
    assertThatThrownBy(() -> SampleToken.readFrom(folder.resolve("none"), AssessmentLimits.DEFAULT))
        .isInstanceOf(AssessmentException.class)
        .hasMessageContaining("check the path");
  }

  @Test
  void anObservationsFileThatIsNotOursIsLeftAlone(@TempDir Path folder) throws IOException {
    Path file = Files.writeString(folder.resolve("notes.json"), "{\"mine\":true}");
    Situation situation = new Situation();
    situation.remember(file);
    assertThatThrownBy(situation::assess)
        .isInstanceOf(AssessmentException.class)
        .hasMessageContaining("another path");
    assertThat(Files.readString(file)).isEqualTo("{\"mine\":true}");
  }
}
