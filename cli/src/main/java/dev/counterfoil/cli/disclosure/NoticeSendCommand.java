package dev.counterfoil.cli.disclosure;

import dev.counterfoil.cli.command.ExitCode;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.JsonObject;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Sends notices. */
@Command(
    name = "send",
    description = {
      "Sends a notice to each affected tenant that has none of this version.",
      "Who is affected comes from the incident. Without --draft it tells what is published; before"
          + " anything is, name the draft that another operator approved."
    })
final class NoticeSendCommand extends DisclosureAsk {
  @Parameters(paramLabel = "INCIDENT", description = "The incident's number.")
  private String incident;

  @Option(names = "--draft", paramLabel = "DIGEST", description = "The draft that was approved.")
  private String draft = "";

  @Override
  int run() throws FormatException, InterruptedException {
    JsonObject answer = ask("notify", about(incident).with("draft", draft));
    print(
        answer,
        answer.strings("notices").size()
            + " notices go out. To see how far they get, run counterfoil notice list "
            + incident);
    return ExitCode.OK;
  }
}
