package dev.counterfoil.configuration;

import java.nio.file.Path;
import java.util.function.LongSupplier;

/**
 * How full something is that many share, or that lasts (docs/reference/limits.md): said when it is
 * half full, again at 80 %, and when it is full. Belongs to one thread, but for {@link #usedRatio}.
 */
public final class Limit {
  public static final int FIRST_PERCENT = 50;
  public static final int SECOND_PERCENT = 80;
  private static final int FULL_PERCENT = 100;

  /**
   * How far below a step it is forgotten that the step was said: a use that swings says it once.
   */
  private static final int FORGET_PERCENT = 5;

  /** The metric's name, as Micrometer writes it; its tag {@code resource} says of what. */
  public static final String METRIC = "counterfoil.limit.used.ratio";

  public static final String METRIC_MEANING = "How much of a limit is used: 1 is all of it";

  private static final System.Logger LOG = System.getLogger(Limit.class.getName());

  private final String resource;
  private final LongSupplier used;
  private final LongSupplier max;
  private final String whenFull;
  private int said;

  /**
   * Of a resource.
   *
   * @param resource its name, as docs/reference/limits.md has it
   * @param used how much is used
   * @param max how much there is
   * @param whenFull what happens when all is used, as a sentence without its full stop
   */
  public Limit(String resource, LongSupplier used, LongSupplier max, String whenFull) {
    this.resource = resource;
    this.used = used;
    this.max = max;
    this.whenFull = whenFull;
  }

  /** The disk on which a folder lies. */
  public static Limit ofDisk(Path folder, String whenFull) {
    // Not a FileStore: that one reads the table of all mounts.
    return new Limit(
        "disk",
        () -> folder.toFile().getTotalSpace() - folder.toFile().getUsableSpace(),
        () -> folder.toFile().getTotalSpace(),
        whenFull);
  }

  /** Which step a use has reached, in percent; 0 for none. */
  public static int step(long used, long max) {
    double percent = 100 * ratio(used, max);
    for (int step : new int[] {FULL_PERCENT, SECOND_PERCENT, FIRST_PERCENT}) {
      if (percent >= step) {
        return step;
      }
    }
    return 0;
  }

  private static double ratio(long used, long max) {
    return max <= 0 ? 0 : (double) used / max;
  }

  public String resource() {
    return resource;
  }

  /** How much is used; 1 is all, and a reserve is beyond that. */
  public double usedRatio() {
    return ratio(used.getAsLong(), max.getAsLong());
  }

  /** How full it is, for people. */
  public String text() {
    return text(used.getAsLong(), max.getAsLong());
  }

  private String text(long now, long all) {
    return "%d %% of the limit of %s is used (%d of %d). When it is reached, %s"
        .formatted(Math.round(100 * ratio(now, all)), resource, now, all, whenFull);
  }

  /**
   * Looks, and says each step once on the way up.
   *
   * @return the step that is reached now, in percent; 0 for none
   */
  public int look() {
    long now = used.getAsLong();
    long all = max.getAsLong();
    int step = step(now, all);
    if (step > said) {
      LOG.log(
          System.Logger.Level.WARNING,
          "Warning: {0}. See docs/reference/limits.md.",
          text(now, all));
      said = step;
    } else if (100 * ratio(now, all) < said - FORGET_PERCENT) {
      said = step;
    }
    return step;
  }
}
