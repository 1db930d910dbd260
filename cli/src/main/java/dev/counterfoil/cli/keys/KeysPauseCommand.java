package dev.counterfoil.cli.keys;

import dev.counterfoil.cli.command.CommandFailure;
import dev.counterfoil.cli.command.DurationText;
import dev.counterfoil.cli.command.ExitCode;
import dev.counterfoil.cli.command.InstallationCommand;
import dev.counterfoil.cli.command.InstallationOptions;
import dev.counterfoil.cli.command.TimeText;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.operations.OperatorClient;
import dev.counterfoil.operations.OperatorException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Pauses the rotation of a signer's keys. */
@Command(
    name = "pause",
    description = {
      "Pauses the rotation of a signer's keys for a while.",
      "The pause ends by itself. The key log records it with the name of the operator,"
          + " and it makes no key valid for longer. A pause that would delay the next key"
          + " too long is refused; the answer gives the longest possible one."
    })
final class KeysPauseCommand extends InstallationCommand {
  private final InstantSource clock = InstantSource.system();

  @Parameters(
      arity = "0..1",
      paramLabel = "DURATION",
      converter = DurationText.class,
      description = "The length, such as 4h.")
  private @Nullable Duration duration;

  @Option(
      names = "--until",
      paramLabel = "TIME",
      description = "The end instead: " + TimeText.FUTURE + ".")
  private @Nullable String until;

  @Override
  public Integer call() throws OperatorException, InterruptedException {
    Instant now = clock.instant();
    Instant end = end(now).truncatedTo(ChronoUnit.SECONDS);
    if (!end.isAfter(now)) {
      throw CommandFailure.environment(
          end + " is in the past. To end a pause, run counterfoil keys resume");
    }
    boolean changed = ask(installation, end);
    print(
        JsonObject.builder()
            .put("paused_until", end.getEpochSecond())
            .put("changed", changed)
            .build(),
        (changed ? "PAUSED" : "PAUSED ALREADY")
            + "  keys do not change until "
            + end
            + ". To end the pause earlier, run counterfoil keys resume");
    return ExitCode.OK;
  }

  private Instant end(Instant now) {
    if ((duration == null) == (until == null)) {
      throw CommandFailure.environment(
          "give a length, such as counterfoil keys pause 4h, or an end with --until");
    }
    if (duration != null) {
      return now.plus(duration);
    }
    return TimeText.future("--until", until, now);
  }

  /**
   * Has every signer take it; a refusal is a no. One that does not answer is named: a spare that is
   * down keeps nobody from pausing the others.
   */
  static boolean ask(InstallationOptions installation, Instant until)
      throws OperatorException, InterruptedException {
    boolean changed = false;
    int asked = 0;
    Optional<OperatorException> away = Optional.empty();
    for (String signer : installation.context().signerNames()) {
      try {
        changed |= new OperatorClient(installation.context(), signer).pauseRotation(until);
        asked++;
      } catch (OperatorException e) {
        if (e.isRefused()) {
          throw e;
        }
        System.err.println(
            "Warning: signer " + signer + " did not accept the pause: " + e.getMessage());
        away = Optional.of(e);
      }
    }
    if (asked == 0 && away.isPresent()) {
      throw away.get();
    }
    return changed;
  }
}
