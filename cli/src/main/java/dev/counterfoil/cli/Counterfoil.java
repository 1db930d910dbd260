package dev.counterfoil.cli;

import java.util.Objects;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** The command and its subcommands. */
@Command(
    name = "counterfoil",
    mixinStandardHelpOptions = true,
    versionProvider = Counterfoil.Version.class,
    description = "A token authority that keeps a counterfoil of every token it signs.",
    synopsisSubcommandLabel = "COMMAND",
    footer = {
      "",
      "Exit codes: 0 yes or done, 1 no (refused, found, differs), 2 called wrongly, 3 something is missing,",
      "4 something does not answer, 70 a defect of ours."
    },
    subcommands = {
      UpCommand.class,
      RunCommand.class,
      TokenCommand.class,
      VerifyCommand.class,
      LogCommand.class,
      RecordCommand.class,
      KeysCommand.class,
      RootCommand.class,
      SignerCommand.class,
      FindingsCommand.class,
      ClientCommand.class,
      CompromiseCommand.class,
      ScanCommand.class,
      CustodianCommand.class,
      WitnessCommand.class,
      GuardCommand.class,
      ExposureCommand.class,
      AssessCommand.class,
      DrillCommand.class
    })
public final class Counterfoil implements Callable<Integer> {
  @Spec
  @SuppressWarnings("NullAway.Init") // picocli fills it before the call
  private CommandSpec spec;

  /** Runs the command and ends the process with its exit code. */
  public static void main(String[] arguments) {
    CommandLine commandLine = commandLine();
    System.exit(
        commandLine.execute(
            ThumbprintArguments.unmistakable(commandLine.getCommandSpec(), arguments)));
  }

  static CommandLine commandLine() {
    CommandLine commandLine = new CommandLine(new Counterfoil());
    commandLine.setUsageHelpWidth(100);
    commandLine.setExecutionExceptionHandler(
        (exception, command, parsed) -> {
          if (exception instanceof CommandFailure failure) {
            command.getErr().println("counterfoil: " + failure.getMessage());
            return failure.exitCode();
          }
          command
              .getErr()
              .println("counterfoil: a defect of ours; please report what you did and this:");
          exception.printStackTrace(command.getErr());
          return ExitCode.DEFECT;
        });
    return commandLine;
  }

  @Override
  public Integer call() {
    spec.commandLine().usage(spec.commandLine().getErr());
    return ExitCode.USAGE;
  }

  /** The version that the build wrote into the jar. */
  static final class Version implements CommandLine.IVersionProvider {
    @Override
    public String[] getVersion() {
      return new String[] {
        "counterfoil "
            + Objects.requireNonNullElse(
                Counterfoil.class.getPackage().getImplementationVersion(),
                "from a build without a version")
      };
    }
  }
}
