package dev.counterfoil.cli.disclosure;

import dev.counterfoil.cli.command.CommandFailure;
import dev.counterfoil.cli.command.InstallationOptions;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.signerprotocol.Answer;
import dev.counterfoil.signerprotocol.Request;
import dev.counterfoil.signerprotocol.SignerClient;
import dev.counterfoil.signerprotocol.SignerUnavailableException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Where the disclosure process takes commands. */
public final class DisclosureSocket {
  private static final Duration CONNECT_WITHIN = Duration.ofSeconds(5);
  private static final Duration ANSWER_WITHIN = Duration.ofSeconds(60);

  /** Where the process of the package's unit listens. */
  private static final Path OF_UNIT = Path.of("/run/counterfoil/disclosure/admin.sock");

  @Option(
      names = "--socket",
      paramLabel = "SOCKET",
      description =
          "The admin socket of the disclosure process (default: disclosure/admin.sock in the data"
              + " folder, or the unit's in /run/counterfoil/disclosure).")
  private @Nullable Path socket;

  /** Asks; what is refused ends the command with the reason. */
  public JsonObject ask(InstallationOptions installation, String command, JsonObject arguments)
      throws InterruptedException {
    Path named = socket;
    Path ofData = installation.context().data().resolve("disclosure").resolve("admin.sock");
    Path place =
        named != null ? named : !Files.exists(ofData) && Files.exists(OF_UNIT) ? OF_UNIT : ofData;
    Answer answer;
    try {
      answer =
          SignerClient.askAnew(
              place, new Request.Command(command, arguments), CONNECT_WITHIN, ANSWER_WITHIN);
    } catch (SignerUnavailableException e) {
      throw CommandFailure.unavailable(
          "the disclosure process does not answer at %s (%s). To start it, run counterfoil disclosure run"
              .formatted(place, e.getMessage()));
    }
    return switch (answer) {
      case Answer.Done done -> done.result();
      case Answer.Refused refused -> throw CommandFailure.no(refused.text());
      default -> throw CommandFailure.unavailable("the disclosure process answers nonsense");
    };
  }
}
