package dev.counterfoil.drills.storm;

import dev.counterfoil.drills.run.DrillRun;
import dev.counterfoil.drills.run.Expectation;
import java.util.List;

/** A part of a drill that plays on a stage. */
interface Act {
  /** What has to hold. */
  List<Expectation> expectations();

  /** Plays. */
  void play(DrillRun run, Stage stage) throws Exception;
}
