package dev.counterfoil.cli;

import dev.counterfoil.cli.command.ExitCode;
import dev.counterfoil.cli.manual.Manual;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;

/** Prints the completion script of a shell. */
@Command(
    name = "completion",
    mixinStandardHelpOptions = true,
    description = {
      "Prints a script that completes commands and options in bash and zsh.",
      "A distribution has it in share/bash-completion/completions already."
    },
    footerHeading = "%nUse it:%n",
    footer = {
      "  source <(counterfoil completion)               # for this shell, bash or zsh",
      "  counterfoil completion > ~/.local/share/bash-completion/completions/counterfoil"
    })
final class CompletionCommand implements Callable<Integer> {
  @Override
  public Integer call() {
    System.out.print(Manual.completion(CounterfoilCommand.commandLine()));
    return ExitCode.OK;
  }
}
