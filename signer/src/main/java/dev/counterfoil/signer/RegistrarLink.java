package dev.counterfoil.signer;

import dev.counterfoil.signerprotocol.Answer;
import dev.counterfoil.signerprotocol.Request;
import dev.counterfoil.signerprotocol.SignerUnavailableException;

/** Asks the domain's registrar. */
@FunctionalInterface
interface RegistrarLink {
  Answer ask(Request.Command command) throws SignerUnavailableException, InterruptedException;
}
