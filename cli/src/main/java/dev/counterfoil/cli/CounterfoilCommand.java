package dev.counterfoil.cli;

import dev.counterfoil.cli.advisory.AdvisoryCommand;
import dev.counterfoil.cli.advisory.CsafCommand;
import dev.counterfoil.cli.advisory.SecurityTextCommand;
import dev.counterfoil.cli.audit.AuditCommand;
import dev.counterfoil.cli.audit.CustodianCommand;
import dev.counterfoil.cli.claims.ClaimCommand;
import dev.counterfoil.cli.claims.CorrectionCommand;
import dev.counterfoil.cli.command.CommandFailure;
import dev.counterfoil.cli.command.Examples;
import dev.counterfoil.cli.command.ExitCode;
import dev.counterfoil.cli.command.JsonLine;
import dev.counterfoil.cli.command.ThumbprintArguments;
import dev.counterfoil.cli.compromise.CompromiseCommand;
import dev.counterfoil.cli.compromise.ExposureCommand;
import dev.counterfoil.cli.disclosure.ClocksCommand;
import dev.counterfoil.cli.disclosure.DisclosureCommand;
import dev.counterfoil.cli.incident.IncidentCommand;
import dev.counterfoil.cli.keys.KeysCommand;
import dev.counterfoil.cli.log.LogCommand;
import dev.counterfoil.cli.notices.NoticeCommand;
import dev.counterfoil.cli.notify.NotifyCommand;
import dev.counterfoil.cli.promises.PromisesCommand;
import dev.counterfoil.cli.promises.TrustPageCommand;
import dev.counterfoil.cli.release.ReleaseCommand;
import dev.counterfoil.cli.reports.ReportsCommand;
import dev.counterfoil.cli.response.ResponseCommand;
import dev.counterfoil.cli.root.RootCommand;
import dev.counterfoil.cli.rules.RulesCommand;
import dev.counterfoil.cli.signer.SignerCommand;
import dev.counterfoil.cli.statements.HoldCommand;
import dev.counterfoil.cli.statements.StatementCommand;
import dev.counterfoil.cli.token.RecordCommand;
import dev.counterfoil.cli.token.TokenCommand;
import dev.counterfoil.cli.token.VerifyCommand;
import dev.counterfoil.cli.up.DrillCommand;
import dev.counterfoil.cli.up.RunCommand;
import dev.counterfoil.cli.up.UpCommand;
import dev.counterfoil.cli.vulnerabilities.VulnerabilityCommand;
import dev.counterfoil.configuration.ConfigurationException;
import dev.counterfoil.configuration.ProcessLog;
import dev.counterfoil.configuration.TrustedCertificates;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** The command and its subcommands. */
@Command(
    name = "counterfoil",
    mixinStandardHelpOptions = true,
    versionProvider = CounterfoilCommand.Version.class,
    description = "A token authority that keeps a counterfoil of every token it signs.",
    synopsisSubcommandLabel = "COMMAND",
    footer = {
      "",
      "Exit codes: 0 yes or done, 1 no (refused, found, different), 2 wrong usage, 3"
          + " something is missing,",
      "4 something does not answer, 70 a defect in Counterfoil."
    })
public final class CounterfoilCommand implements Callable<Integer> {
  /** In the order of the help. */
  private static final Map<String, Class<?>> SUBCOMMANDS = subcommands();

  @Spec private CommandSpec spec;

  /** Runs the command and ends the process with its exit code. */
  public static void main(String[] arguments) {
    try {
      ProcessLog.beginLazily("counterfoil", System.getenv());
      TrustedCertificates.useNamed(System.getenv());
    } catch (ConfigurationException e) {
      System.err.println("Error: " + e.getMessage());
      System.exit(ExitCode.ENVIRONMENT);
    }
    CommandLine commandLine = commandLine(arguments);
    System.exit(
        commandLine.execute(
            ThumbprintArguments.unmistakable(commandLine.getCommandSpec(), arguments)));
  }

  /**
   * The command line for a call. To describe all subcommands takes longer than most of them run, so
   * one that is named first stands there alone; else all do.
   */
  public static CommandLine commandLine(String... arguments) {
    CommandLine commandLine = new CommandLine(new CounterfoilCommand());
    Class<?> named = arguments.length == 0 ? null : SUBCOMMANDS.get(arguments[0]);
    if (named != null) {
      commandLine.addSubcommand(arguments[0], named);
    } else {
      SUBCOMMANDS.forEach(commandLine::addSubcommand);
    }
    Examples.show(commandLine);
    commandLine.setUsageHelpWidth(100);
    commandLine.setExecutionExceptionHandler(
        (exception, command, parsed) -> {
          Optional<CommandFailure> failure = CommandFailure.of(exception);
          if (JsonLine.isAsked(parsed.originalArgs())) {
            int code = failure.map(CommandFailure::exitCode).orElse(ExitCode.DEFECT);
            JsonLine.fail(
                command.getErr(),
                failure
                    .map(CommandFailure::getMessage)
                    .orElse("a defect in Counterfoil. Please report what you did, and the trace"),
                code,
                failure.isPresent() ? null : exception);
            return code;
          }
          if (failure.isPresent()) {
            command.getErr().println("Error: " + failure.get().getMessage());
            return failure.get().exitCode();
          }
          command
              .getErr()
              .println("Error: a defect in Counterfoil. Please report what you did, and this:");
          exception.printStackTrace(command.getErr());
          return ExitCode.DEFECT;
        });
    CommandLine.IParameterExceptionHandler usage = commandLine.getParameterExceptionHandler();
    commandLine.setParameterExceptionHandler(
        (wrong, given) -> {
          if (JsonLine.isAsked(Arrays.asList(given))) {
            JsonLine.fail(
                wrong.getCommandLine().getErr(),
                String.valueOf(wrong.getMessage()),
                ExitCode.USAGE,
                null);
            return ExitCode.USAGE;
          }
          return usage.handleParseException(wrong, given);
        });
    return commandLine;
  }

  private static Map<String, Class<?>> subcommands() {
    Map<String, Class<?>> all = new LinkedHashMap<>();
    all.put("up", UpCommand.class);
    all.put("run", RunCommand.class);
    all.put("token", TokenCommand.class);
    all.put("verify", VerifyCommand.class);
    all.put("log", LogCommand.class);
    all.put("record", RecordCommand.class);
    all.put("keys", KeysCommand.class);
    all.put("root", RootCommand.class);
    all.put("signer", SignerCommand.class);
    all.put("findings", FindingsCommand.class);
    all.put("incident", IncidentCommand.class);
    all.put("reports", ReportsCommand.class);
    all.put("disclosure", DisclosureCommand.class);
    all.put("claim", ClaimCommand.class);
    all.put("statement", StatementCommand.class);
    all.put("correction", CorrectionCommand.class);
    all.put("clocks", ClocksCommand.class);
    all.put("notice", NoticeCommand.class);
    all.put("hold", HoldCommand.class);
    all.put("vulnerability", VulnerabilityCommand.class);
    all.put("response", ResponseCommand.class);
    all.put("notify", NotifyCommand.class);
    all.put("rules", RulesCommand.class);
    all.put("audit", AuditCommand.class);
    all.put("staff", StaffCommand.class);
    all.put("tenant", TenantCommand.class);
    all.put("client", ClientCommand.class);
    all.put("person", PersonCommand.class);
    all.put("group", GroupCommand.class);
    all.put("signals", SignalsCommand.class);
    all.put("directory", DirectoryCommand.class);
    all.put("apply", ApplyCommand.class);
    all.put("export", ExportCommand.class);
    all.put("import", ImportCommand.class);
    all.put("context", ContextCommand.class);
    all.put("compromise", CompromiseCommand.class);
    all.put("scan", ScanCommand.class);
    all.put("custodian", CustodianCommand.class);
    all.put("witness", WitnessCommand.class);
    all.put("guard", GuardCommand.class);
    all.put("exposure", ExposureCommand.class);
    all.put("assess", AssessCommand.class);
    all.put("drill", DrillCommand.class);
    all.put("advisory", AdvisoryCommand.class);
    all.put("csaf", CsafCommand.class);
    all.put("securitytxt", SecurityTextCommand.class);
    all.put("promises", PromisesCommand.class);
    all.put("trust-page", TrustPageCommand.class);
    all.put("size", SizeCommand.class);
    all.put("release", ReleaseCommand.class);
    all.put("completion", CompletionCommand.class);
    return Collections.unmodifiableMap(all);
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
                CounterfoilCommand.class.getPackage().getImplementationVersion(),
                "from a build without a version")
      };
    }
  }
}
