package dev.counterfoil.benchmarks;

import dev.counterfoil.benchmarks.audit.AuditIntakeCommand;
import dev.counterfoil.benchmarks.audit.AuditLogCommand;
import dev.counterfoil.benchmarks.detection.DetectionCommand;
import dev.counterfoil.benchmarks.detection.MonitorBenchmarkCommand;
import dev.counterfoil.benchmarks.detection.RuleSpeedCommand;
import dev.counterfoil.benchmarks.installation.EmergencyCommand;
import dev.counterfoil.benchmarks.installation.GuardBenchmarkCommand;
import dev.counterfoil.benchmarks.installation.RotationCommand;
import dev.counterfoil.benchmarks.installation.StartCommand;
import dev.counterfoil.benchmarks.issuing.AttachCommand;
import dev.counterfoil.benchmarks.issuing.IssuanceCommand;
import dev.counterfoil.benchmarks.issuing.SigningCommand;
import dev.counterfoil.benchmarks.log.LogBenchmarkCommand;
import dev.counterfoil.benchmarks.people.SignInCommand;
import dev.counterfoil.benchmarks.run.Ending;
import dev.counterfoil.benchmarks.verifying.ServicesCommand;
import dev.counterfoil.benchmarks.verifying.VerifiersCommand;
import dev.counterfoil.benchmarks.verifying.VerifyingCommand;
import java.util.Objects;
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
      SignInCommand.class,
      AttachCommand.class,
      SigningCommand.class,
      VerifyingCommand.class,
      ServicesCommand.class,
      VerifiersCommand.class,
      GuardBenchmarkCommand.class,
      LogBenchmarkCommand.class,
      AuditIntakeCommand.class,
      AuditLogCommand.class,
      DetectionCommand.class,
      MonitorBenchmarkCommand.class,
      RuleSpeedCommand.class,
      EmergencyCommand.class,
      RotationCommand.class,
      StartCommand.class
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
                  if (!Ending.hasBegun()) {
                    command
                        .getErr()
                        .println(
                            "bench: "
                                + Objects.requireNonNullElse(
                                    exception.getMessage(), exception.toString()));
                  }
                  return 1;
                })
            .execute(arguments));
  }

  @Override
  public void run() {
    spec.commandLine().usage(System.out);
  }
}
