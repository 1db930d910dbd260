package dev.counterfoil.signer;

import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.keys.KeyStatement;
import dev.counterfoil.process.ProcessAudit;
import dev.counterfoil.signer.generation.LogSuccession;
import dev.counterfoil.signer.generation.PastGenerations;
import dev.counterfoil.signer.growth.LogEnds;
import dev.counterfoil.signer.rotation.KeyKeeper;
import dev.counterfoil.signer.rotation.TenantAdding;
import dev.counterfoil.signerprotocol.Answer;
import dev.counterfoil.signerprotocol.Answer.Code;
import dev.counterfoil.signerprotocol.Commands;
import dev.counterfoil.signerprotocol.Request;
import dev.counterfoil.signerprotocol.SignerServer;
import dev.counterfoil.signerprotocol.SignerServer.Responder;
import java.io.IOException;
import java.security.GeneralSecurityException;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * What operators ask of a signer that changes its plans: a pause, a successor of its log. The key
 * log says all of it. Each is carried out on a thread of its own, since the registrar and the key
 * maker take their time; no other request waits.
 */
final class SignerDesk {
  private static final System.Logger LOG = System.getLogger(SignerDesk.class.getName());

  private final KeyKeeper keys;
  private final LogSuccession succession;
  private final LogEnds ends;
  private final TenantAdding tenants;
  private final PastGenerations past;
  private final ProcessAudit audit;
  private final InstantSource clock;
  private final Consumer<Throwable> unknownState;

  /**
   * A desk.
   *
   * @param unknownState told when a disk failed under a change
   */
  SignerDesk(
      KeyKeeper keys,
      LogSuccession succession,
      LogEnds ends,
      TenantAdding tenants,
      PastGenerations past,
      ProcessAudit audit,
      InstantSource clock,
      Consumer<Throwable> unknownState) {
    this.keys = keys;
    this.succession = succession;
    this.ends = ends;
    this.tenants = tenants;
    this.past = past;
    this.audit = audit;
    this.clock = clock;
    this.unknownState = unknownState;
  }

  static Answer.Refused notAllowed() {
    return new Answer.Refused(
        Code.NOT_ALLOWED, "this socket of a signer does not take this command");
  }

  /** Lets the keys not change until a time. */
  void pause(Request.Command command, SignerServer.Peer peer, Responder responder) {
    Optional<Instant> until = time(command, "until", responder);
    if (until.isPresent()) {
      LOG.log(
          System.Logger.Level.WARNING, "{0} pauses rotation until {1}", peer.user(), until.get());
      carryOut("pause", responder, () -> keys.pause(until.get(), peer.user(), clock.instant()));
    }
  }

  /** Has the next key serve one more tenant. */
  void addTenant(Request.Command command, SignerServer.Peer peer, Responder responder) {
    LOG.log(System.Logger.Level.INFO, "{0} adds a tenant", peer.user());
    carryOut("add-tenant", responder, () -> tenants.add(command.arguments()));
  }

  /** Announces a successor of the log. */
  void succeed(Request.Command command, SignerServer.Peer peer, Responder responder) {
    Optional<Instant> at = time(command, "at", responder);
    if (at.isPresent()) {
      LOG.log(System.Logger.Level.WARNING, "{0} announces a successor of the log", peer.user());
      carryOut("succeed", responder, () -> succession.announce(at.get(), clock.instant()));
    }
  }

  /** Gives the successor up that was announced. */
  void cancelSuccession(SignerServer.Peer peer, Responder responder) {
    LOG.log(System.Logger.Level.WARNING, "{0} cancels the succession", peer.user());
    carryOut("cancel", responder, () -> succession.cancel(clock.instant(), ends));
  }

  /**
   * Answers a wish to replace the signer that is fulfilled already. The event says that nothing was
   * done.
   *
   * @return whether it did; else the present generation is to be replaced, or it is no such wish
   */
  boolean hasReplaced(Request.Command command, SignerServer.Peer peer, Responder responder) {
    if (!command.name().equals(Commands.REPLACE)) {
      return false;
    }
    try {
      Optional<Answer> answer = past.answer(command.arguments(), clock.instant());
      if (answer.isPresent()) {
        audit.unchanged(command, peer.user(), answer.get());
        responder.answer(answer.get());
      }
      return answer.isPresent();
    } catch (IOException | GeneralSecurityException e) {
      unknownState.accept(e);
      return true;
    }
  }

  /** The names of the signer's logs, by its folder. */
  List<String> ownLogs() throws IOException {
    return past.own();
  }

  private static Optional<Instant> time(
      Request.Command command, String member, Responder responder) {
    try {
      command.arguments().allowOnly(member);
      return Optional.of(KeyStatement.instant(command.arguments(), member));
    } catch (FormatException e) {
      responder.answer(new Answer.Refused(Code.MALFORMED, String.valueOf(e.getMessage())));
      return Optional.empty();
    }
  }

  /** A change that ends with an answer. */
  private interface Change {
    Answer carryOut() throws IOException, GeneralSecurityException, InterruptedException;
  }

  private void carryOut(String name, Responder responder, Change change) {
    Thread.ofVirtual()
        .name(name)
        .start(
            () -> {
              try {
                responder.answer(change.carryOut());
              } catch (IOException | GeneralSecurityException e) {
                unknownState.accept(e);
              } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
              }
            });
  }
}
