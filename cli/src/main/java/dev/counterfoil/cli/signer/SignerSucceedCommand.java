package dev.counterfoil.cli.signer;

import dev.counterfoil.cli.command.CommandFailure;
import dev.counterfoil.cli.command.DurationText;
import dev.counterfoil.cli.command.ExitCode;
import dev.counterfoil.cli.command.InstallationCommand;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.bytes.PlainText;
import dev.counterfoil.format.keys.LogName;
import dev.counterfoil.operations.OperatorClient;
import dev.counterfoil.operations.OperatorException;
import dev.counterfoil.signerprotocol.SignerName;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Announces the successor of a signer's log. */
@Command(
    name = "succeed",
    description = {
      "Announces a successor of the signer's log, with a log key of its own.",
      "The key log states the successor's log key and token keys at once, but they"
          + " sign nothing yet. When the time has come and every service can know the keys,"
          + " the signer seals the present log and starts the successor, within seconds."
          + " Earlier tokens stay valid. Run this again before that to change the time. Exit"
          + " code 0: it is announced."
    })
final class SignerSucceedCommand extends InstallationCommand {
  private final InstantSource clock = InstantSource.system();

  @Parameters(
      index = "0",
      arity = "0..1",
      paramLabel = "SIGNER",
      defaultValue = SignerName.FIRST,
      description =
          "The signer, such as s2 for a warm spare (default: ${DEFAULT-VALUE}, the one"
              + " that issues).")
  private String signer;

  @Option(
      names = "--in",
      paramLabel = "DURATION",
      defaultValue = "1d",
      converter = DurationText.class,
      description =
          "The earliest takeover, counted from now. Witnesses that are configured by"
              + " hand have this long (default: ${DEFAULT-VALUE}; at most 30d).")
  private Duration ahead;

  @Option(names = "--cancel", description = "Give up the announced successor instead.")
  private boolean cancel;

  @Option(
      names = "--yes",
      description = "Do it. Without this, the command only shows what it would do.")
  private boolean yes;

  @Override
  public Integer call() throws OperatorException, InterruptedException {
    checkSigner();
    Instant at = clock.instant().plus(ahead).truncatedTo(ChronoUnit.SECONDS);
    if (!yes) {
      System.err.println(
          cancel
              ? "This would give up the announced successor of signer "
                  + signer
                  + ", and destroy its keys. To do it, add --yes."
              : "This would announce a successor of the log of signer "
                  + signer
                  + " in domain "
                  + installation.domainName()
                  + ". It takes over at "
                  + at
                  + " at the earliest, with a new log key. To do it, add --yes.");
      return ExitCode.USAGE;
    }
    OperatorClient operators = new OperatorClient(installation.context(), signer);
    try {
      JsonObject answer = cancel ? operators.cancelSuccession() : operators.succeed(at);
      print(answer, text(answer));
      return ExitCode.OK;
    } catch (FormatException e) {
      throw CommandFailure.unavailable("cannot understand the signer's answer: " + e.getMessage());
    }
  }

  private void checkSigner() {
    List<String> signers = installation.context().signerNames();
    if (signers.contains(signer)) {
      return;
    }
    throw CommandFailure.environment(
        signers.stream().anyMatch(name -> LogName.isOf(name, signer))
            ? signer + " is a log. Name the signer whose log gets a successor"
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
          .formatted(PlainText.of(answer.string("log")));
    }
    Optional<String> obstacle = answer.optionalString("obstacle");
    return "%s  log %s takes over at %s at the earliest%n  %s%n%s"
        .formatted(
            answer.truth("changed") ? "ANNOUNCED" : "ANNOUNCED ALREADY",
            PlainText.of(answer.string("log")),
            Instant.ofEpochSecond(answer.number("at")),
            PlainText.of(answer.string("vkey")),
            "  Witnesses and custodians that follow the key log adopt it"
                + " automatically. If you configure logs by hand there,\n  add the line. To"
                + " see who does not know its keys yet, run counterfoil keys readiness."
                + obstacle
                    .map(one -> "\n  its keys are not ready yet: " + PlainText.of(one))
                    .orElse(""));
  }
}
