package dev.counterfoil.cli.notices;

import picocli.CommandLine.Command;

/** Notices. */
@Command(
    name = "notice",
    mixinStandardHelpOptions = true,
    description = "Tells those affected, and verifies what one of them got.",
    subcommands = {
      NoticeSendCommand.class,
      NoticeListCommand.class,
      NoticeAcknowledgeCommand.class,
      NoticeFileCommand.class,
      NoticeVerifyCommand.class,
      NoticeQuestionsCommand.class,
      NoticeAnswerCommand.class
    })
public final class NoticeCommand {
  private NoticeCommand() {}
}
