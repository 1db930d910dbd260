package dev.counterfoil.cli;

import dev.counterfoil.cli.command.ExitCode;
import dev.counterfoil.cli.command.Findings;
import dev.counterfoil.cli.command.JsonLine;
import dev.counterfoil.cli.command.MonitorCommand;
import dev.counterfoil.cli.findings.FindingsApproveCommand;
import dev.counterfoil.cli.findings.FindingsFeedbackCommand;
import dev.counterfoil.cli.findings.FindingsSuppressCommand;
import dev.counterfoil.cli.findings.FindingsSuppressionsCommand;
import dev.counterfoil.cli.findings.FindingsUnsuppressCommand;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.JsonObject;
import java.io.IOException;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Shows what the monitor has noticed. */
@Command(
    name = "findings",
    description = {
      "Shows what the monitor has noticed, and what to do about it.",
      "Findings are forged tokens, keys used outside their scope, keys that are"
          + " overdue for replacement, logs that fork, and reporters with gaps.",
      "Exit code 0: there are none; 1: there are findings; 4: INCOMPLETE, because the monitor lost"
          + " its database."
    },
    subcommands = {
      FindingsSuppressCommand.class,
      FindingsSuppressionsCommand.class,
      FindingsApproveCommand.class,
      FindingsUnsuppressCommand.class,
      FindingsFeedbackCommand.class
    })
final class FindingsCommand extends MonitorCommand {
  @Option(
      names = "--kind",
      paramLabel = "KIND",
      description = "Only findings of this kind, such as forged-token.")
  private @Nullable String kind;

  @Override
  protected int ask() throws IOException, FormatException, InterruptedException {
    List<JsonObject> found = Findings.read(installation.monitorAdmin(), filter());
    if (json) {
      JsonLine.print(JsonObject.builder().put("findings", found).build());
    } else if (found.isEmpty()) {
      System.out.println("No findings.");
    } else {
      for (JsonObject finding : found) {
        System.out.println(Findings.sentence(finding));
        System.out.println(Findings.context(finding));
      }
      System.out.println();
      System.out.println(
          found.size()
              + (found.size() == 1 ? " finding" : " findings")
              + ". To see all evidence, add --json. docs/reference/findings.md tells"
              + " you what to do.");
    }
    // Without a kind the loss is itself among the findings.
    boolean isLost = kind != null && Findings.tellsLoss(installation.monitorAdmin());
    return !found.isEmpty() ? ExitCode.NO : isLost ? ExitCode.UNAVAILABLE : ExitCode.OK;
  }

  private JsonObject filter() {
    return JsonObject.builder().put("kind", kind).build();
  }
}
