package dev.counterfoil.authority;

import static dev.counterfoil.authority.RunningDomain.AUDIENCE;
import static dev.counterfoil.authority.RunningDomain.json;
import static org.assertj.core.api.Assertions.assertThat;

import dev.counterfoil.authority.AuthorityConfiguration.SpareSigner;
import dev.counterfoil.configuration.UnixSocketPath;
import dev.counterfoil.format.JsonObject;
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
    domain =
        new RunningDomain(
            folder.resolve("domain"),
            "enterprise",
            ISSUER,
            List.of(),
            List.of(new SpareSigner("s2", new UnixSocketPath(folder.resolve("spare/s.sock")))),
            List.of(witness.entry(CosignerEntry.Kind.WITNESS, Duration.ZERO)),
            null,
            Duration.ofSeconds(30));
    await(true, Optional.empty());
  }

  @AfterEach
  void stop() throws Exception {
    domain.close();
    spare.close();
    witness.close();
  }

  /** Waits until it says so; both, and everything that follows from them, come in one answer. */
  private void await(boolean ready, Optional<String> reason) throws Exception {
    while (true) {
      HttpResponse<String> response = domain.get("/health/ready");
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
  void theReasonOfTheFirstIsSaidWhileNoneIssues() throws Exception {
    spare.giveReason(NO_KEY);
    domain.signer.giveReason("the disk is full");
    await(false, Optional.of("the disk is full"));
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
    assertThat(json(domain.get("/health/ready")).objects("registrar_alarms")).isEmpty();
    JsonObject alarm =
        JsonObject.builder().put("cause", "flood").put("signer", "s2").put("text", "look").build();
    domain.registrar.giveAlarms(List.of(alarm));
    String loud = "\u0001".repeat(2_000_000);
    spare.giveReason(loud);
    while (true) {
      HttpResponse<String> response = domain.get("/health/ready");
      JsonObject health = json(response);
      JsonObject second = health.objects("signers").getLast();
      assertThat(response.body()).hasSizeLessThan(100_000);
      if (second.optionalString("reason").isPresent()
          && !health.objects("registrar_alarms").isEmpty()) {
        assertThat(loud).startsWith(second.string("reason"));
        assertThat(health.objects("registrar_alarms"))
            .singleElement()
            .hasToString(alarm.toString());
        return;
      }
      Thread.sleep(10);
    }
  }
}
