package dev.counterfoil.authority;

import static dev.counterfoil.authority.RunningDomain.AUDIENCE;
import static dev.counterfoil.authority.RunningDomain.json;
import static org.assertj.core.api.Assertions.assertThat;

import dev.counterfoil.authority.clients.ClientRegistration;
import dev.counterfoil.signerprotocol.Answer;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What clients hear when the signer refuses, dies, falls silent and comes back. */
class SignerFailuresTest {
  @TempDir Path folder;
  private RunningDomain domain;
  private String secret;

  @BeforeEach
  void start() throws Exception {
    domain = new RunningDomain(folder);
    secret =
        domain
            .admin
            .register(ClientRegistration.withSecret("app", "acme", List.of(AUDIENCE), List.of()))
            .orElseThrow();
  }

  @AfterEach
  void stop() throws Exception {
    domain.close();
  }

  private HttpResponse<String> ask() throws Exception {
    return domain.send(domain.tokenRequest("app", secret));
  }

  @ParameterizedTest
  @CsvSource({
    "OUT_OF_SCOPE, 400, invalid_target, false",
    "QUOTA, 429, temporarily_unavailable, true",
    "BUSY, 503, temporarily_unavailable, true",
    "NO_KEY, 503, temporarily_unavailable, true",
    "SEALED, 503, temporarily_unavailable, true",
    "DISK_FULL, 503, temporarily_unavailable, true",
    "LEVEL_NOT_REACHED, 503, temporarily_unavailable, true",
    "MALFORMED, 500, server_error, false",
    "NOT_ALLOWED, 500, server_error, false"
  })
  void aRefusal(Answer.Code code, int status, String error, boolean retry) throws Exception {
    assertThat(ask().statusCode()).isEqualTo(200);
    domain.signer.refuse(code);

    HttpResponse<String> response = ask();

    assertThat(response.statusCode()).isEqualTo(status);
    assertThat(json(response).string("error")).isEqualTo(error);
    assertThat(response.headers().firstValue("Retry-After").isPresent()).isEqualTo(retry);
    domain.signer.refuse(null);
    assertThat(ask().statusCode()).isEqualTo(200);
  }

  @Test
  void aDeadSignerIsUnavailableUntilItIsBack() throws Exception {
    assertThat(ask().statusCode()).isEqualTo(200);
    assertThat(domain.get("/health/ready").statusCode()).isEqualTo(200);
    domain.signer.stop();

    HttpResponse<String> response = ask();
    assertThat(response.statusCode()).isEqualTo(503);
    assertThat(response.headers().firstValue("Retry-After")).isPresent();
    assertThat(json(response).string("error")).isEqualTo("temporarily_unavailable");
    assertThat(domain.get("/health/ready").statusCode()).isEqualTo(503);
    assertThat(domain.get("/health/live").statusCode()).isEqualTo(200);

    domain.signer.start();
    while (domain.get("/health/ready").statusCode() != 200) {
      Thread.sleep(20);
    }
    assertThat(ask().statusCode()).isEqualTo(200);
  }

  @Test
  void aSilentSignerIsUnavailableAfterAWhile() throws Exception {
    assertThat(ask().statusCode()).isEqualTo(200);
    domain.signer.fallSilent();
    assertThat(ask().statusCode()).isEqualTo(503);
  }
}
