package dev.counterfoil.cli;

import dev.counterfoil.cli.command.CommandFailure;
import dev.counterfoil.cli.command.DurationText;
import dev.counterfoil.cli.command.ExitCode;
import dev.counterfoil.cli.command.PrintingCommand;
import dev.counterfoil.cli.command.Table;
import dev.counterfoil.format.bytes.JsonObject;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.OptionalDouble;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Estimates what an installation needs. */
@Command(
    name = "size",
    description = {
      "Estimates disk, processors, memory and cost from the tokens of a day.",
      "The figures behind it were measured: docs/understand/performance.md."
    })
final class SizeCommand extends PrintingCommand {
  private static final int CELL_MAX = 100;
  private static final long TOKENS_MAX = 100_000_000_000L;
  private static final double GIBIBYTE = 1L << 30;

  @Option(
      names = "--tokens-per-day",
      required = true,
      paramLabel = "N",
      description = "Tokens that are issued on a day.")
  private long tokensPerDay;

  @Option(
      names = "--peak",
      paramLabel = "N",
      defaultValue = "10",
      description = "The busiest second has so many times the mean (default: ${DEFAULT-VALUE}).")
  private long peak;

  @Option(
      names = "--keep",
      paramLabel = "DURATION",
      defaultValue = "730d",
      converter = DurationText.class,
      description = "How long counterfoils are kept (default: ${DEFAULT-VALUE}).")
  private Duration keep;

  @Option(
      names = "--keep-sightings",
      paramLabel = "DURATION",
      defaultValue = "30d",
      converter = DurationText.class,
      description = "How long sightings are kept (default: ${DEFAULT-VALUE}).")
  private Duration keepSightings;

  @Option(
      names = "--custodians",
      paramLabel = "N",
      defaultValue = "1",
      description = "Custodians beside the monitor (default: ${DEFAULT-VALUE}).")
  private long custodians;

  @Option(
      names = "--disk-price",
      paramLabel = "PRICE",
      description = "What a GiB of disk costs a month, such as 0.08, in your currency.")
  private @Nullable Double diskPrice;

  @Option(
      names = "--core-price",
      paramLabel = "PRICE",
      description = "What a processor with 4 GiB of memory costs a month, such as 25.")
  private @Nullable Double corePrice;

  @Override
  public Integer call() {
    if (tokensPerDay < 1 || tokensPerDay > TOKENS_MAX || peak < 1 || peak > 1000) {
      throw CommandFailure.environment(
          "--tokens-per-day is 1 to " + TOKENS_MAX + ", and --peak 1 to 1000");
    }
    if (custodians < 0 || custodians > 100) {
      throw CommandFailure.environment("--custodians is 0 to 100");
    }
    SizeEstimate estimate =
        new SizeEstimate(tokensPerDay, peak, keep, keepSightings, 1 + custodians);
    OptionalDouble cost = cost(estimate);
    JsonObject.Builder json =
        JsonObject.builder()
            .put("tokens_per_second_mean", Math.round(estimate.meanPerSecond()))
            .put("tokens_per_second_peak", Math.round(estimate.peakPerSecond()))
            .put("log_bytes_per_year", estimate.logBytesPerYear())
            .put("journal_bytes", estimate.journalBytes())
            .put("held_bytes_each", estimate.heldBytes())
            .put("holders", estimate.holders())
            .put("sighting_bytes", estimate.sightingBytes())
            .put("disk_bytes", estimate.diskBytes())
            .put("cores", cores(estimate));
    cost.ifPresent(price -> json.put("cost_per_month", String.format(Locale.ROOT, "%.2f", price)));
    print(json.build(), text(estimate, cost));
    return ExitCode.OK;
  }

  /** Processors of all hosts: the busiest second keeps half of them busy, and each host has two. */
  private static long cores(SizeEstimate estimate) {
    return Math.max(2, (long) Math.ceil(2 * estimate.cores(SizeEstimate.MICROSECONDS_WITH_KEYS)));
  }

  private OptionalDouble cost(SizeEstimate estimate) {
    if (diskPrice == null && corePrice == null) {
      return OptionalDouble.empty();
    }
    double disk = diskPrice == null ? 0 : diskPrice * estimate.diskBytes() / GIBIBYTE;
    double processors = corePrice == null ? 0 : corePrice * cores(estimate);
    return OptionalDouble.of(disk + processors);
  }

  private String text(SizeEstimate estimate, OptionalDouble cost) {
    Table table = new Table(CELL_MAX, List.of("WHAT", "WHERE", "DISK"));
    table.row(
        List.of("log, public", "authority's host", gib(estimate.logBytesPerYear()) + " a year"));
    table.row(List.of("journal, 14 days", "signer's host", gib(estimate.journalBytes())));
    table.row(
        List.of(
            "counterfoils, " + keep.toDays() + " days",
            "monitor, and each custodian (" + custodians + ")",
            gib(estimate.heldBytes())));
    table.row(
        List.of(
            "sightings, " + keepSightings.toDays() + " days",
            "monitor's host (set database-budget)",
            gib(estimate.sightingBytes())));
    table.row(List.of("all, with a log of one year", "all hosts", gib(estimate.diskBytes())));
    StringBuilder text = new StringBuilder();
    text.append(
        String.format(
            Locale.ROOT,
            "%,d tokens a day: %,.1f a second on average, %,.1f in the busiest second.%n%n",
            tokensPerDay,
            estimate.meanPerSecond(),
            estimate.peakPerSecond()));
    text.append(table).append("\n\n");
    text.append(
        String.format(
            Locale.ROOT,
            "Processors: %d. The busiest second keeps %.2f busy with client secrets, %.2f with"
                + " private_key_jwt.%n",
            cores(estimate),
            estimate.cores(SizeEstimate.MICROSECONDS),
            estimate.cores(SizeEstimate.MICROSECONDS_WITH_KEYS)));
    text.append(
        "Memory: "
            + SizeEstimate.IDLE_MEBIBYTES
            + " MiB idle, all processes. Give a host that runs all of them 2 GiB, and page cache"
            + " besides.\n");
    if (estimate.peakPerSecond() > SizeEstimate.RATE_OF_TWO_CORES) {
      text.append(
          String.format(
              Locale.ROOT,
              "Warning: two cores were measured with %,d tokens a second. For more, use several"
                  + " trust domains or larger hosts, and measure.%n",
              SizeEstimate.RATE_OF_TWO_CORES));
    }
    cost.ifPresent(
        price -> text.append(String.format(Locale.ROOT, "Cost: %,.2f a month.%n", price)));
    return text.append("Audit events of services come on top: 70 bytes each in the searched files.")
        .toString();
  }

  private static String gib(long bytes) {
    return String.format(Locale.ROOT, "%,.1f GiB", bytes / GIBIBYTE);
  }
}
