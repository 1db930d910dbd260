package dev.counterfoil.cli.statements;

import picocli.CommandLine.Command;

/** Statements. */
@Command(
    name = "statement",
    mixinStandardHelpOptions = true,
    description = "Makes the documents of an incident from its claims, and publishes them.",
    subcommands = {
      StatementDraftCommand.class,
      StatementCheckCommand.class,
      StatementApproveCommand.class,
      StatementPublishCommand.class,
      StatementVerifyCommand.class
    })
public final class StatementCommand {
  private StatementCommand() {}
}
