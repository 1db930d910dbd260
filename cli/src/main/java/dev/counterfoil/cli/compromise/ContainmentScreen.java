package dev.counterfoil.cli.compromise;

import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.word.Acknowledgement;
import dev.counterfoil.operations.census.Census;
import dev.counterfoil.operations.census.Census.One;
import dev.counterfoil.operations.census.Census.Standing;
import dev.counterfoil.operations.census.Census.Taken;
import java.io.IOException;
import java.io.PrintStream;
import java.time.Duration;
import java.util.List;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Shows who holds what everybody should hold, while the acknowledgements come in: on a terminal one
 * place that fills, elsewhere a line for each change.
 */
public final class ContainmentScreen {
  private static final Duration LOOK_EVERY = Duration.ofMillis(200);
  private static final int NAMES_SHOWN = 25;
  private static final int BAR = 40;

  private final Census census;
  private final Predicate<Acknowledgement> holds;
  private final String holding;
  private final PrintStream out;
  private final boolean terminal;
  private String last = "";

  /**
   * @param holding the word for holding it, such as {@code refusing}
   * @param terminal whether what was printed can be printed over
   */
  public ContainmentScreen(
      Census census,
      Predicate<Acknowledgement> holds,
      String holding,
      PrintStream out,
      boolean terminal) {
    this.census = census;
    this.holds = holds;
    this.holding = holding;
    this.out = out;
    this.terminal = terminal;
  }

  /** Shows it until nobody who speaks lacks it, or a time is over; gives how it stands then. */
  Taken fill(Duration wait) throws IOException, InterruptedException {
    long deadline = System.nanoTime() + wait.toNanos();
    while (true) {
      Taken taken = census.take(holds);
      show(taken);
      boolean complete = taken.count(Standing.NOT_YET) == 0 && taken.count(Standing.HOLDS) > 0;
      if (complete || System.nanoTime() - deadline >= 0) {
        if (terminal) {
          out.println();
        }
        return taken;
      }
      Thread.sleep(LOOK_EVERY);
    }
  }

  private void show(Taken taken) {
    String line =
        "%s %d, not yet %d, silent %d, unknown %d"
            .formatted(
                holding,
                taken.count(Standing.HOLDS),
                taken.count(Standing.NOT_YET),
                taken.count(Standing.SILENT),
                taken.count(Standing.UNKNOWN));
    if (line.equals(last)) {
      return;
    }
    last = line;
    if (terminal) {
      int speaking =
          taken.count(Standing.HOLDS)
              + taken.count(Standing.NOT_YET)
              + taken.count(Standing.SILENT);
      int full = speaking == 0 ? 0 : BAR * taken.count(Standing.HOLDS) / speaking;
      out.print(("\r[" + "#").repeat(full) + ".".repeat(BAR - full) + "] " + line + "   ");
      out.flush();
    } else {
      out.println(line);
    }
  }

  /** Names those who do not hold it. */
  public void name(Taken taken, @Nullable String standingHint) {
    list("not yet", taken.at(Standing.NOT_YET));
    list("silent", taken.at(Standing.SILENT));
    list("unknown", taken.at(Standing.UNKNOWN));
    if (standingHint != null && taken.count(Standing.UNKNOWN) > 0) {
      out.println(standingHint);
    }
  }

  private void list(String what, List<One> ones) {
    if (ones.isEmpty()) {
      return;
    }
    out.println(what + ":");
    for (One one : ones.subList(0, Math.min(NAMES_SHOWN, ones.size()))) {
      out.println("  " + one.name() + "  (" + one.detail() + ")");
    }
    if (ones.size() > NAMES_SHOWN) {
      out.println("  and " + (ones.size() - NAMES_SHOWN) + " more. To name all, add --json");
    }
  }

  /** The same as JSON. */
  public static JsonObject json(String holding, Taken taken) {
    return JsonObject.builder()
        .put(holding, taken.count(Standing.HOLDS))
        .put("not_yet", taken.at(Standing.NOT_YET).stream().map(One::toJson).toList())
        .put("silent", taken.at(Standing.SILENT).stream().map(One::toJson).toList())
        .put("unknown", taken.at(Standing.UNKNOWN).stream().map(One::toJson).toList())
        .build();
  }
}
