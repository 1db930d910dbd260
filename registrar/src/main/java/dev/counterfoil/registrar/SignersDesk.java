package dev.counterfoil.registrar;

import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.keylog.KeySet;
import dev.counterfoil.format.keys.KeyStatement;
import dev.counterfoil.format.keys.LogName;
import dev.counterfoil.process.ForeignRequest;
import dev.counterfoil.process.ProcessAudit;
import dev.counterfoil.registrar.signers.SignersOwn;
import dev.counterfoil.registrar.signers.SignersWatch;
import dev.counterfoil.signerprotocol.Answer;
import dev.counterfoil.signerprotocol.Answer.Code;
import dev.counterfoil.signerprotocol.Commands;
import dev.counterfoil.signerprotocol.Request;
import java.io.IOException;
import java.security.GeneralSecurityException;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Optional;

/**
 * Where signers' commands come in, each signer's by its own socket: it has the key log say what
 * concerns its own keys and logs, and nothing of another's. Who tries is refused, and an operator
 * is told. Belongs to the registrar's thread.
 */
final class SignersDesk {
  private final Registrar registrar;
  private final OperatorDesk operators;
  private final SignersWatch watch;
  private final ProcessAudit audit;
  private final InstantSource clock;

  SignersDesk(
      Registrar registrar,
      OperatorDesk operators,
      SignersWatch watch,
      ProcessAudit audit,
      InstantSource clock) {
    this.registrar = registrar;
    this.operators = operators;
    this.watch = watch;
    this.audit = audit;
    this.clock = clock;
  }

  /**
   * Takes a signer's command.
   *
   * @param own what is the signer's on whose socket it came
   * @param user who said it, by the kernel's word
   */
  Answer carryOut(Request.Command command, SignersOwn own, String user)
      throws IOException, GeneralSecurityException {
    Instant now = clock.instant();
    Optional<Answer.Refused> objection;
    try {
      objection = own.objection(command, registrar.state());
    } catch (FormatException e) {
      return new Answer.Refused(Code.MALFORMED, String.valueOf(e.getMessage()));
    }
    if (objection.isPresent()) {
      if (objection.get().code() == Code.NOT_ITS_OWN) {
        if (isTold(command)) {
          return registrar.carryOut(command);
        }
        refuse(command, own.signer(), user, objection.get(), now);
      }
      return objection.get();
    }
    Optional<Answer.Refused> ended = endedOtherwise(command);
    if (ended.isPresent()) {
      return ended.get();
    }
    Optional<Answer.Refused> usedUp = watch.objection(own.signer(), command.name(), now);
    if (usedUp.isPresent()) {
      return usedUp.get();
    }
    long before = registrar.version();
    Answer answer =
        command.name().equals(Commands.PAUSE_ROTATION)
            ? pause(command)
            : registrar.carryOut(command);
    watch.stated(own.signer(), command.name(), registrar.version() - before, now);
    return answer;
  }

  /**
   * Whether it is an end that the key log has: at each start a signer tells again how its last logs
   * ended, also of record logs that are another's now, and that changes nothing.
   */
  private boolean isTold(Request.Command command) {
    return end(command).filter(ended -> ended.size() == size(command)).isPresent();
  }

  /** A signer says once how its log ended. To narrow it takes an operator. */
  private Optional<Answer.Refused> endedOtherwise(Request.Command command) {
    return end(command)
        .filter(ended -> ended.size() != size(command))
        .map(TakingBack::endedAlready);
  }

  /** The end that stands, where a command tells one. */
  private Optional<KeySet.EndedLog> end(Request.Command command) {
    return command.name().equals(Commands.END_LOG)
        ? command.text("log").flatMap(registrar.state()::ended)
        : Optional.empty();
  }

  private static long size(Request.Command end) {
    return end.arguments().get("size") instanceof Long size ? size : -1;
  }

  private void refuse(
      Request.Command command, String signer, String user, Answer.Refused answer, Instant now) {
    ForeignRequest foreign = ForeignRequest.of(command, registrar.state());
    long times = watch.trespassed(signer, command.name(), foreign.forPeople(), now);
    if (times > 0) {
      audit.keep(audit.foreign(foreign, signer, user, times, answer));
    }
  }

  /** An operator's, by way of his signer. */
  private Answer pause(Request.Command command) throws IOException, GeneralSecurityException {
    return switch (operators.pause(command.arguments())) {
      case OperatorDesk.PauseVerdict.Waits waits -> waits.answer();
      case OperatorDesk.PauseVerdict.Allowed allowed -> {
        JsonObject said = command.arguments();
        try {
          yield registrar.carryOut(
              Commands.pauseRotation(
                  said.string("log"), KeyStatement.instant(said, "until"), allowed.by()));
        } catch (FormatException e) {
          yield new Answer.Refused(Code.MALFORMED, String.valueOf(e.getMessage()));
        }
      }
    };
  }

  /**
   * The operators' last step: who takes something of a signer's back has heard the alarm about it,
   * whoever of two persons said it last, and what follows has room.
   */
  static OperatorDesk.Executor hearing(Registrar registrar, SignersWatch watch) {
    return command -> {
      Optional<String> whose = whose(command, registrar).map(watch::signerOf);
      long before = registrar.version();
      Answer answer = registrar.carryOut(command);
      if (registrar.version() > before) {
        whose.ifPresent(watch::tookBack);
        if (command.name().equals(Commands.TAKE_CEREMONY)) {
          watch.makeRoom();
        }
      }
      return answer;
    };
  }

  /** The signer, or record door, of whose keys or logs a command takes something back. */
  private static Optional<String> whose(Request.Command command, Registrar registrar) {
    Optional<String> log =
        switch (command.name()) {
          case Commands.REVOKE_KEYS, Commands.END_LOG -> command.text("log");
          case Commands.TAINT_KEY, Commands.WITHDRAW_KEY ->
              command.text("kid").flatMap(registrar.state()::key).flatMap(KeyStatement::log);
          default -> Optional.empty();
        };
    return log.flatMap(LogName::parse).map(LogName::owner);
  }
}
