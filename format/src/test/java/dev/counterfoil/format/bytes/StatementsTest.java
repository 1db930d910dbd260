package dev.counterfoil.format.bytes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.counterfoil.format.keylog.Samples;
import dev.counterfoil.format.keys.KeyStatement;
import dev.counterfoil.format.keys.RecordForm;
import dev.counterfoil.format.policy.TrustPolicy;
import dev.counterfoil.format.root.Delegation;
import dev.counterfoil.format.root.JointStatement;
import dev.counterfoil.format.root.RootMetadata;
import dev.counterfoil.format.word.Sighting;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** Key statements and delegations, and how one is not taken for another. */
class StatementsTest {
  private final Samples samples = new Samples();

  @Test
  void aStatementOfAnotherTypeIsRefused() throws Exception {
    JointStatement delegation = samples.sign(samples.delegation().unsigned());
    assertThat(Delegation.verify(delegation, samples.root())).isEqualTo(samples.delegation());
    JsonObject other =
        samples
            .sign(JointStatement.unsigned(RootMetadata.TYPE, samples.delegation().toJson()))
            .toJson();
    assertThatThrownBy(() -> JointStatement.parse(Delegation.TYPE, other))
        .isInstanceOf(FormatException.class);
  }

  private Delegation read(String jws) throws FormatException {
    JsonObject json = StrictJson.object(jws.getBytes(StandardCharsets.UTF_8), 100_000);
    return Delegation.verify(JointStatement.parse(Delegation.TYPE, json), samples.root());
  }

  @Test
  void oneChangedCharacterIsRefusedAnywhere() throws Exception {
    String jws = samples.sign(samples.delegation().unsigned()).toJson().canonical();
    for (int i = 0; i < jws.length(); i += 11) {
      char c = jws.charAt(i);
      String changed = jws.substring(0, i) + (c == 'A' ? 'B' : 'A') + jws.substring(i + 1);
      if (!changed.equals(jws)) {
        assertThatThrownBy(() -> read(changed)).isInstanceOf(FormatException.class);
      }
    }
    assertThat(read(jws)).isEqualTo(samples.delegation());
  }

  @Test
  void anUnknownMemberMayBeARestrictionAndIsRefused() throws Exception {
    JsonObject statement = samples.statement().toJson();
    assertThat(KeyStatement.parse(statement)).isEqualTo(samples.statement());
    String more = statement.toString().replaceFirst("\\{", "{\"only_on\":\"mondays\",");
    JsonObject restricted = StrictJson.object(more.getBytes(StandardCharsets.UTF_8), 10_000);
    assertThatThrownBy(() -> KeyStatement.parse(restricted)).isInstanceOf(FormatException.class);
  }

  @Test
  void aDelegationHolds30DaysAtMost() {
    Delegation d = samples.delegation();
    assertThat(d.holdsAt(d.notBefore())).isTrue();
    assertThat(d.holdsAt(d.notAfter().minusSeconds(1))).isTrue();
    assertThat(d.holdsAt(d.notAfter())).isFalse();
    assertThat(d.holdsAt(d.notBefore().minusSeconds(1))).isFalse();
    Instant tooLate = d.notBefore().plus(Duration.ofDays(30)).plusSeconds(1);
    assertThatThrownBy(
            () ->
                new Delegation(
                    d.version(),
                    d.domain(),
                    d.issuer(),
                    d.statementKey(),
                    d.bounds(),
                    d.issued(),
                    d.notBefore(),
                    tooLate))
        .isInstanceOf(IllegalArgumentException.class);
  }

  private Optional<KeyStatement.Violation> violation(
      String type, String issuer, String tenant, List<String> audiences, long from, long until) {
    return samples
        .statement()
        .violation(
            type,
            issuer,
            tenant,
            audiences,
            false,
            Samples.NOW.plusSeconds(from),
            Samples.NOW.plusSeconds(until));
  }

  @Test
  void eachRuleOfAKeysScopeIsKept() {
    List<String> mail = List.of("https://mail.example");
    String issuer = Samples.ISSUER;
    assertThat(violation("at+jwt", issuer, "acme", mail, 0, 900)).isEmpty();
    assertThat(violation("at+jwt", issuer + "/", "acme", mail, 0, 900))
        .contains(KeyStatement.Violation.ISSUER);
    assertThat(violation("at+jwt", issuer, "globex", mail, 0, 900))
        .contains(KeyStatement.Violation.TENANT);
    assertThat(violation("jwt", issuer, "acme", mail, 0, 900))
        .contains(KeyStatement.Violation.TOKEN_TYPE);
    assertThat(violation("at+jwt", issuer, "acme", List.of("https://mail.example", "x"), 0, 900))
        .contains(KeyStatement.Violation.AUDIENCE);
    assertThat(violation("at+jwt", issuer, "acme", mail, 0, 901))
        .contains(KeyStatement.Violation.LIFE);
    assertThat(violation("at+jwt", issuer, "acme", mail, 0, 0))
        .contains(KeyStatement.Violation.LIFE);
    assertThat(violation("at+jwt", issuer, "acme", mail, -3600, -3000)).isEmpty();
    assertThat(violation("at+jwt", issuer, "acme", mail, -3601, -3000))
        .contains(KeyStatement.Violation.ACTIVE_WINDOW);
    assertThat(violation("at+jwt", issuer, "acme", mail, 23 * 3600, 23 * 3600 + 60))
        .contains(KeyStatement.Violation.ACTIVE_WINDOW);
    assertThat(violation("at+jwt", issuer, "acme", mail, 23 * 3600 - 1, 23 * 3600 + 60)).isEmpty();
  }

  @Test
  void aKeyThatBindsSignsNoBearerToken() {
    KeyStatement bearer = samples.statement();
    KeyStatement binding = bearer.toBuilder().binding(KeyStatement.Binding.REQUIRED).build();
    for (boolean bound : List.of(true, false)) {
      for (KeyStatement key : List.of(bearer, binding)) {
        assertThat(
                key.violation(
                    "at+jwt",
                    Samples.ISSUER,
                    "acme",
                    List.of("https://mail.example"),
                    bound,
                    Samples.NOW,
                    Samples.NOW.plusSeconds(60)))
            .isEqualTo(
                key.equals(binding) && !bound
                    ? Optional.of(KeyStatement.Violation.BINDING)
                    : Optional.empty());
      }
    }
  }

  @Test
  void everyFormOfAStatementIsReadBack() throws Exception {
    for (RecordForm record :
        List.of(
            new RecordForm.Position("s1g1"),
            new RecordForm.Digest("d1g1"),
            new RecordForm.None(Samples.NOW))) {
      for (KeyStatement.Binding binding : KeyStatement.Binding.values()) {
        for (KeyStatement.Publication publication : KeyStatement.Publication.values()) {
          for (KeyStatement.Assurance assurance : KeyStatement.Assurance.values()) {
            KeyStatement statement =
                samples.statement().toBuilder()
                    .purpose("id")
                    .record(record)
                    .binding(binding)
                    .publication(publication)
                    .custody("pkcs11", assurance)
                    .build();
            assertThat(KeyStatement.parse(statement.toJson())).isEqualTo(statement);
            assertThat(statement.toBuilder().build()).isEqualTo(statement);
          }
        }
      }
    }
  }

  @Test
  void aMemberOfAnotherValueIsRefused() throws Exception {
    String good = samples.statement().toJson().toString();
    assertThat(KeyStatement.parse(object(good))).isEqualTo(samples.statement());
    for (String[] change :
        new String[][] {
          {"\"purpose\":\"access\"", "\"purpose\":\"Access\""},
          {"\"purpose\":\"access\"", "\"purpose\":\"" + "a".repeat(33) + "\""},
          {"\"binding\":\"none\"", "\"binding\":\"maybe\""},
          {"\"publication\":\"ordinary\"", "\"publication\":\"both\""},
          {"\"assurance\":\"copyable-by-root\"", "\"assurance\":\"NON_EXPORTABLE\""},
          {"\"custody\":\"software\"", "\"custody\":\"\""},
          {"\"form\":\"position\"", "\"form\":\"none\""},
          {"\"form\":\"position\"", "\"form\":\"trust-me\""},
          {"\"log\":\"s1g1\"", "\"log\":\"keys\""},
          {"\"log\":\"s1g1\"", "\"log\":\"s1g1\",\"until\":1"},
          {"\"purpose\":\"access\",", ""},
          {"\"binding\":\"none\",", ""},
        }) {
      assertThat(good).contains(change[0]);
      JsonObject changed = object(good.replace(change[0], change[1]));
      assertThatThrownBy(() -> KeyStatement.parse(changed))
          .as(change[1])
          .isInstanceOf(FormatException.class);
    }
  }

  @Test
  void allowListsDenyWhatTheyDoNotName() throws Exception {
    assertThat(AllowList.of().allows("a")).isFalse();
    assertThat(AllowList.of("a").allows("a")).isTrue();
    assertThat(AllowList.of("a").allows("*")).isFalse();
    assertThat(AllowList.all().contains(AllowList.all())).isTrue();
    assertThat(AllowList.of("a").contains(AllowList.all())).isFalse();
    assertThat(AllowList.parse(List.of("*"))).isEqualTo(AllowList.all());
    assertThatThrownBy(() -> AllowList.parse(List.of("*", "a")))
        .isInstanceOf(FormatException.class);
    assertThatThrownBy(() -> AllowList.parse(List.of("a", "a")))
        .isInstanceOf(FormatException.class);
  }

  @Test
  void aPolicyIsReadBackAndItsErrorsNameTheLine() throws Exception {
    TrustPolicy policy = samples.policy();
    assertThat(TrustPolicy.parse(policy.text().getBytes(StandardCharsets.UTF_8))).isEqualTo(policy);
    String text = policy.text();
    for (String bad :
        List.of(
            text + "colour red\n",
            text + "domain other\n",
            text + "log x\n",
            text.replace("https://", "ftp://"),
            text.replace(Samples.ISSUER, Samples.ISSUER + "?a=b"),
            text.replace(Samples.ISSUER, "https://user@login.example"),
            text.replaceFirst("root .*\n", ""),
            text.replaceFirst("domain .*\n", "domain\n"))) {
      assertThatThrownBy(() -> TrustPolicy.parse(bad.getBytes(StandardCharsets.UTF_8)))
          .as(bad)
          .isInstanceOf(FormatException.class);
    }
    assertThatThrownBy(
            () -> TrustPolicy.parse((text + "colour red\n").getBytes(StandardCharsets.UTF_8)))
        .hasMessageContaining("line 5");
  }

  @Test
  void aSightingIsReadBackAndItsTextLeavesTheEvidenceOut() throws Exception {
    Sighting sighting = samples.sighting();
    assertThat(Sighting.parse(sighting.toJson())).isEqualTo(sighting);
    assertThat(sighting.toString()).doesNotContain("a.b.c");
    for (String change : List.of("\"count\":0", "\"count\":\"3\"", "\"count\":3,\"colour\":1")) {
      String json = sighting.toJson().toString().replace("\"count\":3", change);
      JsonObject changed = StrictJson.object(json.getBytes(StandardCharsets.UTF_8), 10_000);
      assertThatThrownBy(() -> Sighting.parse(changed)).isInstanceOf(FormatException.class);
    }
    String noDigest = sighting.toJson().toString().replaceFirst("\"digest\":\"[^\"]*\",", "");
    JsonObject without = StrictJson.object(noDigest.getBytes(StandardCharsets.UTF_8), 10_000);
    assertThatThrownBy(() -> Sighting.parse(without)).isInstanceOf(FormatException.class);
  }

  @Test
  void aSightingHasNoControlCharactersAndItsEvidenceIsOfATokensCharacters() throws Exception {
    String json = samples.sighting().toJson().toString();
    for (String good : List.of("/Entw\u00fcrfe \ud83d\ude00 \\\"", "a\\\\b")) {
      Sighting read = Sighting.parse(object(json.replace("/inbox", good)));
      assertThat(Sighting.parse(read.toJson())).isEqualTo(read);
    }
    for (String bad : List.of("\\u0001", "\\n", "\\u0000", "\u007f", "\u0085")) {
      JsonObject text = object(json.replace("/inbox", "/in" + bad + "box"));
      assertThatThrownBy(() -> Sighting.parse(text))
          .isInstanceOf(FormatException.class)
          .hasMessage("member resource has control characters");
      JsonObject evidence = object(json.replace("a.b.c", "a.b.c" + bad));
      assertThatThrownBy(() -> Sighting.parse(evidence)).isInstanceOf(FormatException.class);
    }
    for (String bad : List.of("\u00fc", " ", "=", "+", "/", "\\\"", "\u20ac")) {
      JsonObject evidence = object(json.replace("a.b.c", "a.b.c" + bad));
      assertThatThrownBy(() -> Sighting.parse(evidence))
          .isInstanceOf(FormatException.class)
          .hasMessage("member evidence is not of base64url and dots");
    }
    String whole = "eyJhbGciOiJFUzI1NiJ9.e30._-09azAZ";
    assertThat(Sighting.parse(object(json.replace("a.b.c", whole))).evidence()).isEqualTo(whole);
  }

  private static JsonObject object(String json) throws FormatException {
    return StrictJson.object(json.getBytes(StandardCharsets.UTF_8), 10_000);
  }
}
