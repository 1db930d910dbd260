package dev.counterfoil.cli.response;

import dev.counterfoil.authority.AuthorityAdmin;
import dev.counterfoil.cli.command.CommandFailure;
import dev.counterfoil.cli.command.ExitCode;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.operations.OperatorException;
import dev.counterfoil.response.ResponseQuestions;
import java.io.IOException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** Takes back what a run did, with the rights of the person who asks. */
@Command(
    name = "undo",
    description = {
      "Takes back what a run did, as far as that is possible.",
      "It enables clients again, with your own rights at the authority. A token that was revoked, a"
          + " session that ended and a key that was replaced stay so. For a day, no playbook repeats"
          + " a step that you took back."
    })
final class ResponseUndoCommand extends ResponseAsking {
  @Parameters(paramLabel = "RUN", description = "The run's number.")
  private long run;

  @Override
  int ask() throws OperatorException, IOException, FormatException, InterruptedException {
    JsonObject answer = ask(ResponseQuestions.UNDO, run);
    try (AuthorityAdmin admin = new AuthorityAdmin(installation.authoritySocket())) {
      for (String client : answer.strings("clients")) {
        admin.admit(client, true);
      }
    } catch (AuthorityAdmin.RefusedException e) {
      throw CommandFailure.no(
          "the authority refused: " + e.getMessage() + ". Run the same command again");
    }
    print(answer, text(answer) + "\nEnabled: " + String.join(", ", answer.strings("clients")));
    return ExitCode.OK;
  }
}
