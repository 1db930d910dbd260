package dev.counterfoil.cli.notices;

import dev.counterfoil.cli.command.ExitCode;
import dev.counterfoil.cli.disclosure.IncidentAsk;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.JsonObject;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Sends notices. */
@Command(
    name = "send",
    description = {
      "Sends a notice to each affected tenant that has none of this version.",
      "Who is affected comes from the incident. Without --draft it tells what is published; before"
          + " anything is, name the draft that another operator approved."
    })
final class NoticeSendCommand extends IncidentAsk {
  @Option(names = "--draft", paramLabel = "DIGEST", description = "The draft that was approved.")
  private String draft = "";

  @Override
  protected int run() throws FormatException, InterruptedException {
    JsonObject answer = ask("notify", about().with("draft", draft));
    print(
        answer,
        answer.strings("notices").size()
            + " notices go out. To see how far they get, run counterfoil notice list "
            + incident);
    return ExitCode.OK;
  }
}
