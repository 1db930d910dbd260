package dev.counterfoil.signer.process;

/** What a process of this program is. */
public enum Role {
  /** Holds token keys; issues. */
  SIGNER,
  /** Holds the statement key; states, revokes, withdraws. */
  REGISTRAR
}
