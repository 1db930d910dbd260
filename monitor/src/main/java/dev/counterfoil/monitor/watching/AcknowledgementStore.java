package dev.counterfoil.monitor.watching;

import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.bytes.StrictJson;
import dev.counterfoil.format.word.Acknowledgement;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jdbi.v3.core.Jdbi;
import org.jdbi.v3.core.statement.PreparedBatch;

/**
 * The last word of each process that verifies tokens. Kept in memory and written behind: in an
 * emergency a thousand of them speak in the same second, and a commit for each would make the
 * operator wait; what a crash loses is said again within half a minute.
 */
public final class AcknowledgementStore {
  /** Who was not heard for so long is silent: three times the longest time between two words. */
  static final Duration SILENT_AFTER = Duration.ofSeconds(90);

  /** Who was not heard for so long is no more: processes come and go under new names. */
  static final Duration FORGOTTEN_AFTER = Duration.ofDays(1);

  /** Most processes of one client; past it the one that was not heard for the longest time goes. */
  static final int INSTANCES_MAX = 5_000;

  private static final System.Logger LOG = System.getLogger(AcknowledgementStore.class.getName());

  /**
   * One process's last word.
   *
   * @param client the OAuth client, {@code domain/client_id}
   * @param said what it said
   * @param heardAt when, by this clock
   * @param revision grows with each word of anybody
   */
  public record Kept(String client, Acknowledgement said, Instant heardAt, long revision) {
    boolean isSilent(Instant now) {
      return now.isAfter(heardAt.plus(SILENT_AFTER));
    }

    public JsonObject toJson(Instant now) {
      return JsonObject.builder()
          .put("type", "instance")
          .put("client", client)
          .put("heard_at_ms", heardAt.toEpochMilli())
          .put("silent", isSilent(now))
          .put("said", said.toJson())
          .build();
    }
  }

  private record Instance(String client, String instance) {}

  private final Jdbi database;
  private final Map<Instance, Kept> kept = new HashMap<>();
  private final Map<String, Integer> ofClient = new HashMap<>();
  private final Set<Instance> unwritten = new HashSet<>();
  private long revision;

  public AcknowledgementStore(Jdbi database) {
    this.database = database;
    database
        .withHandle(
            handle ->
                handle
                    .createQuery("SELECT client, heard_ms, json FROM acknowledgements")
                    .map(
                        (row, context) ->
                            parse(
                                row.getString("client"),
                                Instant.ofEpochMilli(row.getLong("heard_ms")),
                                row.getString("json")))
                    .list())
        .forEach(read -> read.ifPresent(this::put));
  }

  private static Optional<Kept> parse(String client, Instant heardAt, String json) {
    try {
      byte[] utf8 = json.getBytes(StandardCharsets.UTF_8);
      Acknowledgement said =
          Acknowledgement.parse(StrictJson.object(utf8, Acknowledgement.BYTES_MAX));
      return Optional.of(new Kept(client, said, heardAt, 0));
    } catch (FormatException e) {
      // Of another version: it is said again.
      LOG.log(System.Logger.Level.DEBUG, "an acknowledgement of {0}: {1}", client, e.getMessage());
      return Optional.empty();
    }
  }

  private void put(Kept fresh) {
    Instance instance = new Instance(fresh.client(), fresh.said().instance());
    if (kept.put(instance, fresh) == null) {
      ofClient.merge(fresh.client(), 1, Integer::sum);
    }
  }

  private void remove(Instance instance) {
    if (kept.remove(instance) != null) {
      ofClient.merge(instance.client(), -1, Integer::sum);
      unwritten.add(instance);
    }
  }

  /** Takes a process's word. */
  public synchronized void take(String client, Acknowledgement said, Instant now) {
    Instance instance = new Instance(client, said.instance());
    if (said.leaving()) {
      remove(instance);
      return;
    }
    if (!kept.containsKey(instance) && ofClient.getOrDefault(client, 0) >= INSTANCES_MAX) {
      kept.entrySet().stream()
          .filter(entry -> entry.getKey().client().equals(client))
          .min(Comparator.comparing(entry -> entry.getValue().heardAt()))
          .map(Map.Entry::getKey)
          .ifPresent(this::remove);
    }
    put(new Kept(client, said, now, ++revision));
    unwritten.add(instance);
  }

  /** The words on a domain that came after a revision, oldest first. */
  public synchronized List<Kept> since(String domain, long after) {
    return kept.values().stream()
        .filter(one -> one.said().domain().equals(domain) && one.revision() > after)
        .sorted(Comparator.comparingLong(Kept::revision))
        .toList();
  }

  /** All words. */
  public synchronized List<Kept> all() {
    return List.copyOf(kept.values());
  }

  public synchronized long revision() {
    return revision;
  }

  /** Forgets who is no more, and writes what changed. */
  public void flush(Instant now) {
    Map<Instance, Optional<Kept>> changed = new HashMap<>();
    synchronized (this) {
      List<Instance> gone = new ArrayList<>();
      kept.forEach(
          (instance, one) -> {
            if (now.isAfter(one.heardAt().plus(FORGOTTEN_AFTER))) {
              gone.add(instance);
            }
          });
      gone.forEach(this::remove);
      unwritten.forEach(i -> changed.put(i, Optional.ofNullable(kept.get(i))));
      unwritten.clear();
    }
    if (changed.isEmpty()) {
      return;
    }
    database.useTransaction(
        handle -> {
          PreparedBatch written =
              handle.prepareBatch(
                  "INSERT INTO acknowledgements (client, instance, heard_ms, json)"
                      + " VALUES (?, ?, ?, ?) ON CONFLICT (client, instance) DO UPDATE"
                      + " SET heard_ms = excluded.heard_ms, json = excluded.json");
          PreparedBatch removed =
              handle.prepareBatch("DELETE FROM acknowledgements WHERE client = ? AND instance = ?");
          changed.forEach(
              (instance, one) -> {
                if (one.isPresent()) {
                  written
                      .bind(0, instance.client())
                      .bind(1, instance.instance())
                      .bind(2, one.get().heardAt().toEpochMilli())
                      .bind(3, one.get().said().toJson().toString())
                      .add();
                } else {
                  removed.bind(0, instance.client()).bind(1, instance.instance()).add();
                }
              });
          if (written.size() > 0) {
            written.execute();
          }
          if (removed.size() > 0) {
            removed.execute();
          }
        });
  }
}
