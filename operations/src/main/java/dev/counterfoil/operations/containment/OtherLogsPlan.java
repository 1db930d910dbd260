package dev.counterfoil.operations.containment;

import dev.counterfoil.format.keylog.KeySet;
import dev.counterfoil.format.keys.LogName;
import dev.counterfoil.operations.Contained;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;

/**
 * What is taken back of the other logs of a signer's name when one of them is contained: facts in,
 * steps out. Whoever was where the signer's keys are may have those of its earlier logs, too, or a
 * copy of its folder from then, so none of their keys stays where signatures alone are checked.
 */
public final class OtherLogsPlan {
  private OtherLogsPlan() {}

  /**
   * Keys of one log.
   *
   * @param log whose keys are revoked
   * @param from the first position whose token is no good
   */
  record Step(OtherLog log, long from) {}

  /**
   * The steps, in the order in which the logs were stated.
   *
   * @param others the signer's other logs that have keys
   * @param strangers those of them that are not its own, or never began
   * @param keys what the key log says
   * @param published how far a log is published; empty where that cannot be read
   */
  static List<Step> of(
      List<OtherLog> others,
      List<OtherLog> strangers,
      KeySet keys,
      Function<String, Optional<Long>> published) {
    List<Step> steps = new ArrayList<>();
    for (OtherLog one : others) {
      boolean isStranger = strangers.contains(one);
      if (!isStranger && one.isLater()) {
        // The one that the signer goes on with.
        continue;
      }
      Optional<Long> end = trueEnd(one.log(), keys, published);
      long from = isStranger ? 0 : end(one.log(), keys, published);
      // One that an operator took back already at its true size is left: honest tokens stay good.
      if (!one.isTakenBack(keys, end.orElse(from))) {
        steps.add(new Step(one, from));
      }
    }
    return List.copyOf(steps);
  }

  /** The first position of a log whose token is no good: none is where nothing is published. */
  static long end(String log, KeySet keys, Function<String, Optional<Long>> published) {
    return trueEnd(log, keys, published).or(() -> published.apply(log)).orElse(0L);
  }

  /** Where an ended log ended: its stated end is believed as far as it is published. */
  private static Optional<Long> trueEnd(
      String log, KeySet keys, Function<String, Optional<Long>> published) {
    return keys.endedLogs().stream()
        .filter(one -> one.log().equals(log))
        .map(KeySet.EndedLog::size)
        .findFirst()
        .map(size -> Math.min(size, published.apply(log).orElse(size)));
  }

  /**
   * The keys that nothing we publish may have once a log is contained: what was revoked, keys that
   * a thief may have by the forged tokens that were seen, and those of every log that the signer
   * had by then.
   *
   * @param keys what the key log says after it
   * @param stolen those that a thief may have
   */
  public static Set<String> mustBeGone(
      Contained contained, KeySet keys, Set<String> stolen, Instant now) {
    Set<String> gone = new TreeSet<>(contained.allKids());
    gone.addAll(stolen);
    gone.addAll(OtherLog.liveKeys(keys, contained.log(), now));
    LogName.parse(contained.log()).stream()
        .flatMap(log -> OtherLog.beside(log.owner(), contained.log(), keys, now).stream())
        .filter(other -> !other.isLater())
        .forEach(other -> gone.addAll(other.kids()));
    return Set.copyOf(gone);
  }
}
