package dev.counterfoil.cli.keys;

import dev.counterfoil.cli.command.ExitCode;
import dev.counterfoil.cli.command.InstallationOptions;
import dev.counterfoil.format.bytes.JsonObject;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Ends a pause before its time. */
@Command(
    name = "resume",
    mixinStandardHelpOptions = true,
    description = {
      "Ends a pause of the rotation early.",
      "A rotation that became due meanwhile begins at once."
    })
final class KeysResumeCommand implements Callable<Integer> {
  private final InstantSource clock = InstantSource.system();

  @Mixin
  @SuppressWarnings("NullAway.Init") // picocli fills it before the call
  private InstallationOptions installation;

  @Option(names = "--json", description = "Print JSON.")
  private boolean json;

  @Override
  public Integer call() throws InterruptedException {
    Instant now = clock.instant().truncatedTo(ChronoUnit.SECONDS);
    boolean changed = KeysPauseCommand.ask(installation, now);
    System.out.println(
        json
            ? JsonObject.builder().put("changed", changed).build()
            : "RESUMED  keys rotate automatically again");
    return ExitCode.OK;
  }
}
