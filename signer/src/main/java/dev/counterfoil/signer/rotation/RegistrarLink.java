package dev.counterfoil.signer.rotation;

import dev.counterfoil.signerprotocol.Answer;
import dev.counterfoil.signerprotocol.Request;
import dev.counterfoil.signerprotocol.SignerUnavailableException;

/** Asks the domain's registrar. */
@FunctionalInterface
public interface RegistrarLink {
  Answer ask(Request.Command command) throws SignerUnavailableException, InterruptedException;
}
