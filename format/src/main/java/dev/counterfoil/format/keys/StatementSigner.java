package dev.counterfoil.format.keys;

import java.security.GeneralSecurityException;

/**
 * Signs statements (delegations, key sets, notices) with an Ed25519 key. The private key stays with
 * whoever implements it.
 */
public interface StatementSigner {
  /** The public half, an Ed25519 key. */
  PublicJwk key();

  /** An Ed25519 signature of 64 bytes. */
  byte[] sign(byte[] input) throws GeneralSecurityException;
}
