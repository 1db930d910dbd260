package dev.counterfoil.process;

import java.io.IOException;

/** A running role. */
public interface RoleProcess {
  /** Answers what it took, closes its files and ends. */
  void close() throws IOException, InterruptedException;
}
