package dev.counterfoil.cli.keys;

import dev.counterfoil.cli.command.ExitCode;
import dev.counterfoil.cli.command.InstallationCommand;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.operations.OperatorException;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import picocli.CommandLine.Command;

/** Ends a pause before its time. */
@Command(
    name = "resume",
    description = {
      "Ends a pause of the rotation early.",
      "A rotation that became due meanwhile begins at once."
    })
final class KeysResumeCommand extends InstallationCommand {
  private final InstantSource clock = InstantSource.system();

  @Override
  public Integer call() throws OperatorException, InterruptedException {
    Instant now = clock.instant().truncatedTo(ChronoUnit.SECONDS);
    boolean changed = KeysPauseCommand.ask(installation, now);
    print(
        JsonObject.builder().put("changed", changed).build(),
        "RESUMED  keys rotate automatically again");
    return ExitCode.OK;
  }
}
