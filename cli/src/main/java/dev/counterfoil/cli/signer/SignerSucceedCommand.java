package dev.counterfoil.cli.signer;

import dev.counterfoil.cli.command.CommandFailure;
import dev.counterfoil.cli.command.DurationText;
import dev.counterfoil.cli.command.ExitCode;
import dev.counterfoil.cli.command.InstallationOptions;
import dev.counterfoil.cli.keys.KeysTaintCommand;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.installation.OperatorClient;
import dev.counterfoil.installation.OperatorException;
import dev.counterfoil.signerprotocol.SignerName;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.regex.Pattern;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Announces the successor of a signer's log. */
@Command(
    name = "succeed",
    mixinStandardHelpOptions = true,
    description = {
      "Announces a successor of the signer's log, with a log key of its own.",
      "Log and token keys of the successor stand in the key log at once, and sign nothing yet. When the time has come and "
          + "every service can know the keys, the present log is sealed and the signer starts anew in the successor, within "
          + "seconds. Tokens of before stay good. Said again before that, it changes the time. Exit code 0: it is announced."
    })
final class SignerSucceedCommand implements Callable<Integer> {
  private final InstantSource clock = InstantSource.system();

  @Mixin
  @SuppressWarnings("NullAway.Init") // picocli fills it before the call
  private InstallationOptions installation;

  @Parameters(
      index = "0",
      arity = "0..1",
      paramLabel = "SIGNER",
      defaultValue = SignerName.FIRST,
      description =
          "The signer, such as s2 for a warm spare (default: ${DEFAULT-VALUE}, the one that issues).")
  @SuppressWarnings("NullAway.Init") // has a default
  private String signer;

  @Option(
      names = "--in",
      paramLabel = "DURATION",
      defaultValue = "1d",
      converter = DurationText.class,
      description =
          "When it takes over, from now and at the soonest: so long have witnesses that are told by hand (default: ${DEFAULT-VALUE}; at most 30d).")
  @SuppressWarnings("NullAway.Init") // has a default
  private Duration ahead;

  @Option(names = "--cancel", description = "Give up the successor that is announced instead.")
  private boolean cancel;

  @Option(names = "--yes", description = "Do it: without this, it only says what would be done.")
  private boolean yes;

  @Option(names = "--json", description = "Print JSON.")
  private boolean json;

  @Override
  public Integer call() throws InterruptedException {
    checkSigner();
    Instant at = clock.instant().plus(ahead).truncatedTo(ChronoUnit.SECONDS);
    if (!yes) {
      System.err.println(
          cancel
              ? "This would give up the successor that is announced for signer "
                  + signer
                  + ", and destroy its keys. Say --yes to do it."
              : "This would announce a successor of the log of signer "
                  + signer
                  + " in domain "
                  + installation.domainName()
                  + ", which takes over at "
                  + at
                  + " at the soonest, with a new log key. Say --yes to do it.");
      return ExitCode.USAGE;
    }
    OperatorClient operators = new OperatorClient(installation.context(), signer);
    try {
      JsonObject answer = cancel ? operators.cancelSuccession() : operators.succeed(at);
      System.out.println(json ? answer : text(answer));
      return ExitCode.OK;
    } catch (OperatorException e) {
      throw KeysTaintCommand.failed(e);
    } catch (FormatException e) {
      throw CommandFailure.unavailable("the signer's answer is not understood: " + e.getMessage());
    }
  }

  private void checkSigner() {
    List<String> signers = installation.context().signerNames();
    if (signers.contains(signer)) {
      return;
    }
    throw CommandFailure.environment(
        signers.stream().anyMatch(name -> signer.matches(Pattern.quote(name) + "g[0-9]+"))
            ? signer + " is a log: name the signer whose log is to be followed"
            : "there is no signer "
                + signer
                + " in domain "
                + installation.domainName()
                + "; there is "
                + String.join(", ", signers));
  }

  private String text(JsonObject answer) throws FormatException {
    if (cancel) {
      return "CANCELLED  log %s never takes over; its name is not used again"
          .formatted(answer.string("log"));
    }
    Optional<String> obstacle = answer.optionalString("obstacle");
    return "%s  log %s takes over at %s at the soonest%n  %s%n%s"
        .formatted(
            answer.truth("changed") ? "ANNOUNCED" : "ANNOUNCED ALREADY",
            answer.string("log"),
            Instant.ofEpochSecond(answer.number("at")),
            answer.string("vkey"),
            "  Witnesses and custodians that follow the key log take it up by themselves; give the line to those whose\n"
                + "  logs are told by hand. counterfoil keys readiness says who does not know its keys yet."
                + obstacle.map(one -> "\n  its keys are not ready yet: " + one).orElse(""));
  }
}
