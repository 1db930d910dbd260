package dev.counterfoil.cli.response;

import dev.counterfoil.cli.command.CommandFailure;
import dev.counterfoil.cli.command.ExitCode;
import dev.counterfoil.cli.command.PrintingCommand;
import dev.counterfoil.configuration.Configuration;
import dev.counterfoil.configuration.ConfigurationException;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.response.playbooks.Action;
import dev.counterfoil.response.playbooks.Playbook;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** Reads playbooks as the process would. */
@Command(
    name = "check",
    description = {
      "Checks files of playbooks, and says what each does alone.",
      "Exit code 0: the response process takes all of them; 1: one of them it does not."
    })
final class ResponseCheckCommand extends PrintingCommand {
  @Parameters(arity = "1..*", paramLabel = "FILE", description = "Files of playbooks.")
  private List<Path> files = List.of();

  @Override
  public Integer call() {
    List<JsonObject> all = new ArrayList<>();
    List<String> lines = new ArrayList<>();
    for (Path file : files) {
      Playbook playbook;
      try {
        playbook = Configuration.read(file, Playbook.class);
      } catch (ConfigurationException e) {
        throw CommandFailure.no(String.valueOf(e.getMessage()));
      }
      String approval = playbook.approval().name().toLowerCase(Locale.ROOT).replace('_', '-');
      List<String> steps = playbook.steps().stream().map(Action::text).toList();
      all.add(
          JsonObject.builder()
              .put("name", playbook.name())
              .put("approval", approval)
              .put("steps", steps)
              .put("hour", playbook.limit().hour())
              .put("day", playbook.limit().day())
              .build());
      lines.add(
          "%s: %s (%s), at most %d steps an hour and %d a day"
              .formatted(
                  playbook.name(),
                  String.join(", ", steps),
                  approval,
                  playbook.limit().hour(),
                  playbook.limit().day()));
    }
    print(JsonObject.builder().put("playbooks", all).build(), String.join("\n", lines));
    return ExitCode.OK;
  }
}
