package dev.counterfoil.authority.clients;

import dev.counterfoil.directory.database.OpenTables;
import dev.counterfoil.directory.database.TablePlace;
import dev.counterfoil.directory.database.TableSet;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.format.bytes.StrictJson;
import dev.counterfoil.format.keys.GroupHandle;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.Jdbi;
import org.jdbi.v3.core.statement.PreparedBatch;
import org.jspecify.annotations.Nullable;

/**
 * The clients of one domain in their tables, every change synced before it is answered. Read as a
 * whole at start and after each change; no request for a token comes here.
 */
public final class ClientStore implements AutoCloseable {
  /** Its tables. */
  public static final TableSet TABLES =
      new TableSet("clients", "dev/counterfoil/authority/clients", Set.of("client_revision"));

  /** Most clients of a domain, since all of them stand in memory. */
  public static final int CLIENTS_MAX = 100_000;

  /** The name under which the uses of a client itself are kept, beside those of its credentials. */
  static final String ITSELF = "";

  private static final int REGISTRATION_BYTES_MAX = 128 * 1024;

  private final OpenTables tables;
  private final Jdbi jdbi;

  private record Row(
      String registration,
      @Nullable Hash secretMac,
      @Nullable Hash oldSecretMac,
      GroupHandle group,
      ClientStanding standing) {}

  private record UseRow(
      String clientId,
      Instant registeredAt,
      Instant changedAt,
      @Nullable String credential,
      Instant usedAt) {
    private static UseRow of(ResultSet results) throws SQLException {
      return new UseRow(
          results.getString("client_id"),
          Instant.ofEpochSecond(results.getLong("registered_at")),
          Instant.ofEpochSecond(results.getLong("changed_at")),
          results.getString("credential"),
          Instant.ofEpochSecond(results.getLong("used_at")));
    }
  }

  ClientStore(OpenTables tables) {
    this.tables = tables;
    this.jdbi = tables.jdbi();
  }

  /** Opens the tables, makes them where there are none, and brings their schema up to date. */
  static ClientStore open(TablePlace place) throws IOException {
    return new ClientStore(place.open(TABLES));
  }

  /** Rises with each change, by whichever program. */
  long revision() {
    return jdbi.withHandle(
        handle ->
            handle
                .createQuery("SELECT revision FROM client_revision")
                .map((results, context) -> results.getLong("revision"))
                .one());
  }

  /** Takes the next revision, in a change's transaction. */
  private static void change(Handle handle, long known) throws IOException {
    int changed =
        handle
            .createUpdate(
                "UPDATE client_revision SET revision = revision + 1 WHERE revision = :known")
            .bind("known", known)
            .execute();
    if (changed == 0) {
      throw new ClientsChangedException();
    }
  }

  /** Every client, in the order of their ids. */
  Map<String, Client> load() throws IOException {
    List<Row> rows =
        jdbi.withHandle(
            handle ->
                handle
                    .createQuery(
                        "SELECT registration, secret_mac, old_secret_mac, revocation_group, disabled,"
                            + " expires_at FROM client"
                            + " ORDER BY client_id")
                    .map((results, context) -> row(results))
                    .list());
    Map<String, Client> clients = new LinkedHashMap<>();
    for (Row row : rows) {
      try {
        ClientRegistration registration =
            ClientRegistration.parse(
                StrictJson.object(
                    row.registration.getBytes(StandardCharsets.UTF_8), REGISTRATION_BYTES_MAX));
        clients.put(
            registration.clientId(),
            new Client(registration, row.secretMac, row.oldSecretMac, row.group, row.standing));
      } catch (FormatException e) {
        throw new IOException("the client store holds a registration that is none", e);
      }
    }
    return clients;
  }

  private static Row row(ResultSet results) throws SQLException {
    long expiresAt = results.getLong("expires_at");
    Optional<Instant> expires =
        results.wasNull() ? Optional.empty() : Optional.of(Instant.ofEpochSecond(expiresAt));
    return new Row(
        results.getString("registration"),
        hash(results.getBytes("secret_mac")),
        hash(results.getBytes("old_secret_mac")),
        GroupHandle.of(results.getBytes("revocation_group")),
        new ClientStanding(results.getBoolean("disabled"), expires));
  }

  private static @Nullable Hash hash(byte @Nullable [] mac) {
    return mac == null ? null : Hash.of(mac);
  }

  /**
   * Puts a client in, or in the place of the one with its id.
   *
   * @param revision from which the change was made
   * @param pending what is to be revoked because of that; null for nothing
   */
  void put(Client client, Instant now, @Nullable PendingRevocation pending, long revision)
      throws IOException {
    jdbi.useTransaction(
        handle -> {
          change(handle, revision);
          handle
              .createUpdate(
                  "INSERT INTO client (client_id, registration, secret_mac, old_secret_mac,"
                      + " revocation_group, disabled, expires_at, registered_at, changed_at)"
                      + " VALUES (:id, :registration, :mac, :old, :group, :disabled, :expires,"
                      + " :now, :now)"
                      + " ON CONFLICT (client_id) DO UPDATE SET registration = :registration,"
                      + " secret_mac = :mac, old_secret_mac = :old, revocation_group = :group,"
                      + " disabled = :disabled, expires_at = :expires, changed_at = :now")
              .bind("id", client.id())
              .bind("registration", client.registration().toJson().toString())
              .bind("mac", client.secretMac().map(Hash::bytes).orElse(null))
              .bind("old", client.oldSecretMac().map(Hash::bytes).orElse(null))
              .bind("disabled", client.standing().disabled() ? 1 : 0)
              .bind(
                  "expires",
                  client.standing().expiresAt().map(Instant::getEpochSecond).orElse(null))
              .bind("group", client.group().bytes())
              .bind("now", now.getEpochSecond())
              .execute();
          handle
              .createUpdate(
                  "DELETE FROM client_use WHERE client_id = :id AND credential NOT IN (<kept>)")
              .bind("id", client.id())
              .bindList(
                  "kept",
                  Stream.concat(
                          Stream.of(ITSELF),
                          client.credentials().stream().map(Client.Credential::name))
                      .toList())
              .execute();
          if (pending != null) {
            keep(handle, pending);
          }
        });
  }

  /** Since when uses are counted: from the first time that this is asked for. */
  Instant usesSince(Instant now) {
    return jdbi.inTransaction(
        handle -> {
          handle
              .createUpdate("UPDATE client_revision SET uses_since = :now WHERE uses_since IS NULL")
              .bind("now", now.getEpochSecond())
              .execute();
          return handle
              .createQuery("SELECT uses_since FROM client_revision")
              .map((results, context) -> Instant.ofEpochSecond(results.getLong("uses_since")))
              .one();
        });
  }

  /**
   * Keeps when credentials were used, in one transaction. Another authority's later time stays, and
   * of a client that is gone nothing is kept.
   */
  void used(Map<ClientUses.Use, Instant> times) {
    jdbi.useTransaction(
        handle -> {
          PreparedBatch batch =
              handle.prepareBatch(
                  "INSERT INTO client_use (client_id, credential, used_at)"
                      + " SELECT :id, :credential, :at"
                      + " WHERE EXISTS (SELECT 1 FROM client WHERE client_id = :id)"
                      + " ON CONFLICT (client_id, credential) DO UPDATE SET used_at = :at"
                      + " WHERE client_use.used_at < :at");
          times.forEach(
              (use, at) -> {
                // A public client has no credential but itself.
                for (String credential : Stream.of(ITSELF, use.credential()).distinct().toList()) {
                  batch
                      .bind("id", use.clientId())
                      .bind("credential", credential)
                      .bind("at", at.getEpochSecond())
                      .add();
                }
              });
          batch.execute();
        });
  }

  /**
   * What is known of the clients from one id to another, both included.
   *
   * @return by their ids
   */
  Map<String, ClientUses.Known> uses(String first, String last) {
    Map<String, ClientUses.Known> known = new HashMap<>();
    for (UseRow row :
        jdbi.withHandle(
            handle ->
                handle
                    .createQuery(
                        "SELECT client_id, registered_at, changed_at, credential, used_at"
                            + " FROM client LEFT JOIN client_use USING (client_id)"
                            + " WHERE client_id BETWEEN :first AND :last")
                    .bind("first", first)
                    .bind("last", last)
                    .map((results, context) -> UseRow.of(results))
                    .list())) {
      ClientUses.Known client =
          known.computeIfAbsent(
              row.clientId,
              id -> new ClientUses.Known(row.registeredAt, row.changedAt, new HashMap<>()));
      if (row.credential != null) {
        client.usedAt().put(row.credential, row.usedAt);
      }
    }
    return known;
  }

  /** Takes a client out, and keeps what is to be revoked because of that. */
  void remove(String clientId, PendingRevocation pending, long revision) throws IOException {
    jdbi.useTransaction(
        handle -> {
          change(handle, revision);
          handle
              .createUpdate("DELETE FROM client WHERE client_id = :id")
              .bind("id", clientId)
              .execute();
          keep(handle, pending);
        });
  }

  private static void keep(Handle handle, PendingRevocation pending) {
    handle
        .createUpdate(
            "INSERT INTO pending_revocation (revocation_group, before) VALUES (:group, :before)"
                + " ON CONFLICT (revocation_group) DO UPDATE SET before = :before")
        .bind("group", pending.group().bytes())
        .bind("before", pending.before().getEpochSecond())
        .execute();
  }

  /** What is to be revoked still. */
  List<PendingRevocation> pending() {
    return jdbi.withHandle(
        handle ->
            handle
                .createQuery("SELECT revocation_group, before FROM pending_revocation")
                .map(
                    (results, context) ->
                        new PendingRevocation(
                            GroupHandle.of(results.getBytes("revocation_group")),
                            Instant.ofEpochSecond(results.getLong("before"))))
                .list());
  }

  /** It is revoked. */
  void revoked(PendingRevocation pending) {
    jdbi.useTransaction(
        handle ->
            handle
                .createUpdate("DELETE FROM pending_revocation WHERE revocation_group = :group")
                .bind("group", pending.group().bytes())
                .execute());
  }

  @Override
  public void close() {
    tables.close();
  }
}
