package dev.counterfoil.authority;

import dev.counterfoil.authority.clients.ClientStore;
import dev.counterfoil.authority.settings.AuthorityConfiguration.Domain;
import dev.counterfoil.authority.settings.PeopleEntry;
import dev.counterfoil.authority.settings.PostgresEntry;
import dev.counterfoil.directory.Directory;
import dev.counterfoil.directory.database.TableMove;
import dev.counterfoil.directory.database.TablePlace;
import dev.counterfoil.signals.sending.Streams;
import dev.counterfoil.signerprotocol.SignerClient;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Moves clients, people and the events that wait for receivers from a domain's files into its
 * PostgreSQL, while its authority is stopped: see {@link TableMove}.
 */
public final class DirectoryMove {
  private static final Duration CONNECT_TIME_MAX = Duration.ofSeconds(1);

  private DirectoryMove() {}

  /**
   * Moves them.
   *
   * @param domain as it is configured from now on, with {@code postgresql}
   * @throws IllegalArgumentException when there is nothing to move, or nowhere to move it to
   * @throws IllegalStateException when the authority runs
   * @throws IOException when a side cannot be opened, or what was read back differs
   * @throws SQLException when a side fails
   */
  public static TableMove.Outcome move(Domain domain)
      throws IOException, SQLException, InterruptedException {
    PostgresEntry postgres =
        domain
            .postgresql()
            .orElseThrow(
                () ->
                    new IllegalArgumentException(
                        "domain " + domain.name() + " has no postgresql in the configuration"));
    if (isServed(domain)) {
      throw new IllegalStateException("the authority of domain " + domain.name() + " runs");
    }
    List<TableMove.Tables> all = new ArrayList<>();
    all.add(ClientStore.TABLES.in(present(domain.database())));
    Optional<PeopleEntry> people = domain.people();
    if (people.isPresent()) {
      all.add(Directory.TABLES.in(present(people.get().database())));
      Path signals = people.get().signals();
      if (Files.exists(signals)) {
        // There since the first authority that tells others of security events.
        all.add(Streams.TABLES.in(signals));
      }
    }
    return TableMove.move(all, (TablePlace.Server) postgres.place());
  }

  private static Path present(Path file) {
    if (!Files.exists(file)) {
      throw new IllegalArgumentException("there is no file " + file + " to move");
    }
    return file;
  }

  private static boolean isServed(Domain domain) throws InterruptedException {
    Path socket = domain.adminSocket().path();
    if (!Files.exists(socket)) {
      return false;
    }
    try (SignerClient client = new SignerClient(socket)) {
      long end = System.nanoTime() + CONNECT_TIME_MAX.toNanos();
      while (!client.isConnected() && System.nanoTime() < end) {
        Thread.sleep(10);
      }
      return client.isConnected();
    }
  }
}
