package dev.counterfoil.operations;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.counterfoil.configuration.UnixUsers;
import dev.counterfoil.signerprotocol.Commands;
import dev.counterfoil.signerprotocol.Request;
import dev.counterfoil.signerprotocol.SignerClient;
import dev.counterfoil.signerprotocol.SignerServer;
import dev.counterfoil.signerprotocol.SignerUnavailableException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What operators read when a process brings no answer. */
class OperatorClientTest {
  @TempDir Path folder;

  private String said(Path socket, Request.Command command) {
    SignerUnavailableException failure =
        catchThrowableOfType(
            SignerUnavailableException.class,
            () ->
                SignerClient.askAnew(socket, command, Duration.ofSeconds(5), Duration.ofMillis(1)));
    return String.valueOf(
        OperatorClient.noAnswer(socket, command, "registrar", failure).getMessage());
  }

  @Test
  void aRequestThatWasDeliveredMayStillBeCarriedOut() throws Exception {
    Path socket = folder.resolve("admin.sock");
    CountDownLatch taken = new CountDownLatch(1);
    try (SignerServer _ =
        SignerServer.listen(
            socket,
            UnixUsers.self(),
            (request, peer, to) -> {
              // It never answers.
              taken.countDown();
            })) {
      assertThat(said(socket, Commands.taintKey("k")))
          .contains("The request was delivered and may still be carried out")
          .contains("Check counterfoil keys list");
      taken.await();
      assertThat(said(socket, Commands.status()))
          .as("a question changes nothing")
          .doesNotContain("carried out");
    }
    assertThat(said(folder.resolve("none.sock"), Commands.taintKey("k")))
        .as("the control: nothing listens")
        .contains("it is not running")
        .doesNotContain("carried out");
  }
}
