package dev.counterfoil.process;

import dev.counterfoil.hardening.ProcessExitCode;

/** How a process ends. */
public interface Fate {
  /** It is done; nothing is open any more. */
  void end(ProcessExitCode code);

  /** The journal failed: nobody knows what is on the disk. Does not return. */
  void journalFailed(Throwable cause);

  /** The program's state is unknown. Does not return. */
  void unknownState(Throwable cause);
}
