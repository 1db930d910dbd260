package dev.counterfoil.cli.keys;

import dev.counterfoil.cli.command.CommandFailure;
import dev.counterfoil.cli.command.ExitCode;
import dev.counterfoil.cli.command.InstallationCommand;
import dev.counterfoil.cli.command.JsonLine;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.bytes.PlainText;
import dev.counterfoil.operations.OperatorClient;
import dev.counterfoil.operations.OperatorException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** The second person's word. */
@Command(
    name = "confirm",
    description = {
      "Confirms a command of another operator that waits for a second person.",
      "Without an ID it lists what waits. An operator is the Unix user who runs this,"
          + " and cannot confirm a command of the same user.",
      "Exit code 0: it was carried out, or listed; 1: it was refused."
    })
final class KeysConfirmCommand extends InstallationCommand {
  @Parameters(arity = "0..1", paramLabel = "ID", description = "The waiting command, such as c1.")
  private @Nullable String id;

  @Override
  public Integer call() throws OperatorException, InterruptedException {
    Path registrar = installation.registrarSocket();
    try {
      if (id == null) {
        list(OperatorClient.waiting(registrar));
        return ExitCode.OK;
      }
      JsonObject done = OperatorClient.confirm(registrar, id);
      if (json) {
        JsonLine.print(done);
        return ExitCode.OK;
      }
      Optional<String> again = done.optionalString("again_by");
      System.out.println(
          again.isPresent()
              ? "CONFIRMED  "
                  + PlainText.of(again.get())
                  + " runs the same command again now, and it is carried out"
              : "CONFIRMED  it is being carried out");
      return ExitCode.OK;
    } catch (FormatException e) {
      throw CommandFailure.unavailable(
          "cannot understand the registrar's answer: " + e.getMessage());
    }
  }

  private void list(List<JsonObject> waiting) throws FormatException {
    if (json) {
      JsonLine.print(JsonObject.builder().put("waiting", waiting).build());
      return;
    }
    if (waiting.isEmpty()) {
      System.out.println("Nothing waits for a second person.");
    }
    for (JsonObject one : waiting) {
      System.out.println(
          PlainText.of(
              "%s  %s, requested by %s, waits until %s: %s"
                  .formatted(
                      one.string("id"),
                      one.string("command"),
                      one.string("asked_by"),
                      Instant.ofEpochSecond(one.number("until")),
                      one.object("arguments"))));
    }
  }
}
