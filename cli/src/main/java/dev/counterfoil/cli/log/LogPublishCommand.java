package dev.counterfoil.cli.log;

import dev.counterfoil.cli.command.CommandFailure;
import dev.counterfoil.cli.command.DurationText;
import dev.counterfoil.cli.command.ExitCode;
import dev.counterfoil.cli.command.JsonLine;
import dev.counterfoil.cli.command.LogPlace;
import dev.counterfoil.cli.command.PrintingCommand;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.log.disk.Disk;
import dev.counterfoil.log.disk.LogDamagedException;
import dev.counterfoil.log.tools.StaticCopy;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Copies a log to files that any web server can serve. */
@Command(
    name = "publish",
    description = {
      "Copies a log to a folder that any web server or object store can serve.",
      "It fetches the entries, computes every tile from them (c2sp.org/tlog-tiles) and"
          + " writes all files. Then it publishes the cosigned checkpoint, or the log's own"
          + " if there is none. A tile's file is written only once.",
      "Exit code 0: published; 1: the log is not what its checkpoint says, so nothing"
          + " is published."
    })
final class LogPublishCommand extends PrintingCommand {
  @Parameters(paramLabel = LogPlace.LABEL, description = "The log: its folder or its URL.")
  private String where;

  @Mixin private LogPlace place;

  @Option(
      names = "--to",
      paramLabel = "DIR",
      required = true,
      description = "The folder to publish to. The next run continues in it.")
  private Path to;

  @Option(
      names = "--every",
      paramLabel = "DURATION",
      converter = DurationText.class,
      description = "Keep publishing at this interval, such as 10s (default: once).")
  private @Nullable Duration every;

  @Override
  public Integer call() throws IOException, InterruptedException {
    if (every != null && every.isZero()) {
      throw CommandFailure.environment("--every takes at least 1ms");
    }
    try (LogPlace.Opened log = LogPlace.open(where);
        StaticCopy copy = new StaticCopy(log.source(), place.key(log), to)) {
      while (true) {
        round(copy);
        if (every == null) {
          return ExitCode.OK;
        }
        Thread.sleep(every);
      }
    } catch (Disk.FolderInUseException e) {
      throw CommandFailure.environment(String.valueOf(e.getMessage()));
    } catch (LogDamagedException e) {
      System.err.println("NOT PUBLISHED  " + e.getMessage());
      return ExitCode.NO;
    }
  }

  private void round(StaticCopy copy) throws IOException {
    StaticCopy.Round round;
    try {
      round = copy.publish();
    } catch (IOException e) {
      if (every == null) {
        throw CommandFailure.unavailable("cannot copy " + where + ": " + e.getMessage());
      }
      // The next round takes up what this one left.
      System.err.println("Warning: this round failed: " + e.getMessage());
      return;
    }
    if (json) {
      JsonLine.print(
          JsonObject.builder()
              .put("origin", round.checkpoint().origin())
              .put("size", round.checkpoint().size())
              .put("files", round.filesWritten())
              .build());
    } else if (every == null || round.grew()) {
      System.out.printf(
          "%s of size %d is in %s (%d new files)%n",
          round.checkpoint().origin(), round.checkpoint().size(), to, round.filesWritten());
    }
  }
}
