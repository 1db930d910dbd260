package dev.counterfoil.cli.promises;

import dev.counterfoil.cli.command.CommandFailure;
import dev.counterfoil.cli.command.ExitCode;
import dev.counterfoil.cli.disclosure.DisclosureSocket;
import dev.counterfoil.configuration.Configuration;
import dev.counterfoil.disclosure.SignedDisclosure;
import dev.counterfoil.disclosure.promises.Promise;
import dev.counterfoil.disclosure.promises.PromiseRecord;
import dev.counterfoil.disclosure.promises.PromiseVerdict;
import dev.counterfoil.disclosure.promises.PublicHistory;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.log.disk.FileDisk;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Evaluates the promises of a file, and adds the result to the record. */
@Command(
    name = "evaluate",
    description = {
      "Evaluates promises, and adds the signed result to the record.",
      "The disclosure process signs it and keeps it in its log. Run it once a day. A promise that was published stays.",
      "Exit code 0: none is broken; 1: one is, and the record says so."
    })
final class PromisesEvaluateCommand extends PublicDataCommand {
  @Parameters(paramLabel = "FILE", description = "The promises, promises.yaml.")
  private Path file;

  @Option(
      names = "--record",
      paramLabel = "FILE",
      required = true,
      description = "The record, promises.json; made where it is not there.")
  private Path recordFile;

  @Option(
      names = "--observed",
      paramLabel = "FILE",
      description =
          "What was seen and stands in no log, as counterfoil promises observe writes it.")
  private @Nullable Path observedFile;

  @Mixin private DisclosureSocket disclosure;

  @Override
  public Integer call() throws Exception {
    PromiseRecord before = record(recordFile, observedFile);
    PublicHistory seen = publicNow();
    PromiseRecord with =
        new PromiseRecord(
            Configuration.read(file, PromisesFile.class).all(),
            before.observed().and(corrections()),
            before.evaluations());
    PublicHistory all = with.with(seen);
    PromiseRecord evaluated = signed(with.evaluated(all));
    Path place = recordFile.toAbsolutePath();
    FileDisk.publicFolder(Objects.requireNonNullElse(place.getParent(), place))
        .replace(
            String.valueOf(place.getFileName()),
            (evaluated.toJson() + "\n").getBytes(StandardCharsets.UTF_8));
    List<PromiseVerdict> verdicts = evaluated.verdicts(all);
    print(
        VerdictText.json(verdicts, List.of()), VerdictText.of(evaluated.promises(), verdicts, all));
    return verdicts.stream().anyMatch(one -> one.state() == PromiseVerdict.State.BROKEN)
        ? ExitCode.NO
        : ExitCode.OK;
  }

  private static PromiseRecord record(Path recordFile, @Nullable Path observedFile)
      throws IOException {
    try {
      PromiseRecord known =
          Files.exists(recordFile)
              ? PromiseRecord.parse(bounded(recordFile))
              : new PromiseRecord(List.of(), PublicHistory.NOTHING, List.of());
      return observedFile == null
          ? known
          : new PromiseRecord(
              known.promises(),
              known.observed().and(PublicHistory.parse(bounded(observedFile))),
              known.evaluations());
    } catch (FormatException e) {
      throw CommandFailure.environment("the record or what was observed: " + e.getMessage());
    }
  }

  /**
   * The disclosure process knows which published claims proved wrong, and when readers were told.
   */
  private PublicHistory corrections() throws InterruptedException, FormatException {
    JsonObject known = disclosure.ask(installation, "corrections", JsonObject.builder().build());
    return PublicHistory.NOTHING.and(
        PublicHistory.of(
            PublicHistory.NOTHING.toJson().with("corrections", known.objects("corrections"))));
  }

  /** It stands in the disclosure log before the record says it. */
  private PromiseRecord signed(PromiseRecord evaluated)
      throws InterruptedException, FormatException {
    PromiseRecord.Evaluation last = evaluated.evaluations().getLast();
    JsonObject said =
        JsonObject.builder()
            .put("as_of", last.asOf())
            .put("promises", evaluated.promises().stream().map(Promise::toJson).toList())
            .put("said", last.said().stream().map(PromiseRecord.Said::toJson).toList())
            .build();
    String signed = disclosure.ask(installation, "promises", said).string("file");
    return evaluated.signed(SignedDisclosure.parse(signed.getBytes(StandardCharsets.UTF_8)));
  }
}
