package dev.counterfoil.cli.response;

import picocli.CommandLine.Command;

/** Playbooks. */
@Command(
    name = "response",
    mixinStandardHelpOptions = true,
    description = "Shows what playbooks did, and decides about what waits.",
    subcommands = {
      ResponseListCommand.class,
      ResponseShowCommand.class,
      ResponsePlanCommand.class,
      ResponseApproveCommand.class,
      ResponseResumeCommand.class,
      ResponseCancelCommand.class,
      ResponseUndoCommand.class,
      ResponseCheckCommand.class
    })
public final class ResponseCommand {
  private ResponseCommand() {}
}
