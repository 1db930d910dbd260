package dev.counterfoil.cli.reports;

import picocli.CommandLine.Command;

/** What people reported. */
@Command(
    name = "reports",
    mixinStandardHelpOptions = true,
    description = "Shows what people reported, and follows it.",
    subcommands = {
      ReportsListCommand.class,
      ReportsShowCommand.class,
      ReportsLinkCommand.class,
      ReportsCloseCommand.class
    })
public final class ReportsCommand {
  private ReportsCommand() {}
}
