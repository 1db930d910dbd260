package dev.counterfoil.cli.promises;

import dev.counterfoil.cli.command.CommandFailure;
import dev.counterfoil.cli.command.ExitCode;
import dev.counterfoil.cli.command.LogPlace;
import dev.counterfoil.disclosure.promises.PromiseRecord;
import dev.counterfoil.disclosure.promises.PromiseVerdict;
import dev.counterfoil.disclosure.promises.PublicHistory;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.verifier.reading.HttpReadSide;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** Recomputes what was published about promises. */
@Command(
    name = "check",
    description = {
      "Recomputes published promises from public data, and compares.",
      "It verifies each day's signature and receipt, reads the key log from the policy down, and"
          + " evaluates each day of the record again.",
      "Exit code 0: none is broken, and all was as it was said; 1: one is broken, or a day"
          + " differs."
    })
final class PromisesCheckCommand extends PublicDataCommand {
  private static final Duration TIMEOUT = Duration.ofSeconds(10);

  @Parameters(paramLabel = "FILE|URL", description = "The published record, promises.json.")
  private String where;

  @Override
  public Integer call() throws IOException {
    PromiseRecord published;
    try {
      published =
          PromiseRecord.parse(
              LogPlace.isUrl(where)
                  ? HttpReadSide.create(TIMEOUT).get(URI.create(where), PublicHistory.BYTES_MAX)
                  : bounded(Path.of(where)));
    } catch (FormatException e) {
      throw CommandFailure.environment(where + ": " + e.getMessage());
    }
    PublicHistory all = published.with(publicNow());
    List<PromiseVerdict> verdicts = published.verdicts(all);
    List<String> differences =
        Stream.concat(published.unsigned(policy()).stream(), published.differences(all).stream())
            .toList();
    print(
        VerdictText.json(verdicts, differences),
        VerdictText.of(published.promises(), verdicts, all)
            + differences.stream()
                .map(one -> "\n  " + one)
                .collect(
                    Collectors.joining(
                        "",
                        differences.isEmpty()
                            ? "\n%d evaluations were recomputed, and all agree."
                                .formatted(published.evaluations().size())
                            : "\nDIFFERENT",
                        "")));
    return differences.isEmpty()
            && verdicts.stream().noneMatch(one -> one.state() == PromiseVerdict.State.BROKEN)
        ? ExitCode.OK
        : ExitCode.NO;
  }
}
