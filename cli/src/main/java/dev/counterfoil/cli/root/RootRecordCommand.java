package dev.counterfoil.cli.root;

import dev.counterfoil.cli.command.CommandFailure;
import dev.counterfoil.cli.command.ExitCode;
import dev.counterfoil.cli.command.InstallationOptions;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.ceremony.Ceremony;
import dev.counterfoil.installation.SocketReach;
import dev.counterfoil.signerprotocol.Answer;
import dev.counterfoil.signerprotocol.Commands;
import dev.counterfoil.signerprotocol.Request;
import dev.counterfoil.signerprotocol.SignerClient;
import dev.counterfoil.signerprotocol.SignerUnavailableException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Hands a ceremony to a running registrar. */
@Command(
    name = "record",
    mixinStandardHelpOptions = true,
    description = {
      "Hands a complete ceremony to the domain's registrar.",
      "The registrar records all of it in the key log at once.",
      "You can instead put the file into the registrar's folder as ceremony.json."
    })
public final class RootRecordCommand implements Callable<Integer> {
  private static final Duration ANSWER_WITHIN = Duration.ofSeconds(20);

  @Mixin
  @SuppressWarnings("NullAway.Init") // picocli fills it before the call
  private InstallationOptions installation;

  @Parameters(paramLabel = "FILE", description = "The ceremony.")
  @SuppressWarnings("NullAway.Init") // required
  private Path file;

  @Option(names = "--json", description = "Print JSON.")
  private boolean json;

  @Override
  public Integer call() throws InterruptedException {
    Ceremony ceremony = RootFiles.ceremony(file);
    Path socket = installation.registrarSocket();
    Answer answer;
    try {
      answer = ask(socket, Commands.takeCeremony(ceremony.forDomain(installation.domainName())));
    } catch (FormatException e) {
      throw CommandFailure.environment(file + ": " + e.getMessage());
    }
    if (answer instanceof Answer.Done done) {
      boolean changed = Boolean.TRUE.equals(done.result().get("changed"));
      System.out.println(
          json
              ? JsonObject.builder().put("changed", changed).build()
              : changed ? "RECORDED" : "RECORDED ALREADY");
      return ExitCode.OK;
    }
    String why = answer instanceof Answer.Refused refused ? refused.text() : answer.toString();
    System.err.println("Error: the registrar refuses the ceremony: " + why);
    return ExitCode.NO;
  }

  public static Answer ask(Path socket, Request.Command command) throws InterruptedException {
    SocketReach.denied(socket)
        .ifPresent(
            why -> {
              throw CommandFailure.unavailable("cannot reach the registrar: " + why);
            });
    try (SignerClient client = new SignerClient(socket)) {
      long deadline = System.nanoTime() + ANSWER_WITHIN.toNanos();
      while (!client.isConnected() && System.nanoTime() < deadline) {
        Thread.sleep(10);
      }
      return client.ask(command, ANSWER_WITHIN);
    } catch (SignerUnavailableException e) {
      throw CommandFailure.unavailable("the registrar does not answer: " + SocketReach.why(socket));
    }
  }
}
