package dev.counterfoil.format.note;

import java.security.GeneralSecurityException;

/** Signs the text of notes. The private key stays with whoever implements it. */
public interface NoteSigner {
  /** The public half. */
  NoteKey key();

  /** An Ed25519 signature of 64 bytes over the text. */
  byte[] sign(byte[] text) throws GeneralSecurityException;
}
