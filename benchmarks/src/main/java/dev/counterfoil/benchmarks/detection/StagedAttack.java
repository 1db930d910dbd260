package dev.counterfoil.benchmarks.detection;

import java.util.List;

/**
 * One attack.
 *
 * @param shape how
 * @param startMillis when its first event is, milliseconds since 1970
 * @param happenings what of it sources report, in order
 */
record StagedAttack(Shape shape, long startMillis, List<Happening> happenings) {
  StagedAttack {
    happenings = List.copyOf(happenings);
  }
}
