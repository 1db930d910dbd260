package dev.counterfoil.drills;

import java.util.List;

/** A part of a drill that plays on a stage. */
interface Act {
  /** What has to hold. */
  List<Expectation> expectations();

  /** Plays. */
  void play(DrillRun run, Stage stage) throws Exception;
}
