package dev.counterfoil.cli.keys;

import dev.counterfoil.cli.command.CommandFailure;
import dev.counterfoil.cli.command.ExitCode;
import dev.counterfoil.cli.command.Findings;
import dev.counterfoil.cli.command.JsonLine;
import dev.counterfoil.cli.command.MonitorCommand;
import dev.counterfoil.format.bytes.FormatException;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** What was done with a key. */
@Command(
    name = "report",
    description = {
      "Lists every token that a key signed, and every one that it did not sign.",
      "It prints one line of JSON for each signed token and for each presented token"
          + " that is not among them, and a summary. Of a token marked unproven or two_histories"
          + " nobody can tell whether it was signed.",
      "Exit code 0: it is complete; 1: no such key is known; 4: INCOMPLETE, because the monitor"
          + " does not hold all counterfoils that the key's log published, could not read the log"
          + " lately or lost its database, because the log has two histories, or because a verifier"
          + " has not delivered all that it saw. presented_until_ms says until when all"
          + " verifiers that report have."
    })
final class KeysReportCommand extends MonitorCommand {
  @Parameters(paramLabel = "KID", description = "The key's thumbprint.")
  private String kid;

  @Override
  protected int ask() throws IOException, FormatException, InterruptedException {
    AtomicInteger code = new AtomicInteger(ExitCode.OK);
    installation
        .monitorAdmin()
        .report(
            kid,
            line -> {
              if (Boolean.FALSE.equals(line.get("known"))
                  && !(line.get("unread") instanceof List<?> logs && !logs.isEmpty())) {
                throw CommandFailure.no(
                    "the key log states no key "
                        + kid
                        + ", and no token that names it was seen. To list the valid keys, run"
                        + " counterfoil keys list");
              }
              JsonLine.print(line);
              Findings.lacks(line).forEach(System.err::println);
              if (Boolean.FALSE.equals(line.get("complete"))) {
                code.set(ExitCode.UNAVAILABLE);
              }
            });
    return code.get();
  }
}
