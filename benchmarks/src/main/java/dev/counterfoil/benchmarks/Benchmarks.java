package dev.counterfoil.benchmarks;

import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** What {@code ./dev bench} starts. */
@Command(
    name = "./dev bench",
    mixinStandardHelpOptions = true,
    description =
        "Measures Counterfoil on this machine. docs/understand/performance.md has our figures.",
    synopsisSubcommandLabel = "NAME",
    subcommands = {
      IssuanceCommand.class,
      AuditBenchmarkCommand.class,
      AuditIntakeCommand.class,
      AuditLogCommand.class,
      LogBenchmarkCommand.class,
      ScanBenchmarkCommand.class,
      EmergencyCommand.class,
      SigningCommand.class,
      RotationCommand.class,
      StartCommand.class,
      VerifyingCommand.class,
      ServicesCommand.class,
      GuardBenchmarkCommand.class,
      MicroCommand.class
    })
public final class Benchmarks implements Runnable {
  @Spec
  @SuppressWarnings("NullAway.Init") // picocli fills it before the call
  private CommandSpec spec;

  private Benchmarks() {}

  /**
   * Runs one benchmark and ends with its exit code: 0 measured, 1 void or failed, 2 called wrongly.
   */
  public static void main(String[] arguments) {
    System.exit(
        new CommandLine(new Benchmarks())
            .setCaseInsensitiveEnumValuesAllowed(true)
            .setUsageHelpWidth(100)
            .setExecutionExceptionHandler(
                (exception, command, parsed) -> {
                  command.getErr().println("bench: " + exception.getMessage());
                  return 1;
                })
            .execute(arguments));
  }

  @Override
  public void run() {
    spec.commandLine().usage(System.out);
  }
}
