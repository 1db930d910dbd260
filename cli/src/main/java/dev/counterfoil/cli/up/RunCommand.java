package dev.counterfoil.cli.up;

import dev.counterfoil.cli.command.CommandFailure;
import dev.counterfoil.cli.command.ExitCode;
import dev.counterfoil.cli.command.JsonLine;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.installation.Programs;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Becomes one of the programs of an installation. */
@Command(
    name = "run",
    mixinStandardHelpOptions = true,
    description = {
      "Runs one program of an installation in the foreground, for a service manager.",
      "This process becomes it.",
      "A signer and a registrar are first restricted to their own files (Landlock),"
          + " and started with flags that keep others out of their memory. See"
          + " docs/operate/installing.md."
    })
public final class RunCommand implements Callable<Integer> {
  /** What can be run; custodian and witness are commands of their own. */
  enum Program {
    signer,
    registrar,
    authority,
    monitor,
    console,
    response
  }

  @Parameters(paramLabel = "PROGRAM", description = "What to run: ${COMPLETION-CANDIDATES}.")
  private Program program;

  @Option(
      names = "--config",
      required = true,
      paramLabel = "FILE",
      description = "Its configuration file. See docs/reference/configuration-processes.md.")
  private Path configurationFile;

  @Option(
      names = "--show",
      description = "Print the command, one word on each line, and run nothing.")
  private boolean show;

  @Option(names = "--json", description = "With --show: print it as JSON.")
  private boolean json;

  @Override
  public Integer call() {
    Path file = configurationFile.toAbsolutePath().normalize();
    Programs programs = Programs.ofThisProcess();
    List<String> command =
        switch (program) {
          case signer -> programs.signer(file);
          case registrar -> programs.registrar(file);
          case authority -> programs.authority(file);
          case monitor -> programs.monitor(file);
          case console -> programs.console(file);
          case response -> programs.response(file);
        };
    if (show) {
      if (json) {
        JsonLine.print(JsonObject.builder().put("command", command).build());
      } else {
        command.forEach(System.out::println);
      }
      return ExitCode.OK;
    }
    throw CommandFailure.environment(
        "cannot run " + command.getFirst() + ": error " + Replacement.become(command));
  }
}
