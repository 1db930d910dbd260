package dev.counterfoil.drills.run;

import java.io.IOException;

/**
 * Ends what a drill started, and removes its folder, also when it is ended by Ctrl-C. Where the
 * drill broke, what its processes printed last goes along.
 */
public final class Interruption {
  /** What a drill does. */
  @FunctionalInterface
  public interface Play {
    void play() throws Exception;
  }

  private Interruption() {}

  public static void during(Runnable stageEnds, DrillFolder folder, Play play) throws Exception {
    Thread interrupted =
        new Thread(
            () -> {
              stageEnds.run();
              try {
                folder.close();
              } catch (IOException e) {
                // What is left is a folder of its own name.
                System.err.println("left behind: " + folder.path());
              }
            },
            "drill-interrupted");
    Runtime.getRuntime().addShutdownHook(interrupted);
    try {
      play.play();
    } catch (InterruptedException e) {
      throw e;
    } catch (Exception e) {
      e.addSuppressed(LastWords.below(folder.path()));
      throw e;
    } finally {
      try {
        Runtime.getRuntime().removeShutdownHook(interrupted);
      } catch (IllegalStateException e) {
        // The hook runs already: this process ends by it.
        System.err.println("interrupted");
      }
    }
  }
}
