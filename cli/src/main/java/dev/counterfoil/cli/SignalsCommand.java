package dev.counterfoil.cli;

import dev.counterfoil.authority.AuthorityAdmin;
import dev.counterfoil.authority.SignalsAdmin;
import dev.counterfoil.cli.command.Table;
import dev.counterfoil.format.bytes.JsonObject;
import java.io.IOException;
import java.util.List;
import java.util.Objects;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** Looks after the security events that go to receivers. */
@Command(
    name = "signals",
    mixinStandardHelpOptions = true,
    description = {
      "Shows how security events reach receivers, and sends them again.",
      "A receiver is a client that made a stream by OpenID Shared Signals.",
      "Every subcommand takes --json."
    },
    subcommands = {
      SignalsCommand.ListAll.class,
      SignalsCommand.Show.class,
      SignalsCommand.Retry.class
    })
final class SignalsCommand {
  private SignalsCommand() {}

  /** What all of them need. */
  abstract static class Managing extends ClientCommand.Managing {
    @Override
    final void manage(AuthorityAdmin admin)
        throws AuthorityAdmin.RefusedException, IOException, InterruptedException {
      manage(admin.signals());
    }

    abstract void manage(SignalsAdmin signals)
        throws AuthorityAdmin.RefusedException, IOException, InterruptedException;

    static String text(JsonObject json, String name) {
      return Objects.toString(json.get(name), "");
    }
  }

  /** What those need that are about one stream. */
  abstract static class ManagingOne extends Managing {
    @Parameters(paramLabel = "CLIENT_ID", description = "The client that made the stream.")
    String clientId;
  }

  /** Lists streams. */
  @Command(
      name = "list",
      description = "Lists the streams, with how many events wait and were given up.")
  static final class ListAll extends Managing {
    @Override
    void manage(SignalsAdmin signals)
        throws AuthorityAdmin.RefusedException, IOException, InterruptedException {
      List<JsonObject> streams = signals.list();
      Table table =
          new Table(
              1000, List.of("CLIENT", "TENANT", "STATUS", "WAITING", "GIVEN UP", "LAST ERROR"));
      for (JsonObject one : streams) {
        table.row(
            List.of(
                text(one, "client_id"),
                text(one, "tenant"),
                text(one, "status"),
                text(one, "waiting"),
                text(one, "dead"),
                text(one, "error")));
      }
      print(
          JsonObject.builder().put("streams", streams).build(),
          streams.isEmpty()
              ? "No client has a stream. To make one, see docs/integrate/shared-signals.md"
              : table.toString());
    }
  }

  /** Shows one stream. */
  @Command(name = "show", description = "Shows a stream, and the events that were given up.")
  static final class Show extends ManagingOne {
    @Override
    void manage(SignalsAdmin signals)
        throws AuthorityAdmin.RefusedException, IOException, InterruptedException {
      JsonObject shown = signals.show(clientId);
      Table table = new Table(1000, List.of("GIVEN UP", "HAPPENED AT", "ERROR"));
      List<?> dead = shown.get("dead") instanceof List<?> all ? all : List.of();
      for (Object one : dead) {
        JsonObject event = (JsonObject) one;
        table.row(List.of(text(event, "type"), text(event, "at"), text(event, "error")));
      }
      print(
          shown,
          "The stream of "
              + clientId
              + " goes to "
              + text(shown, "endpoint")
              + ".\n"
              + (dead.isEmpty()
                  ? "No event was given up."
                  : table + "To send them again, run: counterfoil signals retry " + clientId));
    }
  }

  /** Sends again. */
  @Command(name = "retry", description = "Sends the events of a stream again that were given up.")
  static final class Retry extends ManagingOne {
    @Override
    void manage(SignalsAdmin signals)
        throws AuthorityAdmin.RefusedException, IOException, InterruptedException {
      long count = signals.retry(clientId);
      print(
          JsonObject.builder().put("count", count).build(),
          count == 1 ? "1 event is sent again." : count + " events are sent again.");
    }
  }
}
