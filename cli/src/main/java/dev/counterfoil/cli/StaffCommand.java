package dev.counterfoil.cli;

import dev.counterfoil.cli.command.CommandFailure;
import dev.counterfoil.cli.command.DurationText;
import dev.counterfoil.cli.command.ExitCode;
import dev.counterfoil.cli.command.JsonLine;
import dev.counterfoil.cli.command.MonitorCommand;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.bytes.PlainText;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Tasks for which the operator's staff reads a tenant's events. */
@Command(
    name = "staff",
    description = {
      "Begins, ends or lists tasks for which you read a tenant's audit events.",
      "A task is yours alone, for one tenant, and ends by itself. The tenant sees its reason, what"
          + " you read, and its end.",
      "Exit code 0: done."
    })
final class StaffCommand extends MonitorCommand {
  /** What to do. */
  enum What {
    /** Begin one. */
    begin,
    /** End one. */
    end,
    /** Show those that are open. */
    list
  }

  @Parameters(index = "0", paramLabel = "begin|end|list", description = "The action.")
  private What what;

  @Parameters(
      index = "1",
      arity = "0..1",
      paramLabel = "TASK",
      description = "The task to end, such as t1.")
  private @Nullable String task;

  @Option(names = "--tenant", paramLabel = "NAME", description = "The tenant, to begin a task.")
  private @Nullable String tenant;

  @Option(
      names = "--reason",
      paramLabel = "TEXT",
      description = "The reason, for the tenant to read.")
  private @Nullable String reason;

  @Option(
      names = "--for",
      paramLabel = "TIME",
      defaultValue = "2h",
      converter = DurationText.class,
      description = "How long, 24h at most (default: ${DEFAULT-VALUE}).")
  private Duration life;

  @Override
  protected int ask() throws IOException, FormatException, InterruptedException {
    JsonObject.Builder question = JsonObject.builder();
    switch (what) {
      case begin -> {
        if (tenant == null || reason == null) {
          throw CommandFailure.environment(
              "name the tenant with --tenant, and give the reason with --reason");
        }
        question
            .put("domain", installation.domainName())
            .put("tenant", tenant)
            .put("reason", reason)
            .put("life", life.toSeconds());
      }
      case end -> {
        if (task == null) {
          throw CommandFailure.environment(
              "name the task. To list those that are open, run: counterfoil staff list");
        }
        question.put("id", task);
      }
      case list -> {
        // Nothing is asked for.
      }
    }
    List<JsonObject> open = new ArrayList<>();
    installation
        .monitorAdmin()
        .staffTasks(
            switch (what) {
              case begin -> "staff-begin";
              case end -> "staff-end";
              case list -> "staff-tasks";
            },
            question.build(),
            open::add);
    show(open);
    return ExitCode.OK;
  }

  private void show(List<JsonObject> open) throws FormatException {
    if (json) {
      JsonLine.print(JsonObject.builder().put("tasks", open).build());
      return;
    }
    if (open.isEmpty()) {
      System.out.println("No task is open.");
    }
    for (JsonObject one : open) {
      System.out.println(
          PlainText.of(
              "%s  until %s  tenant %s, domain %s, by %s: %s"
                  .formatted(
                      one.string("id"),
                      Instant.ofEpochSecond(one.number("until")),
                      one.string("tenant"),
                      one.string("domain"),
                      one.string("by"),
                      one.string("reason")),
              800));
    }
  }
}
