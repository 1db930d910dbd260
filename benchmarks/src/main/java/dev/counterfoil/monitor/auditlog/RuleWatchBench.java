package dev.counterfoil.monitor.auditlog;

import dev.counterfoil.audit.access.Source;
import dev.counterfoil.monitor.findings.FindingSink;
import dev.counterfoil.rules.RuleEngine;
import dev.counterfoil.rules.RuleSet;
import java.time.Duration;
import java.time.InstantSource;

/** The monitor's watch over reported events by itself, step by step. */
public final class RuleWatchBench {
  private static final int WAITING_MAX = 5_000;

  private final RuleWatch watch;
  private final InstantSource clock;
  private long steppedMillis;
  private int waiting;

  /**
   * A watch.
   *
   * @param stateBytes memory for what the rules know of earlier events
   */
  public RuleWatchBench(RuleSet rules, long stateBytes, FindingSink findings, InstantSource clock) {
    this.clock = clock;
    watch =
        new RuleWatch(
            (source, lines) -> {},
            () -> rules,
            findings,
            findings,
            clock,
            new RuleEngine.Limits(stateBytes, Duration.ofMinutes(5)));
  }

  /** Takes what a source sent; looks at what came as often as the clock moves that far. */
  public void take(Source source, byte[] line, long stepMillis) {
    watch.look(source, line);
    // Far fewer than find room.
    if (++waiting == WAITING_MAX || clock.millis() - steppedMillis >= stepMillis) {
      step();
    }
  }

  /** Looks at what came, and at what did not come in its time. */
  public void step() {
    steppedMillis = clock.millis();
    waiting = 0;
    watch.step();
  }

  /** The memory that the rules take now, and how many groups they forgot for want of it. */
  public long stateBytes() {
    return watch.stateBytes();
  }

  public long forgotten() {
    return watch.forgotten();
  }
}
