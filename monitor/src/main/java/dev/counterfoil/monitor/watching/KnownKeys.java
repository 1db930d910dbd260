package dev.counterfoil.monitor.watching;

import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.StrictJson;
import dev.counterfoil.format.keys.KeyStatement;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.jdbi.v3.core.Jdbi;

/** Every key that any domain ever stated, over restarts. */
public final class KnownKeys {
  private static final int STATEMENT_BYTES_MAX = 64 * 1024;

  private final Jdbi database;
  private final Map<String, KnownKey> keys = new ConcurrentHashMap<>();

  public KnownKeys(Jdbi database) {
    this.database = database;
    List<KnownKey> stored =
        database.withHandle(
            handle ->
                handle
                    .createQuery("SELECT domain, statement FROM known_keys")
                    .map(
                        (row, context) ->
                            new KnownKey(
                                row.getString("domain"), parse(row.getString("statement"))))
                    .list());
    stored.forEach(key -> keys.put(key.statement().kid(), key));
  }

  private static KeyStatement parse(String json) {
    try {
      return KeyStatement.parse(
          StrictJson.object(json.getBytes(StandardCharsets.UTF_8), STATEMENT_BYTES_MAX));
    } catch (FormatException e) {
      throw new IllegalStateException("table known_keys is damaged", e);
    }
  }

  public Optional<KnownKey> find(String kid) {
    return Optional.ofNullable(keys.get(kid));
  }

  /** Remembers a statement of a verified key set. */
  void remember(KnownKey key) {
    if (key.equals(keys.put(key.statement().kid(), key))) {
      return;
    }
    database.useHandle(
        handle ->
            handle
                .createUpdate(
                    "INSERT INTO known_keys (kid, domain, statement)"
                        + " VALUES (:kid, :domain, :statement)"
                        + " ON CONFLICT (kid) DO UPDATE"
                        + " SET domain = excluded.domain, statement = excluded.statement")
                .bind("kid", key.statement().kid())
                .bind("domain", key.domain())
                .bind("statement", key.statement().toJson().canonical())
                .execute());
  }
}
