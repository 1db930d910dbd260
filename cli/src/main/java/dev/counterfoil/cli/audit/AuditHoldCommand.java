package dev.counterfoil.cli.audit;

import dev.counterfoil.cli.command.CommandFailure;
import dev.counterfoil.cli.command.ExitCode;
import dev.counterfoil.cli.command.JsonLine;
import dev.counterfoil.cli.command.MonitorCommand;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.bytes.PlainText;
import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Has nothing deleted of a tenant's audit events. */
@Command(
    name = "hold",
    description = {
      "Keeps a tenant's audit events at any age until the hold is removed.",
      "The tenant sees an event, with the reason, when a hold is placed and when it is"
          + " removed. What policy deleted before stays deleted.",
      "Exit code 0: done."
    })
final class AuditHoldCommand extends MonitorCommand {
  /** What to do. */
  enum What {
    /** Put a hold. */
    add,
    /** End it. */
    remove,
    /** Show all. */
    list
  }

  @Parameters(paramLabel = "add|remove|list", description = "The action.")
  private What what;

  @Option(names = "--tenant", paramLabel = "NAME", description = "The tenant. Not used with list.")
  private @Nullable String tenant;

  @Option(
      names = "--reason",
      paramLabel = "TEXT",
      description = "The reason, for the tenant to read. Not used with list.")
  private @Nullable String reason;

  @Override
  protected int ask() throws IOException, FormatException, InterruptedException {
    JsonObject.Builder hold = JsonObject.builder();
    if (what != What.list) {
      if (tenant == null || reason == null) {
        throw CommandFailure.environment(
            "name the tenant with --tenant, and give the reason with --reason");
      }
      hold.put("domain", installation.domainName()).put("tenant", tenant).put("reason", reason);
    }
    List<JsonObject> holds = new ArrayList<>();
    installation.monitorAdmin().auditHold(what.name(), hold.build(), holds::add);
    show(holds);
    return ExitCode.OK;
  }

  private void show(List<JsonObject> holds) throws FormatException {
    if (json) {
      JsonLine.print(JsonObject.builder().put("holds", holds).build());
      return;
    }
    if (holds.isEmpty()) {
      System.out.println("No tenant is on hold.");
    }
    for (JsonObject one : holds) {
      System.out.printf(
          "%s  %s, domain %s: %s%n",
          Instant.ofEpochMilli(one.number("at")),
          PlainText.of(one.string("tenant"), 255),
          PlainText.of(one.string("domain"), 255),
          PlainText.of(one.string("reason"), 400));
    }
  }
}
