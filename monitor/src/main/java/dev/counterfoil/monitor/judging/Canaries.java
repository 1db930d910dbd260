package dev.counterfoil.monitor.judging;

import dev.counterfoil.format.bytes.JsonObject;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import org.jdbi.v3.core.Jdbi;

/**
 * Which keys are decoys. Their private halves lie where a thief would look; nobody else is told
 * which of the withdrawn keys of the key log they are.
 */
public final class Canaries {
  /** Most decoys that are watched: more would hide no better. */
  public static final int COUNT_MAX = 1_000;

  /** Longest note, in characters. */
  public static final int NOTE_MAX = 256;

  private final Jdbi database;
  private final Map<String, Canary> canaries = new ConcurrentHashMap<>();

  /**
   * A decoy.
   *
   * @param kid its thumbprint
   * @param domain the trust domain whose key it seems to be
   * @param note where it was planted, in its owner's words
   * @param madeAt when the monitor was told
   */
  public record Canary(String kid, String domain, String note, Instant madeAt) {
    JsonObject toJson() {
      return JsonObject.builder()
          .put("type", "canary")
          .put("kid", kid)
          .put("domain", domain)
          .put("note", note)
          .put("made_ms", madeAt.toEpochMilli())
          .build();
    }
  }

  public Canaries(Jdbi database) {
    this.database = database;
    database.useHandle(
        handle ->
            handle
                .createQuery("SELECT kid, domain, note, made_ms FROM canaries")
                .map(
                    (row, context) ->
                        new Canary(
                            row.getString("kid"),
                            row.getString("domain"),
                            row.getString("note"),
                            Instant.ofEpochMilli(row.getLong("made_ms"))))
                .forEach(canary -> canaries.put(canary.kid(), canary)));
  }

  /** The decoy of a thumbprint. */
  Optional<Canary> find(String kid) {
    return Optional.ofNullable(canaries.get(kid));
  }

  /** Watches one more; durable when it returns. Gives whether there is room. */
  public boolean watch(Canary canary) {
    if (canaries.size() >= COUNT_MAX || canary.note().length() > NOTE_MAX) {
      return false;
    }
    database.useHandle(
        handle ->
            handle.execute(
                "INSERT INTO canaries (kid, domain, note, made_ms) VALUES (?, ?, ?, ?)"
                    + " ON CONFLICT (kid) DO NOTHING",
                canary.kid(),
                canary.domain(),
                canary.note(),
                canary.madeAt().toEpochMilli()));
    canaries.putIfAbsent(canary.kid(), canary);
    return true;
  }

  /** All of a domain. */
  public List<JsonObject> toJson(String domain) {
    return new TreeMap<>(canaries)
        .values().stream()
            .filter(canary -> canary.domain().equals(domain))
            .map(Canary::toJson)
            .toList();
  }
}
