package dev.counterfoil.cli.ship;

import dev.counterfoil.cli.command.CommandFailure;
import dev.counterfoil.cli.command.ExitCode;
import dev.counterfoil.cli.command.Shown;
import dev.counterfoil.cli.log.LogCheckCommand;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.bytes.PlainText;
import dev.counterfoil.operations.shipping.FileShipping;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import me.tongfei.progressbar.ProgressBar;

/** Files on their way to the audit log, with a bar where a person watches. */
public final class ShippedFiles {
  private static final int SHOWN_MAX = 20;
  private static final long KIB = 1024;

  private ShippedFiles() {}

  /**
   * Ships files, one after the other, and says what became of each.
   *
   * @param json whether programs read it
   * @param mapping of one file
   */
  public static int shipAll(
      List<Path> files,
      boolean json,
      FileShipping.Opening opening,
      Supplier<FileShipping.Mapping> mapping,
      FileShipping.Target target)
      throws InterruptedException {
    List<FileShipping.Outcome> outcomes = new ArrayList<>();
    FileShipping.Target patient = new PatientTarget(target);
    try {
      for (Path file : files) {
        try (ProgressBar bar = LogCheckCommand.bar("shipping", " KiB")) {
          bar.maxHint(Files.size(file) / KIB);
          new FileShipping(opening, mapping.get(), patient, read -> bar.stepTo(read / KIB))
              .ship(file, outcomes);
        }
      }
    } catch (NoSuchFileException e) {
      throw CommandFailure.environment("there is no such file: " + e.getMessage());
    } catch (IOException e) {
      throw CommandFailure.environment(CommandFailure.reason(e));
    } finally {
      show(outcomes, json);
    }
    return outcomes.stream().anyMatch(one -> one.refused() > 0) ? ExitCode.NO : ExitCode.OK;
  }

  private static void show(List<FileShipping.Outcome> outcomes, boolean json) {
    if (json) {
      System.out.println(
          Shown.ascii(
              JsonObject.builder()
                  .put("files", outcomes.stream().map(FileShipping.Outcome::toJson).toList())
                  .build()
                  .toString()));
      return;
    }
    for (FileShipping.Outcome one : outcomes) {
      System.out.println(PlainText.of(one.text()));
      one.told().stream()
          .limit(SHOWN_MAX)
          .forEach(
              refused ->
                  System.out.printf(
                      "  line %d: %s, %s%n",
                      refused.line(), refused.code(), PlainText.of(refused.detail())));
      if (one.refused() > SHOWN_MAX) {
        System.out.printf("  and %d more%n", one.refused() - SHOWN_MAX);
      }
    }
  }
}
