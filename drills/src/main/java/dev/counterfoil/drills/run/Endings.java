package dev.counterfoil.drills.run;

import java.util.ArrayList;
import java.util.List;

/**
 * What a stage has started, and ends: what was started last first, and each whatever the others do.
 */
public final class Endings implements AutoCloseable {
  private final List<AutoCloseable> started = new ArrayList<>();

  /** Takes note of something that was started. */
  public synchronized <T extends AutoCloseable> T add(T one) {
    started.add(one);
    return one;
  }

  @Override
  public synchronized void close() {
    for (AutoCloseable one : started.reversed()) {
      try {
        one.close();
      } catch (Exception e) {
        // The others have to end too.
        System.getLogger(Endings.class.getName())
            .log(System.Logger.Level.WARNING, "ending a part of the drill failed", e);
      }
    }
    started.clear();
  }
}
