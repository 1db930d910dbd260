package dev.counterfoil.authority;

import dev.counterfoil.format.GroupHandle;
import dev.counterfoil.signerprotocol.Answer;
import dev.counterfoil.signerprotocol.Commands;
import dev.counterfoil.signerprotocol.Request;
import dev.counterfoil.signerprotocol.SignerClient;
import dev.counterfoil.signerprotocol.SignerUnavailableException;
import java.time.Duration;
import java.time.InstantSource;

/** Has the registrar revoke tokens: it has written that down before a call returns. */
final class Revocations {
  private static final Duration REGISTRAR_TIME_MAX = Duration.ofSeconds(5);

  /**
   * A group's tokens are revoked that are issued before so long after now: those that were asked
   * for already, and are signed while the client is taken out.
   */
  static final Duration GROUP_AHEAD = Duration.ofSeconds(10);

  private final SignerClient registrar;
  private final PublishedKeys keys;
  private final InstantSource clock;

  Revocations(SignerClient registrar, PublishedKeys keys, InstantSource clock) {
    this.registrar = registrar;
    this.keys = keys;
    this.clock = clock;
  }

  /** Revokes all tokens of a group, of which no more are issued. */
  void revoke(GroupHandle group) throws RequestRefusedException, InterruptedException {
    carryOut(Commands.revokeGroup(group, clock.instant().plus(GROUP_AHEAD)));
  }

  /** Has a revocation carried out. */
  void carryOut(Request.Command command) throws RequestRefusedException, InterruptedException {
    try {
      switch (registrar.ask(command, REGISTRAR_TIME_MAX)) {
        case Answer.Done done -> {
          // It is on the registrar's disk.
          keys.forget();
        }
        case Answer.Refused refused ->
            throw new RequestRefusedException(SignerRefusals.of(refused));
        case Answer.Issued issued -> throw new IllegalStateException("answer of another kind");
        case Answer.Records records -> throw new IllegalStateException("answer of another kind");
        case Answer.Recorded recorded -> throw new IllegalStateException("answer of another kind");
      }
    } catch (SignerUnavailableException e) {
      throw new RequestRefusedException(SignerRefusals.unavailable());
    }
  }
}
