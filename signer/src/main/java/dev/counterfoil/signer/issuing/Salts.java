package dev.counterfoil.signer.issuing;

/** Gives the random salt of each token. Safe for concurrent use. */
@FunctionalInterface
public interface Salts {
  /** 16 unpredictable bytes, never the same twice. */
  byte[] next();
}
