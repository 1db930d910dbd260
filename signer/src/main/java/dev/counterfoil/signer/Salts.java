package dev.counterfoil.signer;

/** Gives the random salt of each token. Safe for concurrent use. */
@FunctionalInterface
interface Salts {
  /** 16 unpredictable bytes, never the same twice. */
  byte[] next();
}
