package dev.counterfoil.process.settings;

/** What a process of this program is. */
public enum Role {
  /** Holds token keys; issues. */
  SIGNER,
  /** Holds the statement key; states, revokes, withdraws. */
  REGISTRAR
}
