package dev.counterfoil.registrar;

import dev.counterfoil.registrar.signers.SignersOwn;
import dev.counterfoil.signerprotocol.Commands;
import java.util.Set;

/**
 * Which commands a registrar takes on which of its sockets, beside the one that asks for status.
 */
final class RegistrarCommands {
  /** The authority's. */
  static final Set<String> OF_SERVICE =
      Set.of(
          Commands.READ_KEYS,
          Commands.REVOKE_TOKEN,
          Commands.REVOKE_GROUP,
          Commands.SIGN_STATUS_LIST,
          Commands.ADD_COSIGNATURES,
          Commands.READ_EVENTS);

  /**
   * A signer's, of what is its own ({@link SignersOwn}). What may be stated is trusted by every
   * verifier, so the authority, which is reached from outside, does not get to these sockets.
   */
  static final Set<String> OF_SIGNER =
      Set.of(
          Commands.READ_KEYS,
          Commands.STATE_KEY,
          Commands.RETIRE_KEY,
          Commands.PAUSE_ROTATION,
          Commands.STATE_LOG,
          Commands.END_LOG);

  /** The operator's. */
  static final Set<String> OF_ADMIN =
      Set.of(
          Commands.READ_KEYS,
          Commands.TAINT_KEY,
          Commands.REVOKE_KEYS,
          Commands.WITHDRAW_KEY,
          Commands.STATE_WITHDRAWN,
          Commands.ADOPT_KEY,
          Commands.END_LOG,
          Commands.MOVE_LOG,
          Commands.STATE_AUDIT_LOG,
          Commands.END_AUDIT_LOG,
          Commands.STATE_DISCLOSURE_KEY,
          Commands.TAKE_CEREMONY,
          Commands.MAKE_STATEMENT_KEY,
          Commands.ADD_TENANT,
          Commands.CONFIRM,
          Commands.DIAGNOSE);

  private RegistrarCommands() {}
}
