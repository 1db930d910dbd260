package dev.counterfoil.cli.manual;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import picocli.AutoComplete;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;

/** Writes what a distribution has for shells and for man. */
public final class Manual {
  private final Path share;

  /**
   * Into a folder such as {@code /usr/share}.
   *
   * @param share is made where it is missing
   */
  public Manual(Path share) {
    this.share = share;
  }

  /** Writes man pages and the completion script of a command line with all its subcommands. */
  public void write(CommandLine commands) throws IOException {
    Path pages = Files.createDirectories(share.resolve("man/man1"));
    write(commands.getCommandSpec(), pages);
    Path completions = Files.createDirectories(share.resolve("bash-completion/completions"));
    Files.writeString(completions.resolve(commands.getCommandName()), completion(commands));
  }

  /** A script that completes the names of commands and options in bash and zsh. */
  public static String completion(CommandLine commands) {
    return AutoComplete.bash(commands.getCommandName(), commands);
  }

  private static void write(CommandSpec command, Path pages) throws IOException {
    Files.writeString(pages.resolve(ManPage.name(command) + ".1"), ManPage.of(command));
    for (CommandLine one : command.subcommands().values()) {
      write(one.getCommandSpec(), pages);
    }
  }
}
