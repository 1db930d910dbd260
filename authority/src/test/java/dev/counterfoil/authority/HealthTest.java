package dev.counterfoil.authority;

import static dev.counterfoil.authority.RunningDomain.AUDIENCE;
import static dev.counterfoil.authority.RunningDomain.json;
import static org.assertj.core.api.Assertions.assertThat;

import dev.counterfoil.authority.clients.ClientRegistration;
import dev.counterfoil.authority.settings.AuthorityConfiguration.SpareSigner;
import dev.counterfoil.authority.settings.CosignerEntry;
import dev.counterfoil.authority.settings.FakeWitness;
import dev.counterfoil.authority.signers.SignerView;
import dev.counterfoil.configuration.UnixSocketPath;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.note.Checkpoint;
import dev.counterfoil.format.note.NoteSigner;
import dev.counterfoil.format.tree.TreeHasher;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** When a domain with a spare is ready to issue, what it says when it is not, and its meters. */
@Timeout(60)
class HealthTest {
  private static final String ISSUER = "https://login.example";
  private static final String NO_KEY = "no key is active";

  @TempDir Path folder;
  private FakeSigner spare;
  private FakeWitness witness;
  private FakeWitness custodian;
  private RunningDomain domain;

  @BeforeEach
  void start() throws Exception {
    spare =
        new FakeSigner(
            Files.createDirectories(folder.resolve("spare")),
            ISSUER,
            new FakeRegistrar.Ed25519().noteSigner("login.example/logs/" + FakeSigner.LOG),
            Clock.systemUTC());
    spare.start();
    witness = new FakeWitness("w.example");
    custodian = new FakeWitness("c.example");
    domain =
        new RunningDomain(
            folder.resolve("domain"),
            "enterprise",
            ISSUER,
            List.of(),
            List.of(new SpareSigner("s2", new UnixSocketPath(folder.resolve("spare/s.sock")))),
            List.of(
                witness.entry(CosignerEntry.Kind.WITNESS, Duration.ZERO),
                custodian.entry(CosignerEntry.Kind.CUSTODIAN, Duration.ZERO)),
            null,
            Duration.ofSeconds(30));
    spare.signAs(domain.signer);
    await(true, Optional.empty());
  }

  @AfterEach
  void stop() throws Exception {
    domain.close();
    spare.close();
    witness.close();
    custodian.close();
  }

  /** What it answers; a busy host refuses a request now and then, which is asked again. */
  private HttpResponse<String> ready() throws Exception {
    while (true) {
      HttpResponse<String> response = domain.get("/health/ready");
      if (json(response).has("ready")) {
        return response;
      }
      Thread.sleep(10);
    }
  }

  /** Waits until it says so; both, and everything that follows from them, come in one answer. */
  private void await(boolean ready, Optional<String> reason) throws Exception {
    while (true) {
      HttpResponse<String> response = ready();
      JsonObject health = json(response);
      assertThat(response.statusCode()).isEqualTo(health.truth("ready") ? 200 : 503);
      if (health.truth("ready") == ready && health.optionalString("signer_reason").equals(reason)) {
        return;
      }
      Thread.sleep(10);
    }
  }

  @Test
  void aSpareThatIssuesKeepsTheDomainReady() throws Exception {
    domain.signer.stop();
    await(true, Optional.empty());
    String secret =
        domain
            .admin
            .register(ClientRegistration.withSecret("app", "acme", List.of(AUDIENCE), List.of()))
            .orElseThrow();
    assertThat(domain.send(domain.tokenRequest("app", secret)).statusCode()).isEqualTo(200);
  }

  @Test
  void nobodyGetsATokenWhoseKeyIsNotPublished() throws Exception {
    String secret =
        domain
            .admin
            .register(ClientRegistration.withSecret("app", "acme", List.of(AUDIENCE), List.of()))
            .orElseThrow();
    assertThat(domain.send(domain.tokenRequest("app", secret)).statusCode()).isEqualTo(200);
    FakeSigner stranger =
        new FakeSigner(
            Files.createDirectories(folder.resolve("stranger")),
            ISSUER,
            new FakeRegistrar.Ed25519().noteSigner("login.example/logs/" + FakeSigner.LOG),
            Clock.systemUTC());
    domain.signer.signAs(stranger);
    assertThat(domain.send(domain.tokenRequest("app", secret)).statusCode()).isEqualTo(503);
  }

  @Test
  void aSpareThatIssuesNothingDoesNotMakeUpForAFirstThatIsGone() throws Exception {
    spare.giveReason(NO_KEY);
    domain.signer.stop();
    await(false, Optional.of(NO_KEY));

    spare.giveReason(null);
    await(true, Optional.empty());
  }

  @Test
  void aSignerThatHasNotSaidThatItIssuesMakesNothingReady() throws Exception {
    spare.stop();
    domain.signer.hideStatus(true);
    await(false, Optional.empty());

    domain.signer.hideStatus(false);
    await(true, Optional.empty());
  }

  @Test
  void withoutAnySignerTheDomainIsNotReady() throws Exception {
    domain.signer.stop();
    spare.stop();
    await(false, Optional.empty());
  }

  @Test
  void aRegistrarThatHangsIsNotConnected() throws Exception {
    assertThat(json(ready()).truth("registrar_connected")).isTrue();
    domain.registrar.fallSilent();
    await(false, Optional.empty());
    JsonObject health = json(ready());
    assertThat(health.truth("registrar_connected")).isFalse();
    assertThat(health.string("reason")).isEqualTo("the registrar does not answer");
  }

  /** Nobody waits for the custodian, so he is never asked. */
  @Test
  void aCosignerThatWasNotAskedIsNotHealthyAndHasNoSize() throws Exception {
    List<JsonObject> custodians =
        json(ready()).objects("cosigners").stream()
            .filter(one -> "c.example".equals(one.get("name")))
            .toList();
    assertThat(custodians)
        .isNotEmpty()
        .allSatisfy(
            one -> {
              assertThat(one.truth("healthy")).isFalse();
              assertThat(one.optionalNumber("size")).isEmpty();
              assertThat(one.has("problem")).isFalse();
            });
  }

  @Test
  void theReasonOfTheFirstIsSaidWhileNoneIssues() throws Exception {
    spare.giveReason(NO_KEY);
    domain.signer.giveReason("the disk is full");
    await(false, Optional.of("the disk is full"));
    assertThat(json(ready()).has("signs_from")).isFalse();
  }

  @Test
  void fromWhenASignerIssuesIsSaidWhileNoneDoes() throws Exception {
    spare.giveReason(NO_KEY);
    domain.signer.signsFrom = "2026-11-30T02:12:00Z";
    domain.signer.giveReason("the first key signs later");
    await(false, Optional.of("the first key signs later"));
    assertThat(json(ready()).string("signs_from")).isEqualTo("2026-11-30T02:12:00Z");
  }

  @Test
  void figuresAreForThisHostAndNobodyForWhomAProxyAsks() throws Exception {
    assertThat(domain.get("/metrics").statusCode()).isEqualTo(200);
    for (String header : List.of("X-Forwarded-For", "Forwarded", "Via", "x-real-ip")) {
      assertThat(
              domain.send(
                  HttpRequest.newBuilder(domain.at("/metrics")).header(header, "192.0.2.7")))
          .returns(403, HttpResponse::statusCode)
          .returns(false, answer -> answer.body().contains("counterfoil_authority"));
    }
    assertThat(
            domain.send(
                HttpRequest.newBuilder(domain.at("/jwks")).header("X-Forwarded-For", "192.0.2.7")))
        .returns(200, HttpResponse::statusCode);
  }

  @Test
  void howFullIsWhatClientsShareIsMetered() throws Exception {
    String metrics = domain.get("/metrics").body();
    for (String resource :
        List.of(
            "clients",
            "used-assertions",
            "used-proofs",
            "long-polls",
            "audit-spool",
            "key-log",
            "disk")) {
      assertThat(metrics)
          .contains("counterfoil_limit_used_ratio{resource=\"%s\"} ".formatted(resource));
    }
    assertThat(metrics).doesNotContainPattern("counterfoil_limit_used_ratio\\S+ NaN");
  }

  @Test
  void theCosignersOfEachProcessAreMetered() throws Exception {
    String metrics = domain.get("/metrics").body();
    for (String process : List.of("signer", "signer-s2", "registrar")) {
      for (String meter : List.of("size", "healthy", "failures_total")) {
        assertThat(metrics)
            .contains(
                "counterfoil_authority_cosigner_%s{cosigner=\"w.example\",process=\"%s\"}"
                    .formatted(meter, process));
      }
    }
  }

  /** The monitor makes a finding of it, and reads no more than a limit. */
  @Test
  void whatTheRegistrarSaysOfASignerIsPassedOnHoweverMuchThatSignerSays() throws Exception {
    assertThat(json(ready()).objects("registrar_alarms")).isEmpty();
    JsonObject alarm =
        JsonObject.builder().put("cause", "flood").put("signer", "s2").put("text", "look").build();
    domain.registrar.giveAlarms(List.of(alarm));
    String loud = "\u0001".repeat(2_000_000);
    spare.giveReason(loud);
    while (true) {
      HttpResponse<String> response = ready();
      JsonObject health = json(response);
      JsonObject second = health.objects("signers").getLast();
      assertThat(response.body()).hasSizeLessThan(100_000);
      if (second.optionalString("reason").isPresent()
          && !health.objects("registrar_alarms").isEmpty()) {
        assertThat(second.string("reason")).isEqualTo("?".repeat(500));
        assertThat(health.objects("registrar_alarms"))
            .singleElement()
            .hasToString(alarm.toString());
        return;
      }
      Thread.sleep(10);
    }
  }

  /**
   * Two signers that say as much as they can, in characters of which JSON makes six: each has its
   * part of the answer, and all of it stays below what the monitor reads.
   */
  @Test
  void whatSignersSayIsCutSoThatNeitherHidesTheOtherAndTheMonitorReadsIt() throws Exception {
    String loud = "\u0001".repeat(10_000);
    NoteSigner log = new FakeRegistrar.Ed25519().noteSigner("login.example/logs/" + FakeSigner.LOG);
    custodian.remembers(new Checkpoint(log.key().name(), 0, TreeHasher.EMPTY_ROOT).sign(log));
    domain.signer.sayEverywhere(loud, 40, "c.example");
    spare.sayEverywhere(loud, 180, "c.example");
    while (true) {
      HttpResponse<String> response = ready();
      JsonObject health = json(response);
      List<JsonObject> failing =
          health.objects("cosigners").stream().filter(one -> one.has("problem")).toList();
      // All of the first signer's, and the spare's part.
      if (failing.size() == 40 + 512 / 3 && health.objects("damage").size() == 32) {
        for (JsonObject one : failing) {
          assertThat(one.string("problem"))
              .startsWith("the signer did not take it: ??")
              .hasSize(500);
        }
        for (String what : List.of("damage", "repaired")) {
          for (String process : List.of("signer", "signer-s2")) {
            assertThat(health.objects(what))
                .filteredOn(one -> process.equals(one.get("process")))
                .hasSize(16)
                .allSatisfy(one -> assertThat(one.get("text")).isEqualTo("?".repeat(500)));
          }
        }
        assertThat(response.body()).hasSizeLessThan(300_000);
        return;
      }
      Thread.sleep(50);
    }
  }

  /** The most that an answer can hold, counted where there are as many signers as can be. */
  @Test
  void twoBytesForEachCharacterAreTheMost() {
    assertThat(SignerView.shown("\u0001\u00e9\ud83d\ude00\n\u007f")).isEqualTo("??????");
    assertThat(SignerView.shown("the disk is \"full\" ~")).isEqualTo("the disk is \"full\" ~");
    String text = JsonObject.builder().put("t", SignerView.shown("\\".repeat(60_000))).build() + "";
    assertThat(text).hasSizeLessThan(1_010);
  }
}
