package dev.counterfoil.cli.audit;

import dev.counterfoil.cli.command.CommandFailure;
import dev.counterfoil.cli.command.CustodianOptions;
import dev.counterfoil.cli.command.ExitCode;
import dev.counterfoil.cli.ship.ReportingOptions;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.bytes.PlainText;
import dev.counterfoil.operations.shipping.DovecotEvents;
import dev.counterfoil.operations.shipping.EventShipping;
import dev.counterfoil.operations.shipping.IntakeClient;
import java.io.IOException;
import java.net.http.HttpClient;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Ships what services write to the audit log. */
@Command(
    name = "ship",
    mixinStandardHelpOptions = true,
    description = {"Ships events that a service writes or exports into a file to the audit log."},
    synopsisSubcommandLabel = "COMMAND",
    subcommands = {AuditShipCommand.Dovecot.class, AuditShipM365Command.class})
final class AuditShipCommand {
  private AuditShipCommand() {}

  /** Ships Dovecot's events. */
  @Command(
      name = "dovecot",
      mixinStandardHelpOptions = true,
      description = {
        "Ships the event file of Dovecot 2.4 to the audit log.",
        "It ships logins, messages that were read, and commands where Dovecot writes"
            + " them. docs/integrate/audit-events.md has the lines for Dovecot's"
            + " configuration. You can stop this command at any time: it continues where it"
            + " stopped, and records no event twice. Keep a rotated file beside the new one"
            + " until it has been read; then no event is lost. Lost lines, and lines that"
            + " are no Dovecot events, are a gap that the audit log shows. While the audit"
            + " log accepts nothing, the file keeps the events. Once a minute, but not with"
            + " --once, the command reports that it is running; if that stops, the audit log"
            + " shows it.",
        "Exit code 0: everything was sent, with --once; 3: the audit log permanently"
            + " refuses what is sent, or a file cannot be read."
      })
  static final class Dovecot implements Callable<Integer> {
    private static final Duration HEARTBEAT_EVERY = Duration.ofSeconds(60);

    @Option(names = "--file", required = true, paramLabel = "FILE", description = "The event file.")
    private Path file;

    @Option(
        names = "--state",
        paramLabel = "FILE",
        description = "Where to record its progress (default: beside the event file, .shipped).")
    private @Nullable Path state;

    @Option(names = "--tenant", required = true, paramLabel = "NAME", description = "Whose mail.")
    private String tenant;

    @Mixin private ReportingOptions reporting;

    @Option(
        names = "--log-name",
        paramLabel = "NAME",
        defaultValue = "dovecot",
        description =
            "The name of this log of the client. Use a different one for each host"
                + " (default: ${DEFAULT-VALUE}).")
    private String logName;

    @Option(names = "--once", description = "Stop when everything in the file has been sent.")
    private boolean once;

    @Option(names = "--json", description = "Print JSON.")
    private boolean json;

    @Override
    public Integer call() throws InterruptedException {
      Path kept = state != null ? state : file.resolveSibling(file.getFileName() + ".shipped");
      try (HttpClient http = CustodianOptions.http()) {
        IntakeClient intake = reporting.intake(http);
        long sent =
            new EventShipping(
                    file,
                    kept,
                    new DovecotEvents(tenant, logName),
                    reporting.client(),
                    once ? Duration.ZERO : HEARTBEAT_EVERY,
                    batch -> refused(intake.send(batch)),
                    InstantSource.system(),
                    text -> System.err.println("Warning: " + PlainText.of(text)))
                .run(() -> !once);
        System.out.println(
            json
                ? JsonObject.builder().put("sent", sent).build().toString()
                : sent + " events sent.");
        return ExitCode.OK;
      } catch (IOException e) {
        throw CommandFailure.environment(CommandFailure.reason(e));
      }
    }

    private static Optional<String> refused(JsonObject answer) throws IOException {
      try {
        return EventShipping.refused(answer);
      } catch (FormatException e) {
        throw new IOException("cannot understand its answer: " + e.getMessage(), e);
      }
    }
  }
}
