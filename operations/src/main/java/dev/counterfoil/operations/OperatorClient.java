package dev.counterfoil.operations;

import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.bytes.PlainText;
import dev.counterfoil.format.keylog.KeyLogEvent;
import dev.counterfoil.format.keys.KeyStatement;
import dev.counterfoil.installation.layout.Context;
import dev.counterfoil.installation.layout.SocketReach;
import dev.counterfoil.signerprotocol.Answer;
import dev.counterfoil.signerprotocol.Commands;
import dev.counterfoil.signerprotocol.Request;
import dev.counterfoil.signerprotocol.SignerClient;
import dev.counterfoil.signerprotocol.SignerName;
import dev.counterfoil.signerprotocol.SignerUnavailableException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/** What operators ask of a domain's registrar and of one of its signers, at their admin sockets. */
public final class OperatorClient {
  /** How long a process may take to answer. */
  private static final Duration TIMEOUT = Duration.ofSeconds(10);

  private static final Duration CONNECT_STEP = Duration.ofMillis(10);

  private final Context context;
  private final String signer;

  /** With the signer that issues. */
  public OperatorClient(Context context) {
    this(context, SignerName.FIRST);
  }

  /** With one of the domain's signers. */
  public OperatorClient(Context context, String signer) {
    this.context = context;
    this.signer = signer;
  }

  /** How the signer is, by its own word: its log and whether it serves. */
  public JsonObject signerStatus() throws OperatorException, InterruptedException {
    return askSigner(Commands.status());
  }

  /**
   * Has the signer's keys not change until a time; one that is over ends the pause.
   *
   * @return whether that was new
   */
  public boolean pauseRotation(Instant until) throws OperatorException, InterruptedException {
    return changed(askSigner(Commands.pauseRotation(until)), "signer");
  }

  /**
   * Has a successor of the signer's log announced, which takes over at a time at the soonest.
   *
   * @return as {@link Commands#SUCCEED} answers
   */
  public JsonObject succeed(Instant at) throws OperatorException, InterruptedException {
    return askSigner(Commands.succeed(at));
  }

  /** Gives the successor up that was announced; answers its name. */
  public JsonObject cancelSuccession() throws OperatorException, InterruptedException {
    return askSigner(Commands.cancelSuccession());
  }

  /** Has a key stated that is trusted at no time: one that is only to be recognised. */
  public void stateWithdrawn(KeyStatement key) throws OperatorException, InterruptedException {
    askRegistrar(Commands.stateWithdrawn(key));
  }

  /**
   * Has the registrar state another issuer's key, to verify with.
   *
   * @return whether that changed anything
   */
  public boolean adopt(KeyStatement key) throws OperatorException, InterruptedException {
    return changed(askRegistrar(Commands.adoptKey(key)), "registrar");
  }

  /**
   * Says that a key may be stolen: its signer stops, and no later token of it counts.
   *
   * @return whether that was new
   */
  public boolean taint(String kid) throws OperatorException, InterruptedException {
    return changed(askRegistrar(Commands.taintKey(kid)), "registrar");
  }

  /**
   * Withdraws a key: nothing that it signed counts any more. Waits for a second operator where the
   * registrar asks for one, which is a refusal that says how to go on.
   *
   * @return whether that was new
   */
  public boolean withdraw(String kid) throws OperatorException, InterruptedException {
    return changed(askRegistrar(Commands.withdrawKey(kid)), "registrar");
  }

  /**
   * Revokes keys; waits for a second operator where the registrar asks for one, which is a refusal
   * that says how to go on.
   *
   * @param from first position at which the keys' tokens are no good
   */
  public Contained revoke(List<String> kids, String log, long from)
      throws OperatorException, InterruptedException {
    return new RevokingInParts(this, false)
        .revoke(kids, log, from, some -> Commands.revokeKeys(some, log, from));
  }

  /**
   * Revokes keys at once, by one operator alone.
   *
   * @param kids however many a thief had stated; so many at once as the registrar takes
   * @param passesOverUnknown whether a key that nobody stated keeps the others from being revoked
   */
  public Contained revokeAlone(List<String> kids, String log, long from, boolean passesOverUnknown)
      throws OperatorException, InterruptedException {
    return new RevokingInParts(this, passesOverUnknown)
        .revoke(kids, log, from, some -> Commands.revokeKeysAlone(some, log, from));
  }

  /** The same, all of it or a failure. */
  public Contained revokeAlone(List<String> kids, String log, long from)
      throws OperatorException, InterruptedException {
    return revokeAlone(kids, log, from, false);
  }

  /** Has the key log say where a log ended, by one operator alone. */
  public JsonObject endLogAlone(String log, long size, KeyLogEvent.EndReason reason)
      throws OperatorException, InterruptedException {
    return askRegistrar(Commands.endLogAlone(log, size, reason));
  }

  /**
   * The commands that wait for a second person, by the registrar's word.
   *
   * @param registrar its admin socket
   */
  public static List<JsonObject> waiting(Path registrar)
      throws OperatorException, InterruptedException {
    JsonObject status = ask(registrar, Commands.status(), "registrar");
    try {
      return status.objects("waiting");
    } catch (FormatException e) {
      throw notUnderstood("registrar", e);
    }
  }

  /**
   * Confirms what another operator asked for; answers what its command answers.
   *
   * @param registrar its admin socket
   */
  public static JsonObject confirm(Path registrar, String id)
      throws OperatorException, InterruptedException {
    return ask(registrar, Commands.confirm(id), "registrar");
  }

  /**
   * Has the response process carry a command out; its answer.
   *
   * @param response its admin socket
   */
  public static JsonObject askResponse(Path response, Request.Command command)
      throws OperatorException, InterruptedException {
    return ask(response, command, "response process");
  }

  /** Has the registrar carry a command out; its answer. */
  public JsonObject askRegistrar(Request.Command command)
      throws OperatorException, InterruptedException {
    return ask(context.registrar().adminSocket().path(), command, "registrar");
  }

  public JsonObject askSigner(Request.Command command)
      throws OperatorException, InterruptedException {
    Context.Signer of =
        context
            .signer(signer)
            .orElseThrow(
                () ->
                    new OperatorException(
                        "context %s names no signer %s".formatted(context.name(), signer),
                        OperatorException.Kind.NO_ANSWER));
    return ask(of.adminSocket().path(), command, "signer");
  }

  private static boolean changed(JsonObject done, String process) throws OperatorException {
    try {
      return done.truth("changed");
    } catch (FormatException e) {
      throw notUnderstood(process, e);
    }
  }

  public static OperatorException notUnderstood(String process, FormatException e) {
    return new OperatorException(
        "the " + process + "'s answer is not understood: " + e.getMessage(), e);
  }

  /** Asks a process; what is no answer to the question is a failure. */
  private static JsonObject ask(Path socket, Request.Command command, String process)
      throws OperatorException, InterruptedException {
    Optional<String> denied = SocketReach.denied(socket);
    if (denied.isPresent()) {
      throw new OperatorException(
          "the " + process + " is not reached: " + denied.get(), OperatorException.Kind.NO_ANSWER);
    }
    try (SignerClient client = new SignerClient(socket)) {
      for (long waited = 0;
          !client.isConnected() && waited < TIMEOUT.toMillis();
          waited += CONNECT_STEP.toMillis()) {
        Thread.sleep(CONNECT_STEP);
      }
      return switch (client.ask(command, TIMEOUT)) {
        case Answer.Done done -> done.result();
        case Answer.Refused refused ->
            throw OperatorException.refused(
                "the %s refused %s (%s): %s"
                    .formatted(
                        process,
                        command.name(),
                        refused.code(),
                        PlainText.of(refused.text(), OperatorException.SAID_MAX)),
                refused.code());
        case Answer.Issued issued -> throw anotherQuestion(process);
        case Answer.Records records -> throw anotherQuestion(process);
        case Answer.Recorded recorded -> throw anotherQuestion(process);
      };
    } catch (SignerUnavailableException e) {
      throw noAnswer(socket, command, process, e);
    }
  }

  /** A change that was delivered may still be made, however long its answer takes. */
  static OperatorException noAnswer(
      Path socket, Request.Command command, String process, SignerUnavailableException e) {
    return new OperatorException(
        e.mayStillBeDone() && !command.name().equals(Commands.STATUS)
            ? ("the %1$s does not answer. The request was delivered and may still be carried out."
                    + " Check counterfoil keys list, and the %1$s's log, before you repeat it")
                .formatted(process)
            : "the " + process + " does not answer: " + SocketReach.why(socket),
        e);
  }

  private static OperatorException anotherQuestion(String process) {
    return new OperatorException(
        "the " + process + " answered another question", OperatorException.Kind.NO_ANSWER);
  }
}
