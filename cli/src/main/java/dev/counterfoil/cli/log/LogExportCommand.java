package dev.counterfoil.cli.log;

import dev.counterfoil.cli.command.CommandFailure;
import dev.counterfoil.cli.command.ExitCode;
import dev.counterfoil.cli.command.LogPlace;
import dev.counterfoil.cli.command.PrintingCommand;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.note.NoteKey;
import dev.counterfoil.log.disk.FileDisk;
import dev.counterfoil.log.tools.LogArchive;
import dev.counterfoil.log.tools.LogCheck;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.Optional;
import me.tongfei.progressbar.ProgressBar;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Writes a whole log to one file. */
@Command(
    name = "export",
    description = {
      "Checks a log and writes all of it to one archive.",
      "The archive contains checkpoint, entries, tiles and, with --journal, every"
          + " counterfoil. Counterfoils contain claims: protect such an archive like the"
          + " journal.",
      "Exit code 0: written; 1: the log is not sound, so there is no archive."
    })
final class LogExportCommand extends PrintingCommand {
  @Parameters(paramLabel = LogPlace.LABEL, description = "The log: its folder, a copy, or its URL.")
  private String where;

  @Mixin private LogPlace place;

  @Option(
      names = "--journal",
      paramLabel = "DIR",
      description = "The log's journal, to include the counterfoils (default: without them).")
  private @Nullable Path journal;

  @Option(
      names = "--out",
      paramLabel = "FILE",
      required = true,
      description = "The archive to write. It must not exist.")
  private Path out;

  @Override
  public Integer call() throws InterruptedException {
    try (LogPlace.Opened log = LogPlace.open(where);
        ProgressBar bar = LogCheckCommand.bar("checking")) {
      NoteKey key = place.key(log);
      LogPlace.refuseJournalOf(key, Optional.ofNullable(journal));
      LogArchive archive =
          new LogArchive(
              log.source(),
              key,
              Optional.ofNullable(journal).map(FileDisk::toRead),
              LogPlace.entryForm(key),
              LogPlace.threads(log),
              InstantSource.system(),
              (entries, total) -> bar.maxHint(total).stepTo(entries));
      return report(archive.write(out));
    } catch (FileAlreadyExistsException e) {
      throw CommandFailure.environment(out + " exists already. Name another file");
    } catch (IOException e) {
      throw CommandFailure.unavailable("cannot export " + where + ": " + e.getMessage());
    }
  }

  private int report(LogArchive.Export export) {
    return switch (export) {
      case LogArchive.Export.Written written -> {
        print(
            JsonObject.builder()
                .put("exported", true)
                .put("origin", written.manifest().checkpoint().origin())
                .put("size", written.manifest().checkpoint().size())
                .put("counterfoils", written.manifest().records())
                .put("bytes", written.bytes())
                .build(),
            "EXPORTED  %s of size %d%n  %d counterfoils, %d bytes in %s"
                .formatted(
                    written.manifest().checkpoint().origin(),
                    written.manifest().checkpoint().size(),
                    written.manifest().records(),
                    written.bytes(),
                    out));
        yield ExitCode.OK;
      }
      case LogArchive.Export.Unsound(LogCheck.Different different) -> {
        print(LogCheckCommand.toJson(where, different), LogCheckCommand.toText(where, different));
        yield ExitCode.NO;
      }
    };
  }
}
