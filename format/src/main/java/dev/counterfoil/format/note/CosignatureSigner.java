package dev.counterfoil.format.note;

import java.security.GeneralSecurityException;

/** Signs what cosignatures sign. The private key stays with whoever implements it. */
public interface CosignatureSigner {
  /** The public half. */
  CosignerKey key();

  /** A signature over what {@link CosignerKey#message} gives, in the key's algorithm. */
  byte[] sign(byte[] message) throws GeneralSecurityException;
}
