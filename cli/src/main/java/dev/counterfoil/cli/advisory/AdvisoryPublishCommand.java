package dev.counterfoil.cli.advisory;

import dev.counterfoil.cli.command.CommandFailure;
import dev.counterfoil.cli.command.ExitCode;
import dev.counterfoil.cli.command.PrintingCommand;
import dev.counterfoil.disclosure.advisories.AdvisoryPublishing;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.bytes.PlainText;
import java.nio.file.Path;
import java.time.InstantSource;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Publishes all documents of a folder. */
@Command(
    name = "publish",
    description = {
      "Publishes every advisory of a folder as a CSAF trusted provider, all or none.",
      "A web server serves --to/current to everybody, and --protected-to/current to those who"
          + " may have TLP:GREEN, AMBER and RED.",
      "Exit code 0: published; 1: nothing was published, with the reasons."
    })
final class AdvisoryPublishCommand extends PrintingCommand {
  @Parameters(paramLabel = "DIR", description = "The folder with all documents that count.")
  private Path folder;

  @Mixin private PublisherOptions publisher;

  @Option(
      names = "--to",
      paramLabel = "DIR",
      required = true,
      description = "The folder for everybody.")
  private Path publicFolder;

  @Option(
      names = "--protected-to",
      paramLabel = "DIR",
      required = true,
      description = "The folder for those who prove who they are.")
  private Path protectedFolder;

  @Override
  public Integer call() throws Exception {
    Path signing = publisher.keyFile().toAbsolutePath().normalize();
    for (Path published : new Path[] {publicFolder, protectedFolder}) {
      if (signing.startsWith(published.toAbsolutePath().normalize())) {
        throw CommandFailure.environment(
            "the signing key lies in " + published + ", which is published. Move it away");
      }
    }
    AdvisoryPublishing.Outcome outcome =
        new AdvisoryPublishing(publisher.provider(), publisher.key(), publicFolder, protectedFolder)
            .publish(AdvisoryFiles.documents(folder), InstantSource.system().instant());
    boolean isPublished = outcome.refusals().isEmpty();
    StringBuilder text = new StringBuilder();
    if (isPublished) {
      text.append(
          "PUBLISHED  %d documents, %d of them new or changed"
              .formatted(outcome.documents(), outcome.changed().size()));
      outcome.changed().forEach(path -> text.append("\n  ").append(path));
    } else {
      text.append("NOTHING PUBLISHED");
      outcome.refusals().forEach(why -> text.append("\n  ").append(PlainText.of(why, 400)));
    }
    print(
        JsonObject.builder()
            .put("published", isPublished)
            .put("documents", outcome.documents())
            .put("changed", outcome.changed())
            .put("refusals", outcome.refusals())
            .build(),
        text.toString());
    return isPublished ? ExitCode.OK : ExitCode.NO;
  }
}
