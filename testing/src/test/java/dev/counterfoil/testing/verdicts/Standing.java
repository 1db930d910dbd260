package dev.counterfoil.testing.verdicts;

import java.util.EnumSet;
import java.util.Set;

/**
 * A false verdict that is known and not mended yet. The judge looks past it, to find what lies
 * behind; whoever mends it takes it out here.
 */
enum Standing {
  /** A forged token past what is held of a log for which nobody answers any more waits for good. */
  A_SILENT_LOG_HIDES_A_FORGERY;

  static final Set<Standing> TODAY = EnumSet.allOf(Standing.class);
}
