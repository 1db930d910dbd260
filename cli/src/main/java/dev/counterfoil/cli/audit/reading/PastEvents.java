package dev.counterfoil.cli.audit.reading;

import dev.counterfoil.cli.command.InstallationOptions;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.JsonObject;
import java.io.IOException;
import java.util.function.Consumer;
import picocli.CommandLine.Mixin;

/** Events of the audit log for another command, with the options of a search. */
public final class PastEvents {
  @Mixin private AuditOptions options;

  /** Hands on each line that has an event: its position, its log where it is an issued token. */
  public void each(InstallationOptions installation, Consumer<JsonObject> line)
      throws IOException, FormatException, InterruptedException {
    String[] ended = {"connection"};
    options.events(installation).stream(
        options.texts(),
        false,
        one -> {
          if (one.has("event")) {
            line.accept(one);
          }
          if (one.has("ends")) {
            ended[0] = one.string("ends");
          }
        });
    if (!ended[0].equals("all")) {
      throw new IOException("the answer broke off before its end: " + ended[0]);
    }
  }
}
