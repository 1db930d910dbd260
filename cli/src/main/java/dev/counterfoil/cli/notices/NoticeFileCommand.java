package dev.counterfoil.cli.notices;

import dev.counterfoil.cli.command.ExitCode;
import dev.counterfoil.cli.disclosure.DisclosureAsk;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.JsonObject;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** Prints the signed file of a notice. */
@Command(name = "file", description = "Prints the signed file of a notice, to hand it over.")
final class NoticeFileCommand extends DisclosureAsk {
  @Parameters(paramLabel = "CODE", description = "The notice's check code.")
  private String code;

  @Override
  protected int run() throws FormatException, InterruptedException {
    JsonObject answer = ask("notice-file", JsonObject.builder().put("code", code).build());
    print(answer, answer.string("file"));
    return ExitCode.OK;
  }
}
