package dev.counterfoil.drills.run;

import java.util.List;

/**
 * A promise that an operator can prove on his own machine: expectations stated before anything
 * runs, then a throwaway installation that has to meet every one of them.
 */
public interface Drill {
  /** The name on the command line, such as {@code storm-0558}. */
  String name();

  /** What is proved, in one or two sentences. */
  String purpose();

  /** Everything that has to hold, in the order in which it is shown. */
  List<Expectation> expectations();

  /**
   * Runs on a throwaway installation and observes every expectation once. Whatever it started has
   * ended when this returns, however it returns.
   *
   * @throws Exception when the drill itself could not be carried out, which is a failed drill
   */
  void run(DrillRun run) throws Exception;
}
