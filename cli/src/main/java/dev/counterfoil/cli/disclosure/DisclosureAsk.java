package dev.counterfoil.cli.disclosure;

import dev.counterfoil.cli.command.CommandFailure;
import dev.counterfoil.cli.command.InstallationCommand;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.bytes.PlainText;
import java.io.IOException;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import picocli.CommandLine.Mixin;

/** A command that asks the disclosure process. */
abstract class DisclosureAsk extends InstallationCommand {
  @Mixin private DisclosureSocket disclosure;

  @Override
  public final Integer call() throws InterruptedException {
    try {
      return run();
    } catch (FormatException e) {
      throw CommandFailure.unavailable(
          "cannot understand the disclosure process's answer: " + e.getMessage());
    } catch (IOException e) {
      throw CommandFailure.environment(CommandFailure.reason(e));
    }
  }

  abstract int run() throws IOException, FormatException, InterruptedException;

  /** Asks; what is refused ends the command with the reason. */
  final JsonObject ask(String command, JsonObject arguments) throws InterruptedException {
    return disclosure.ask(installation, command, arguments);
  }

  /** A time that was typed. */
  static Instant time(String text) {
    try {
      return Instant.parse(text);
    } catch (DateTimeParseException e) {
      throw CommandFailure.environment(
          "'" + PlainText.of(text) + "' is no time such as 2027-02-01T09:00:00Z");
    }
  }

  static JsonObject about(String incident) {
    return JsonObject.builder().put("incident", incident).build();
  }
}
