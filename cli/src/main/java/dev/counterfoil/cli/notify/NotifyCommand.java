package dev.counterfoil.cli.notify;

import picocli.CommandLine.Command;

/** The channels on which findings are told. */
@Command(
    name = "notify",
    mixinStandardHelpOptions = true,
    description = "Shows and tries the channels on which the monitor tells findings.",
    subcommands = {NotifyListCommand.class, NotifyTestCommand.class})
public final class NotifyCommand {
  private NotifyCommand() {}
}
