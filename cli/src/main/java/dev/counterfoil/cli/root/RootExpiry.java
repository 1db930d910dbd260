package dev.counterfoil.cli.root;

import dev.counterfoil.cli.command.CommandFailure;
import dev.counterfoil.format.root.RootMetadata;
import java.time.Duration;
import java.time.Instant;
import picocli.CommandLine.Option;

/** When a version of the root expires. */
final class RootExpiry {
  @Option(
      names = "--expires-days",
      paramLabel = "DAYS",
      defaultValue = "730",
      description = "When the root expires, in days from now. Rotate it before (default: 730).")
  private int days;

  /** The date, counted from now. */
  Instant from(Instant now) {
    Duration life = Duration.ofDays(days);
    if (days < 1 || life.compareTo(RootMetadata.LIFE_MAX) > 0) {
      throw CommandFailure.environment("--expires-days is 1 to " + RootMetadata.LIFE_MAX.toDays());
    }
    return now.plus(life);
  }
}
