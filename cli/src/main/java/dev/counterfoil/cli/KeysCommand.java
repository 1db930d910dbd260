package dev.counterfoil.cli;

import picocli.CommandLine.Command;

/** What there is of keys. */
@Command(
    name = "keys",
    mixinStandardHelpOptions = true,
    description = "Shows the keys of a trust domain and who has them, and takes trust away.",
    subcommands = {
      KeysListCommand.class,
      KeysAuditCommand.class,
      KeysReadinessCommand.class,
      KeysReportCommand.class,
      KeysPauseCommand.class,
      KeysResumeCommand.class,
      KeysTaintCommand.class,
      KeysRevokeCommand.class,
      KeysConfirmCommand.class,
      KeysCanaryCommand.class
    })
final class KeysCommand {
  private KeysCommand() {}
}
