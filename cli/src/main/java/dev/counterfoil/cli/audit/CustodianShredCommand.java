package dev.counterfoil.cli.audit;

import dev.counterfoil.cli.command.CommandFailure;
import dev.counterfoil.cli.command.ExitCode;
import dev.counterfoil.cli.command.JsonLine;
import dev.counterfoil.cli.command.PrintingCommand;
import dev.counterfoil.custodian.held.Shredder;
import dev.counterfoil.format.bytes.JsonObject;
import java.io.IOException;
import java.nio.file.Path;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Makes a tenant's old counterfoils unreadable. */
@Command(
    name = "shred",
    description = {
      "Makes a tenant's archived counterfoils unreadable for good.",
      "It destroys their keys. Their digests stay, so the log and every other proof"
          + " remain valid. Without --yes it only counts.",
      "It works on a custodian's or monitor's data folder, even while that process"
          + " runs. Repeat it at every custodian."
    })
final class CustodianShredCommand extends PrintingCommand {
  @Option(
      names = "--data",
      required = true,
      paramLabel = "DIR",
      description = "The data folder of the custodian or monitor.")
  private Path data;

  @Option(
      names = "--tenant",
      required = true,
      paramLabel = "NAME",
      description = "Whose counterfoils.")
  private String tenant;

  @Option(
      names = "--before",
      paramLabel = "DATE",
      description =
          "Only segments whose tokens all expired before this day (UTC), such as 2026-01-31.")
  private @Nullable LocalDate before;

  @Option(names = "--yes", description = "Do it. It cannot be undone.")
  private boolean yes;

  @Override
  public Integer call() {
    Shredder.Result result;
    try {
      result =
          new Shredder(
                  data,
                  tenant,
                  Optional.ofNullable(before)
                      .map(day -> day.atStartOfDay(ZoneOffset.UTC).toInstant()))
              .run(yes);
    } catch (IOException e) {
      throw CommandFailure.environment(
          "cannot shred in " + data + ": " + e.getClass().getSimpleName() + " " + e.getMessage());
    }
    if (json) {
      JsonLine.print(
          JsonObject.builder()
              .put("tenant", tenant)
              .put("done", yes)
              .put("shredded", result.shredded())
              .put("later", result.later())
              .put("not_archived", result.notArchived())
              .build());
      return ExitCode.OK;
    }
    System.out.printf(
        "%s %d counterfoils of %s.%n", yes ? "Shredded" : "Would shred", result.shredded(), tenant);
    if (result.later() > 0) {
      System.out.printf("%d are in segments that end later. They stay.%n", result.later());
    }
    if (result.notArchived() > 0) {
      System.out.printf(
          "%d are too new to be archived. Run this again an hour after their tokens"
              + " have expired, when their segment is full.%n",
          result.notArchived());
    }
    if (!yes && result.shredded() > 0) {
      System.out.println("Nothing was changed. To do it, run this again with --yes.");
    }
    return ExitCode.OK;
  }
}
