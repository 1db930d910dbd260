package dev.counterfoil.installation;

import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.PlainText;
import dev.counterfoil.format.keylog.AuditLogRequest;
import dev.counterfoil.signerprotocol.Answer;
import dev.counterfoil.signerprotocol.Commands;
import dev.counterfoil.signerprotocol.Request;
import dev.counterfoil.signerprotocol.SignerClient;
import dev.counterfoil.signerprotocol.SignerUnavailableException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;

/**
 * Has a domain's registrar state the audit log's key: what an operator does by hand where the
 * processes have users of their own. The registrar asks for the audit log's own word.
 */
final class AuditLogStatement {
  private static final Duration WITHIN = Duration.ofSeconds(20);
  private static final Duration LOOK_EVERY = Duration.ofMillis(5);

  private AuditLogStatement() {}

  /**
   * States it, unless it stands already. In a key log that others may read already an operator does
   * it: whoever has an older version refuses the log from that entry on.
   *
   * @param request the file that the monitor laid down
   * @param registrar its admin socket
   * @param begins whether the key log is new, so that nobody reads it yet
   * @return why it is not stated; empty when it is
   */
  static Optional<String> state(Path request, Path registrar, boolean begins)
      throws InterruptedException {
    try (SignerClient client = new SignerClient(registrar)) {
      AuditLogRequest asked = AuditLogRequest.parse(bytes(request));
      long deadline = System.nanoTime() + WITHIN.toNanos();
      while (!client.isConnected() && System.nanoTime() < deadline) {
        Thread.sleep(LOOK_EVERY);
      }
      if (ask(client, Commands.readKeys()) instanceof Answer.Done keys
          && keys.result().strings("audit_logs").contains(asked.key().toString())) {
        return Optional.empty();
      }
      if (!begins) {
        return Optional.of(
            "it began with an earlier version. A reader of a version that does not"
                + " know this entry refuses the key log from there on, for good. Update all"
                + " readers first (verifiers, guards, custodians, monitors on other hosts)."
                + " Then run: counterfoil audit key --state");
      }
      return fault(ask(client, Commands.stateAuditLog(asked.statement(Optional.empty()))));
    } catch (FormatException e) {
      return Optional.of(request + " is not understood: " + e.getMessage());
    } catch (IOException e) {
      return Optional.of("cannot read " + request + ": " + e.getMessage());
    } catch (SignerUnavailableException e) {
      return Optional.of("the registrar does not answer: " + e.getMessage());
    }
  }

  private static Optional<String> fault(Answer answer) {
    return switch (answer) {
      case Answer.Refused refused ->
          Optional.of("the registrar refuses: " + PlainText.of(refused.text()));
      case Answer.Done done when done.result().get("waits") instanceof String id ->
          Optional.of(
              "it waits for a second person. Another operator runs: counterfoil keys confirm "
                  + PlainText.of(id));
      case Answer.Done _ -> Optional.empty();
      case Answer.Issued _, Answer.Records _, Answer.Recorded _ ->
          Optional.of("the registrar gave an unexpected answer");
    };
  }

  private static Answer ask(SignerClient client, Request.Command command)
      throws SignerUnavailableException, InterruptedException {
    return client.ask(command, WITHIN);
  }

  private static byte[] bytes(Path request) throws IOException {
    if (Files.size(request) > AuditLogRequest.BYTES_MAX) {
      throw new IOException("it is too long");
    }
    return Files.readAllBytes(request);
  }
}
