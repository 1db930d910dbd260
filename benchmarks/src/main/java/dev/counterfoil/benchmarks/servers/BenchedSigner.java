package dev.counterfoil.benchmarks.servers;

import dev.counterfoil.signerprotocol.Answer;
import dev.counterfoil.signerprotocol.IssueRequest;
import dev.counterfoil.signerprotocol.SignerClient;
import dev.counterfoil.signerprotocol.SignerUnavailableException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/** A signer that is asked on its socket, as the authority asks it. */
public final class BenchedSigner implements AutoCloseable {
  private static final Duration ANSWER_MAX = Duration.ofSeconds(10);
  private static final Duration READY_MAX = Duration.ofMinutes(1);

  private final SignerClient client;

  public BenchedSigner(Path socket) {
    client = new SignerClient(socket);
  }

  /** Asks until tokens are given out to these tenants. */
  public void awaitTokens(String... tenants) throws InterruptedException {
    long begun = System.nanoTime();
    for (String tenant : tenants) {
      for (String problem = "?"; !problem.isEmpty(); ) {
        problem = problem(tenant, "first");
        if (System.nanoTime() - begun > READY_MAX.toNanos()) {
          throw new IllegalStateException("no token is given out to " + tenant + ": " + problem);
        }
        Thread.sleep(problem.isEmpty() ? 0 : 10);
      }
    }
  }

  /** Asks for a token; why there is none, empty when there is one. */
  public String problem(String tenant, String name) {
    IssueRequest request =
        new IssueRequest(
            "at+jwt",
            tenant,
            name,
            name,
            List.of(CounterfoilServer.AUDIENCE),
            "",
            300,
            null,
            null,
            new IssueRequest.Ground("client_secret_basic", ""),
            "127.0.0.1",
            System.currentTimeMillis());
    try {
      return switch (client.ask(request, ANSWER_MAX)) {
        case Answer.Issued issued -> "";
        case Answer.Refused refused -> refused.code() + " " + refused.text();
        case Answer other -> "another answer than a token";
      };
    } catch (SignerUnavailableException e) {
      return "the signer does not answer";
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return "interrupted";
    }
  }

  /** For other questions. */
  public SignerClient client() {
    return client;
  }

  @Override
  public void close() {
    client.close();
  }
}
