package dev.counterfoil.cli.audit;

import dev.counterfoil.cli.command.ExitCode;
import dev.counterfoil.cli.command.JsonLine;
import dev.counterfoil.cli.command.MonitorCommand;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.bytes.PlainText;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Forgets a person in a tenant's audit events. */
@Command(
    name = "forget",
    description = {
      "Erases a person from a tenant's audit events, for good.",
      "It destroys the person's key. With it go the name, every event in which the"
          + " person acted or was acted on, and the salts of their leaves. Leaves and counts"
          + " stay, so every other proof remains valid. An event that the tenant sees"
          + " records this first, with the pseudonym and the ground.",
      "Without --yes it only counts the events. It refuses while the tenant is on"
          + " hold, and for anyone who administered or read the audit log within the last"
          + " year.",
      "Exit code 0: done, or counted; 1: refused, with the reason."
    })
final class AuditForgetCommand extends MonitorCommand {
  @Parameters(paramLabel = "NAME", description = "The name exactly as it stands in the events.")
  private String name;

  @Option(names = "--tenant", paramLabel = "NAME", required = true, description = "The tenant.")
  private String tenant;

  @Option(
      names = "--ground",
      paramLabel = "TEXT",
      description = "The tenant's reason, without the name: it stays in the log.")
  private @Nullable String ground;

  @Option(names = "--yes", description = "Do it. It cannot be undone.")
  private boolean yes;

  @Override
  protected int ask() throws IOException, FormatException, InterruptedException {
    JsonObject person =
        JsonObject.builder()
            .put("domain", installation.domainName())
            .put("tenant", tenant)
            .put("name", name)
            .put("ground", ground)
            .build();
    List<JsonObject> answer = new ArrayList<>();
    installation.monitorAdmin().auditForget(yes ? "forget" : "look", person, answer::add);
    JsonObject found = answer.getFirst();
    if (json) {
      JsonLine.print(found);
    } else {
      show(found);
    }
    return found.has("refused") ? ExitCode.NO : ExitCode.OK;
  }

  private void show(JsonObject found) throws FormatException {
    if (found.has("refused")) {
      System.err.println(
          "Error: nobody was forgotten: " + PlainText.of(found.string("refused"), 400) + ".");
      return;
    }
    if (found.strings("pseudonyms").isEmpty()) {
      System.out.println("No event of the tenant contains that name.");
      return;
    }
    System.out.printf(
        "%s %d events of %s, %d of them less than a year old.%n",
        yes ? "Forgotten:" : "To be forgotten:",
        found.number("events"),
        PlainText.of(String.join(", ", found.strings("pseudonyms")), 400),
        found.number("young"));
    if (!yes) {
      System.out.println("Nothing was changed. To do it, run this again with --ground and --yes.");
    }
  }
}
