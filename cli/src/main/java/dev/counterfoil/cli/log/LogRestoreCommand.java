package dev.counterfoil.cli.log;

import dev.counterfoil.cli.command.CommandFailure;
import dev.counterfoil.cli.command.ExitCode;
import dev.counterfoil.cli.command.LogPlace;
import dev.counterfoil.cli.command.PrintingCommand;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.note.NoteKey;
import dev.counterfoil.log.tools.LogArchive;
import dev.counterfoil.log.tools.LogCheck;
import dev.counterfoil.log.tools.LogRestore;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Path;
import java.security.SecureRandom;
import me.tongfei.progressbar.ProgressBar;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Restores a log from an archive. */
@Command(
    name = "restore",
    description = {
      "Restores a log from an archive to a new folder.",
      "It checks everything first: signature, tiles, root, and each counterfoil"
          + " against its leaf. The folder is a static copy, to check, to prove from and to"
          + " serve. Its journal contains the counterfoils and is sealed: no signer"
          + " continues a restored log.",
      "Exit code 0: restored; 1: the log is not sound or there is no archive, and"
          + " nothing is restored."
    })
final class LogRestoreCommand extends PrintingCommand {
  @Parameters(paramLabel = "ARCHIVE", description = "The archive that log export wrote.")
  private Path archive;

  @Mixin private LogPlace place;

  @Option(
      names = "--to",
      paramLabel = "DIR",
      required = true,
      description = "The folder to restore to. It must not exist.")
  private Path to;

  @Override
  public Integer call() throws InterruptedException {
    try (ProgressBar bar = LogCheckCommand.bar("checking")) {
      NoteKey key = place.keyFor(LogArchive.manifest(archive).checkpoint().origin());
      LogRestore restore =
          new LogRestore(
              archive,
              key,
              LogPlace.entryForm(key),
              Runtime.getRuntime().availableProcessors(),
              new SecureRandom(),
              (entries, total) -> bar.maxHint(total).stepTo(entries));
      return report(restore.restore(to));
    } catch (FormatException e) {
      return no(archive + " is not an archive of a log: " + e.getMessage());
    } catch (FileAlreadyExistsException e) {
      throw CommandFailure.environment(to + " exists already. Name a new folder");
    } catch (IOException e) {
      throw CommandFailure.environment("cannot restore " + archive + ": " + e.getMessage());
    }
  }

  private int report(LogRestore.Outcome outcome) {
    return switch (outcome) {
      case LogRestore.Outcome.Restored(LogCheck.Sound sound) -> {
        print(
            JsonObject.builder()
                .put("restored", true)
                .put("origin", sound.checkpoint().origin())
                .put("size", sound.checkpoint().size())
                .put("counterfoils", sound.recordsChecked())
                .build(),
            "RESTORED  %s of size %d to %s%n  %d tiles and %d counterfoils checked"
                .formatted(
                    sound.checkpoint().origin(),
                    sound.checkpoint().size(),
                    to,
                    sound.tilesChecked(),
                    sound.recordsChecked()));
        yield ExitCode.OK;
      }
      case LogRestore.Outcome.Unsound(LogCheck.Different different) -> {
        print(
            LogCheckCommand.toJson(archive.toString(), different),
            LogCheckCommand.toText(archive.toString(), different));
        yield ExitCode.NO;
      }
      case LogRestore.Outcome.NoArchive(String why) -> no(why);
    };
  }

  private int no(String why) {
    print(
        JsonObject.builder().put("restored", false).put("reason", why).build(),
        "NOT RESTORED  " + why);
    return ExitCode.NO;
  }
}
