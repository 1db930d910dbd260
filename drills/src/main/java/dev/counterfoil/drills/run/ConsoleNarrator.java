package dev.counterfoil.drills.run;

import java.io.Console;
import java.io.PrintStream;
import java.util.Locale;
import java.util.Optional;

/** Tells a drill on a terminal, line by line. */
public final class ConsoleNarrator implements Narrator {
  private static final int BAR = 30;

  private final PrintStream out;
  private int told;

  /**
   * Writes to a stream.
   *
   * @param out where to; flushed after every line, so that a reader sees each outcome as it happens
   */
  public ConsoleNarrator(PrintStream out) {
    this.out = out;
  }

  @Override
  public void opens(Drill drill) {
    line("Drill " + drill.name());
    line(drill.purpose());
    line("");
    line("Expected, before anything runs:");
    int act = 0;
    for (Expectation expectation : drill.expectations()) {
      if (expectation.act() != act) {
        act = expectation.act();
        line("  act " + act);
      }
      line("    " + word(expectation) + expectation.statement());
    }
  }

  @Override
  public void act(int number, String title) {
    line("");
    line("Act " + number + ": " + title);
  }

  @Override
  public void says(String text) {
    line("         " + text);
  }

  /** A bar that is drawn again in its place; on what is no terminal, ten lines in all. */
  @Override
  public void progress(String text, long done, long of) {
    int percent = Math.clamp(done * 100 / Math.max(1, of), 0, 100);
    if (isTerminal()) {
      int filled = percent * BAR / 100;
      out.printf(
          Locale.ROOT,
          "\r         [%s%s] %3d %%  %s\u001b[K%s",
          "=".repeat(filled),
          " ".repeat(BAR - filled),
          percent,
          text,
          percent == 100 ? "\n" : "");
      out.flush();
    } else if (percent / 10 > told) {
      told = percent / 10;
      line("         %3d %%  %s".formatted(percent, text));
    }
    if (percent == 100) {
      told = 0;
    }
  }

  private static boolean isTerminal() {
    return Optional.ofNullable(System.console()).map(Console::isTerminal).orElse(false);
  }

  @Override
  public void observed(Outcome outcome) {
    line((outcome.held() ? "  [held] " : "  [FAIL] ") + outcome.expectation().statement());
    line("         " + outcome.observed());
  }

  @Override
  public void closes(DrillReport report) {
    line("");
    long held = report.outcomes().stream().filter(Outcome::held).count();
    line(
        String.format(
            Locale.ROOT,
            "%d of %d expectations were met, in %.1f s.",
            held,
            report.outcomes().size() + report.notReached().size(),
            report.took().toMillis() / 1000.0));
    for (Expectation expectation : report.notReached()) {
      line("  not reached: " + expectation.statement());
    }
    report.broke().ifPresent(why -> line("  the drill itself failed: " + why));
    line(report.held() ? "The drill passed." : "The drill FAILED.");
  }

  private static String word(Expectation expectation) {
    return switch (expectation.kind()) {
      case HONEST -> "honest    ";
      case GETS_THROUGH -> "through   ";
      case STOPPED -> "stopped   ";
      case DETECTED -> "detected  ";
      case EVIDENCE -> "evidence  ";
    };
  }

  private void line(String text) {
    out.println(text);
    out.flush();
  }
}
