package dev.counterfoil.signer;

import java.io.IOException;

/** A running role. */
interface RoleProcess {
  /** Answers what it took, closes its files and ends. */
  void close() throws IOException, InterruptedException;
}
