package dev.counterfoil.cli;

import dev.counterfoil.authority.DirectoryMove;
import dev.counterfoil.authority.settings.AuthorityConfiguration;
import dev.counterfoil.authority.settings.AuthorityConfiguration.Domain;
import dev.counterfoil.cli.command.CommandFailure;
import dev.counterfoil.cli.command.ExitCode;
import dev.counterfoil.cli.command.PrintingCommand;
import dev.counterfoil.cli.command.Table;
import dev.counterfoil.configuration.Configuration;
import dev.counterfoil.configuration.ConfigurationException;
import dev.counterfoil.directory.database.TableMove;
import dev.counterfoil.format.bytes.JsonObject;
import java.io.IOException;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Where people and clients are kept. */
@Command(
    name = "directory",
    mixinStandardHelpOptions = true,
    description = "Moves people and clients from SQLite files into PostgreSQL.",
    subcommands = DirectoryCommand.Move.class)
final class DirectoryCommand {
  private DirectoryCommand() {}

  /** Moves people and clients into PostgreSQL. */
  @Command(
      name = "move",
      description = {
        "Moves people and clients from SQLite files into PostgreSQL.",
        "Stop the authority first, and run it as the authority's user.",
        "Everything is moved, or nothing. The files stay as they are; delete them afterwards."
      })
  static final class Move extends PrintingCommand {
    @Option(
        names = "--config",
        required = true,
        paramLabel = "FILE",
        description = "The authority's configuration, which names postgresql already.")
    private Path config;

    @Option(
        names = "--domain",
        paramLabel = "NAME",
        description = "The trust domain (default: the only one).")
    private @Nullable String name;

    @Override
    public Integer call() throws InterruptedException {
      Domain domain = domain();
      TableMove.Outcome outcome;
      try {
        outcome = DirectoryMove.move(domain);
      } catch (IllegalArgumentException e) {
        throw CommandFailure.environment(e.getMessage() + ": check " + config);
      } catch (IllegalStateException e) {
        throw CommandFailure.environment(
            e.getMessage() + ". Stop it first: sudo systemctl stop counterfoil-authority");
      } catch (IOException | SQLException e) {
        throw CommandFailure.unavailable("nothing was moved: " + e.getMessage());
      }
      return switch (outcome) {
        case TableMove.Outcome.Done done -> {
          print(done);
          yield ExitCode.OK;
        }
        case TableMove.Outcome.Occupied occupied ->
            throw CommandFailure.environment(
                "the database has "
                    + occupied.rows()
                    + " rows in "
                    + occupied.table()
                    + ", and nothing was moved. Move into a database that no authority has used,"
                    + " or drop its schemas counterfoil_people, counterfoil_clients and"
                    + " counterfoil_signals");
      };
    }

    private void print(TableMove.Outcome.Done done) {
      Table table = new Table(1000, List.of("TABLE", "ROWS", "SHA-256"));
      for (TableMove.Moved one : done.tables()) {
        table.row(List.of(one.name(), Long.toString(one.rows()), one.sha256().toString()));
      }
      print(
          JsonObject.builder()
              .put("moved_before", done.before())
              .put(
                  "tables",
                  done.tables().stream()
                      .map(
                          one ->
                              JsonObject.builder()
                                  .put("name", one.name())
                                  .put("rows", one.rows())
                                  .put("sha256", one.sha256().toString())
                                  .build())
                      .toList())
              .build(),
          table
              + "\n"
              + (done.before()
                  ? "Everything was in PostgreSQL already, as it is in the files."
                  : "Moved, and read back the same. Start the authority.")
              + " The files are not used any more: keep them as a backup, or delete them.");
    }

    private Domain domain() {
      try {
        List<Domain> domains = Configuration.read(config, AuthorityConfiguration.class).domains();
        return domains.stream()
            .filter(one -> name == null ? domains.size() == 1 : one.name().equals(name))
            .findFirst()
            .orElseThrow(
                () ->
                    CommandFailure.environment(
                        "name one of the domains with --domain: "
                            + String.join(", ", domains.stream().map(Domain::name).toList())));
      } catch (ConfigurationException e) {
        throw CommandFailure.environment(String.valueOf(e.getMessage()));
      }
    }
  }
}
