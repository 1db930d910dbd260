package dev.counterfoil.cli.disclosure;

import dev.counterfoil.cli.command.CommandFailure;
import dev.counterfoil.cli.command.InstallationCommand;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.signerprotocol.Answer;
import dev.counterfoil.signerprotocol.Request;
import dev.counterfoil.signerprotocol.SignerClient;
import dev.counterfoil.signerprotocol.SignerUnavailableException;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** A command that asks the disclosure process. */
abstract class DisclosureAsk extends InstallationCommand {
  private static final Duration CONNECT_WITHIN = Duration.ofSeconds(5);
  private static final Duration ANSWER_WITHIN = Duration.ofSeconds(60);

  @Option(
      names = "--socket",
      paramLabel = "SOCKET",
      description =
          "The admin socket of the disclosure process (default: disclosure/admin.sock in the data"
              + " folder).")
  private @Nullable Path socket;

  @Override
  public final Integer call() throws InterruptedException {
    try {
      return run();
    } catch (FormatException e) {
      throw CommandFailure.unavailable(
          "cannot understand the disclosure process's answer: " + e.getMessage());
    } catch (IOException e) {
      throw CommandFailure.environment(CommandFailure.reason(e));
    }
  }

  abstract int run() throws IOException, FormatException, InterruptedException;

  private Path socket() {
    Path named = socket;
    return named != null
        ? named
        : installation.context().data().resolve("disclosure").resolve("admin.sock");
  }

  /** Asks; what is refused ends the command with the reason. */
  final JsonObject ask(String command, JsonObject arguments) throws InterruptedException {
    Answer answer;
    try {
      answer =
          SignerClient.askAnew(
              socket(), new Request.Command(command, arguments), CONNECT_WITHIN, ANSWER_WITHIN);
    } catch (SignerUnavailableException e) {
      throw CommandFailure.unavailable(
          "the disclosure process does not answer at %s (%s). To start it, run counterfoil disclosure run"
              .formatted(socket(), e.getMessage()));
    }
    return switch (answer) {
      case Answer.Done done -> done.result();
      case Answer.Refused refused -> throw CommandFailure.no(refused.text());
      default -> throw CommandFailure.unavailable("the disclosure process answers nonsense");
    };
  }

  static JsonObject about(String incident) {
    return JsonObject.builder().put("incident", incident).build();
  }
}
