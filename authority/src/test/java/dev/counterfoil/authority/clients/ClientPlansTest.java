package dev.counterfoil.authority.clients;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterfoil.directory.database.OpenTables;
import dev.counterfoil.directory.database.PostgresServer;
import dev.counterfoil.directory.database.QueryPlans;
import dev.counterfoil.directory.database.TablePlace;
import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.format.keys.GroupHandle;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a statement about one client costs does not grow with the clients of others. */
class ClientPlansTest {
  /** Statements that may read a whole table, and why. */
  private static final List<String> MAY_SCAN =
      List.of(
          // One row.
          "SELECT revision FROM client_revision",
          "UPDATE client_revision SET revision = revision + 1 WHERE revision = ?",
          "UPDATE client_revision SET uses_since = ? WHERE uses_since IS NULL",
          "SELECT uses_since FROM client_revision",
          // All clients stand in memory: read at start and after a change by another.
          "SELECT registration, secret_mac, old_secret_mac, revocation_group, disabled,"
              + " expires_at FROM client ORDER BY client_id",
          // All that waits, and what was revoked is deleted.
          "SELECT revocation_group, before FROM pending_revocation");

  @TempDir
  @SuppressWarnings("NullAway.Init") // injected
  private Path folder;

  @Test
  void eachStatementIsBoundByAnIndexInSqlite() throws Exception {
    boundByAnIndex(new TablePlace.File(folder.resolve("clients.db")));
  }

  @Test
  void eachStatementIsBoundByAnIndexInPostgresql() throws Exception {
    boundByAnIndex(QueryPlans.withoutSequentialScans(PostgresServer.shared()));
  }

  private static void boundByAnIndex(TablePlace place) throws Exception {
    try (OpenTables tables = place.open(ClientStore.TABLES)) {
      QueryPlans plans = new QueryPlans("dev.counterfoil.authority.clients");
      tables.jdbi().setSqlLogger(plans);
      ClientStore store = new ClientStore(tables);
      GroupHandle group = GroupHandle.of(new byte[GroupHandle.BYTES]);
      PendingRevocation pending = new PendingRevocation(group, Instant.EPOCH);
      Client client =
          new Client(
              ClientRegistration.withSecret("app", "acme", List.of(), List.of()),
              Hash.of(new byte[32]),
              group);
      store.put(client, Instant.EPOCH, pending, store.revision());
      store.load();
      store.usesSince(Instant.EPOCH);
      store.used(Map.of(new ClientUses.Use("app", "secret"), Instant.EPOCH));
      store.uses("a", "b");
      store.remove("app", pending, store.revision());
      store.pending().forEach(store::revoked);
      assertThat(plans.sourcesWithUnseen()).isEmpty();
      assertThat(plans.scanned().keySet()).containsExactlyInAnyOrderElementsOf(MAY_SCAN);
    }
  }
}
