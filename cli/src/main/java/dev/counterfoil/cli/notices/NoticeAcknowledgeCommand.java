package dev.counterfoil.cli.notices;

import dev.counterfoil.cli.command.ExitCode;
import dev.counterfoil.cli.disclosure.DisclosureAsk;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.JsonObject;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Records that a person has read a notice. */
@Command(
    name = "acknowledge",
    description = {
      "Records that a person of the tenant has read a notice.",
      "The person names the code. A mail server's answer is none."
    })
final class NoticeAcknowledgeCommand extends DisclosureAsk {
  @Parameters(paramLabel = "CODE", description = "The notice's check code.")
  private String code;

  @Option(
      names = "--person",
      required = true,
      paramLabel = "NAME",
      description = "Who acknowledged it.")
  private String person;

  @Option(names = "--how", paramLabel = "TEXT", description = "How, such as by phone.")
  private String how = "";

  @Override
  protected int run() throws FormatException, InterruptedException {
    JsonObject answer =
        ask(
            "acknowledge",
            JsonObject.builder().put("code", code).put("person", person).put("how", how).build());
    print(answer, "Recorded for tenant " + answer.string("tenant") + ".");
    return ExitCode.OK;
  }
}
