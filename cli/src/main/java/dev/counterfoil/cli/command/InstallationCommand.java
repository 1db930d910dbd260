package dev.counterfoil.cli.command;

import picocli.CommandLine.Mixin;

/** A command about one installation, or about one trust domain of it. */
public abstract class InstallationCommand extends PrintingCommand {
  @Mixin protected InstallationOptions installation;
}
