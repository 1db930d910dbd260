package dev.counterfoil.authority.keys;

import static dev.counterfoil.authority.RunningDomain.json;
import static org.assertj.core.api.Assertions.assertThat;

import dev.counterfoil.authority.AuthorityAdmin;
import dev.counterfoil.authority.FakeRegistrar;
import dev.counterfoil.authority.FakeSigner;
import dev.counterfoil.authority.RunningDomain;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.keylog.IssuerJwks;
import dev.counterfoil.format.keylog.JwksMaxAge;
import dev.counterfoil.format.keylog.KeyLogEvent;
import dev.counterfoil.format.keylog.KeyLogEvent.WithdrawalReason;
import dev.counterfoil.format.keys.KeyStatement;
import dev.counterfoil.format.keys.KeyStatement.Publication;
import dev.counterfoil.format.keys.RecordForm;
import dev.counterfoil.format.note.SignedStatement;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The keys for those who do not read the key log, over HTTP. */
class PublicKeysTest {
  @TempDir Path folder;
  private RunningDomain domain;
  private KeyStatement ordinary;
  private KeyStatement signatureOnly;

  @BeforeEach
  void start() throws Exception {
    domain = new RunningDomain(folder);
    ordinary = domain.registrar.statement();
    signatureOnly =
        domain.registrar.state(
            key -> key.purpose("partners").publication(Publication.SIGNATURE_ONLY));
    domain.registrar.writeSets();
    await("/signature-only/jwks", signatureOnly.kid());
  }

  @AfterEach
  void stop() throws Exception {
    domain.close();
  }

  /** Waits until a set has a key: the authority looks at the key log once a second. */
  private void await(String path, String kid) throws Exception {
    for (int i = 0; i < 1_000 && !plain(path).contains(kid); i++) {
      Thread.sleep(10);
    }
  }

  private List<String> plain(String path) throws Exception {
    return kids(json(domain.get(path)));
  }

  private static List<String> kids(JsonObject set) throws Exception {
    List<String> kids = new ArrayList<>();
    for (JsonObject key : set.objects("keys")) {
      kids.add(key.string("kid"));
    }
    return kids;
  }

  private JsonObject signed(String path) throws Exception {
    HttpResponse<String> response = domain.get(path);
    assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
    assertThat(response.headers().firstValue("Content-Type")).contains("application/jwk-set+jwt");
    JsonObject content =
        SignedStatement.verify(IssuerJwks.TYPE, response.body(), domain.registrar.statementKey());
    assertThat(content.string("iss")).isEqualTo(domain.issuer);
    return content;
  }

  private void awaitStatus(String path, int status) throws Exception {
    for (int i = 0; i < 1_000 && domain.get(path).statusCode() != status; i++) {
      Thread.sleep(10);
    }
    assertThat(domain.get(path).statusCode()).as(path).isEqualTo(status);
  }

  private static long maxAge(HttpResponse<String> response) {
    String control = response.headers().firstValue("Cache-Control").orElseThrow();
    assertThat(control).matches("public, max-age=\\d+, must-revalidate");
    return Long.parseLong(control.replaceAll("\\D", ""));
  }

  @Test
  void noKeyStandsInTwoSetsAndOneOfAnotherIssuerInNone() throws Exception {
    KeyStatement foreign =
        domain.registrar.state(
            key ->
                key.purpose("legacy")
                    .record(new RecordForm.Digest(FakeSigner.LOG))
                    .custody("legacy", KeyStatement.Assurance.UNKNOWN));
    KeyStatement next = domain.registrar.state(key -> key);
    await("/jwks", next.kid());
    assertThat(plain("/jwks")).containsExactlyInAnyOrder(ordinary.kid(), next.kid());
    assertThat(plain("/signature-only/jwks")).containsExactly(signatureOnly.kid());
    domain.registrar.writeSets();
    awaitStatus("/jwks.jwt", 200);
    assertThat(kids(signed("/jwks.jwt"))).containsExactlyInAnyOrder(ordinary.kid(), next.kid());
    assertThat(kids(signed("/signature-only/jwks.jwt"))).containsExactly(signatureOnly.kid());
    assertThat(domain.get("/jwks").body()).doesNotContain(foreign.kid());
  }

  @Test
  void aCopyMayBeKeptWhileNoKeyCanSignThatItLacks() throws Exception {
    long longest = FakeRegistrar.LEAD.minus(JwksMaxAge.MARGIN).toSeconds();
    Set<Long> seen = new HashSet<>();
    for (int i = 0; i < 30; i++) {
      domain.registrar.signHead();
      for (String path : List.of("/jwks", "/signature-only/jwks", "/jwks.jwt")) {
        long maxAge = maxAge(domain.get(path));
        assertThat(maxAge).isBetween(longest / 4, longest);
        seen.add(maxAge);
      }
    }
    assertThat(seen)
        .as("services that fetched together do not come back together")
        .hasSizeGreaterThan(5);
    domain.registrar.take(
        new KeyLogEvent.KeyWithdrawn(ordinary.kid(), WithdrawalReason.COMPROMISED));
    domain.registrar.take(
        new KeyLogEvent.KeyWithdrawn(signatureOnly.kid(), WithdrawalReason.COMPROMISED));
    for (int i = 0; i < 1_000 && !plain("/jwks").isEmpty(); i++) {
      Thread.sleep(10);
    }
    assertThat(maxAge(domain.get("/jwks"))).as("their replacements sign at once").isZero();
  }

  @Test
  void aSignedSetSaysWhatThePlainOneSays() throws Exception {
    JsonObject content = signed("/jwks.jwt");
    assertThat(content.objects("keys")).isEqualTo(json(domain.get("/jwks")).objects("keys"));
    assertThat(content.string("sub")).isEqualTo(domain.issuer);
    assertThat(content.number("exp") - content.number("iat"))
        .isEqualTo(IssuerJwks.SIGNED_LIFE.toSeconds());
    String tag = domain.get("/jwks.jwt").headers().firstValue("ETag").orElseThrow();
    assertThat(
            domain
                .send(
                    HttpRequest.newBuilder(domain.at("/jwks.jwt"))
                        .header("If-None-Match", tag)
                        .GET())
                .statusCode())
        .isEqualTo(304);
  }

  @Test
  void whatSomebodyElseSignedIsNotServed() throws Exception {
    signed("/jwks.jwt");
    domain.restart();
    awaitStatus("/jwks", 200);
    domain.registrar.writeSets(new FakeRegistrar.Ed25519(), Instant.now());
    for (String path : List.of("/jwks.jwt", "/signature-only/jwks.jwt", "/historical_keys")) {
      awaitStatus(path, 503);
    }
    domain.registrar.writeSets();
    for (String path : List.of("/jwks.jwt", "/signature-only/jwks.jwt", "/historical_keys")) {
      awaitStatus(path, 200);
    }
  }

  @Test
  void aSetThatWasSignedLongAgoIsNotServed() throws Exception {
    Instant now = Instant.now();
    domain.registrar.writeSets(
        domain.registrar.signer(), now.minus(IssuerJwks.SIGNED_LIFE).minusSeconds(1));
    awaitStatus("/jwks.jwt", 503);
    domain.registrar.writeSets(domain.registrar.signer(), now.minus(Duration.ofMinutes(30)));
    awaitStatus("/jwks.jwt", 200);
  }

  @Test
  void aSignedSetThatLacksTheLastChangeIsNotServed() throws Exception {
    signed("/jwks.jwt");
    domain.registrar.take(
        new KeyLogEvent.KeyWithdrawn(ordinary.kid(), WithdrawalReason.COMPROMISED));
    awaitStatus("/jwks.jwt", 503);
    domain.registrar.writeSets();
    awaitStatus("/jwks.jwt", 200);
    assertThat(kids(signed("/jwks.jwt"))).isEmpty();
  }

  /** Who put the signer's folder back has another copy of it, with the keys. */
  @Test
  void keysOfALogThatWasRolledBackStandInNoSet() throws Exception {
    assertThat(kids(signed("/jwks.jwt"))).as("the control").containsExactly(ordinary.kid());
    domain.registrar.take(
        new KeyLogEvent.LogEnded(
            FakeSigner.LOG, 1, Optional.empty(), KeyLogEvent.EndReason.ROLLED_BACK));
    domain.registrar.writeSets();
    for (int i = 0; i < 1_000 && !plain("/signature-only/jwks").isEmpty(); i++) {
      Thread.sleep(10);
    }
    assertThat(plain("/jwks")).isEmpty();
    assertThat(plain("/signature-only/jwks")).isEmpty();
    awaitStatus("/jwks.jwt", 200);
    assertThat(kids(signed("/jwks.jwt"))).isEmpty();
    assertThat(kids(signed("/signature-only/jwks.jwt"))).isEmpty();
    assertThat(kids(signed("/historical_keys")))
        .containsExactlyInAnyOrder(ordinary.kid(), signatureOnly.kid());
  }

  @Test
  void keysThatWereTakenBackStandInTheHistory() throws Exception {
    assertThat(kids(signed("/historical_keys"))).as("none is over").isEmpty();
    Instant before = Instant.now();
    domain.registrar.take(new KeyLogEvent.KeyRevoked(ordinary.kid(), FakeSigner.LOG, 0));
    domain.registrar.writeSets();
    for (int i = 0; i < 1_000 && kids(signed("/historical_keys")).isEmpty(); i++) {
      Thread.sleep(10);
    }
    JsonObject key = signed("/historical_keys").objects("keys").getFirst();
    assertThat(key.string("kid")).isEqualTo(ordinary.kid());
    assertThat(key.string("kty")).isEqualTo("EC");
    assertThat(key.number("nbf")).isEqualTo(ordinary.activeFrom().getEpochSecond());
    assertThat(key.number("exp")).isEqualTo(ordinary.verifyUntil().getEpochSecond());
    JsonObject revoked = key.object("revoked");
    assertThat(revoked.string("reason")).isEqualTo("compromised");
    assertThat(revoked.number("revoked_at"))
        .isBetween(before.getEpochSecond(), before.getEpochSecond() + 60);
  }

  @Test
  void theMetadataNamesThemAndTheyLieThere() throws Exception {
    JsonObject metadata = json(domain.get("/.well-known/oauth-authorization-server"));
    for (String member :
        List.of(
            "jwks_uri",
            "signed_jwks_uri",
            "federation_historical_keys_endpoint",
            "counterfoil_signature_only_jwks_uri",
            "counterfoil_signature_only_signed_jwks_uri")) {
      String uri = metadata.string(member);
      assertThat(uri).startsWith(domain.issuer + "/");
      assertThat(domain.get(uri.substring(domain.issuer.length())).statusCode())
          .as(member)
          .isEqualTo(200);
    }
  }

  @Test
  void whoFetchedWhichKeysIsKnownToTheOperator() throws Exception {
    KeyStatement next = domain.registrar.state(key -> key);
    await("/jwks", next.kid());
    for (String path : List.of("/jwks", "/signature-only/jwks")) {
      domain.send(HttpRequest.newBuilder(domain.at(path)).header("User-Agent", "mail/1.0").GET());
    }
    List<AuthorityAdmin.JwksFetcher> mail =
        domain.admin.jwksFetchers().fetchers().stream()
            .filter(one -> one.agent().startsWith("mail/1.0"))
            .toList();
    assertThat(mail)
        .extracting(AuthorityAdmin.JwksFetcher::publication)
        .containsExactly("ordinary", "signature-only");
    assertThat(mail.getFirst().address()).isEqualTo("127.0.0.1");
    assertThat(mail.getFirst().kids()).contains(next.kid());
    assertThat(mail.getLast().kids()).containsExactly(signatureOnly.kid());
  }
}
