package dev.counterfoil.cli.keys;

import picocli.CommandLine.Command;

/** What there is of keys. */
@Command(
    name = "keys",
    mixinStandardHelpOptions = true,
    description = "Shows a trust domain's keys, adopts legacy keys, and withdraws trust.",
    subcommands = {
      KeysListCommand.class,
      KeysAuditCommand.class,
      KeysAdoptLegacyCommand.class,
      KeysAttachCommand.class,
      KeysReadinessCommand.class,
      KeysReportCommand.class,
      KeysPauseCommand.class,
      KeysResumeCommand.class,
      KeysTaintCommand.class,
      KeysRevokeCommand.class,
      KeysConfirmCommand.class,
      KeysRestoreLogCommand.class,
      KeysCanaryCommand.class
    })
public final class KeysCommand {
  private KeysCommand() {}
}
