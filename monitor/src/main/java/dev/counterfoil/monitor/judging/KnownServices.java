package dev.counterfoil.monitor.judging;

import dev.counterfoil.custodian.following.LogFollower;
import dev.counterfoil.custodian.held.HeldToken;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.word.Sighting;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jdbi.v3.core.Jdbi;
import org.jdbi.v3.core.statement.PreparedBatch;

/**
 * Who takes tokens of a domain, as far as anything shows it: audiences in counterfoils, services in
 * sightings. Those of them that no process names in its acknowledgement are unknown: nobody can say
 * which keys they take.
 *
 * <p>Counterfoils are looked at as they come, at most {@link #LOOKS_PER_SECOND} of them: a busy
 * audience is seen at once, a rare one soon, and the cost stays the same.
 */
public final class KnownServices {
  /** Most counterfoils that are looked into in a second. */
  static final int LOOKS_PER_SECOND = 100;

  /** Most names of a domain and source. */
  static final int NAMES_MAX = 2_000;

  /** A name that nothing shows for so long is forgotten. */
  public static final Duration KEPT_FOR = Duration.ofDays(30);

  /** Written again only when it is this much newer. */
  public static final Duration WRITTEN_EVERY = Duration.ofHours(1);

  /** Where a name is known from. */
  public enum Source {
    /** Tokens were issued for it. */
    AUDIENCE,
    /** It reported a sighting. */
    SERVICE;

    String text() {
      return name().toLowerCase(java.util.Locale.ROOT);
    }

    static Source of(String text) {
      return text.equals("audience") ? AUDIENCE : SERVICE;
    }
  }

  private record Known(String domain, Source source, String name) {}

  private final Jdbi database;
  private final InstantSource clock;
  private final Map<Known, Instant> names = new HashMap<>();
  private final Set<Known> unwritten = new HashSet<>();
  private Instant second = Instant.EPOCH;
  private int looks;

  public KnownServices(Jdbi database, InstantSource clock) {
    this.database = database;
    this.clock = clock;
    database.useHandle(
        handle ->
            handle
                .createQuery("SELECT domain, source, name, last_ms FROM known_services")
                .map(
                    (row, context) ->
                        Map.entry(
                            new Known(
                                row.getString("domain"),
                                Source.of(row.getString("source")),
                                row.getString("name")),
                            Instant.ofEpochMilli(row.getLong("last_ms"))))
                .forEach(entry -> names.put(entry.getKey(), entry.getValue())));
  }

  /** A service spoke, or a token was issued for an audience. */
  public synchronized void seen(String domain, Source source, String name) {
    Known known = new Known(domain, source, name);
    Instant now = clock.instant();
    Instant before = names.get(known);
    if (before == null
        && names.keySet().stream()
                .filter(k -> k.domain().equals(domain) && k.source() == source)
                .count()
            >= NAMES_MAX) {
      return;
    }
    if (before == null || now.isAfter(before.plus(WRITTEN_EVERY))) {
      names.put(known, now);
      unwritten.add(known);
    }
  }

  /** Counterfoils came to be held: some of them are looked into. */
  public void issued(LogFollower follower, long from, long to) throws IOException {
    long count = to - from;
    int share = share(count);
    for (int i = 0; i < share; i++) {
      Optional<HeldToken> token = follower.custody().held().counterfoil(from + count * i / share);
      if (token.isPresent()) {
        for (String audience : token.get().audiences()) {
          seen(follower.domain(), Source.AUDIENCE, audience);
        }
      }
    }
  }

  private synchronized int share(long count) {
    Instant now = clock.instant();
    if (now.isAfter(second.plusSeconds(1)) || now.isBefore(second)) {
      second = now;
      looks = 0;
    }
    int share = (int) Math.min(count, LOOKS_PER_SECOND - looks);
    looks += share;
    return share;
  }

  /** Sightings came: the services that took a token are named there. */
  public void seen(String domain, SightingBatch batch) {
    for (Sighting sighting : batch.sightings()) {
      // One that refuses is not shown to take any: operators check tokens under made-up names.
      if (sighting.isAccepted() || sighting.isUnrecorded()) {
        seen(domain, Source.SERVICE, sighting.use().service());
      }
    }
  }

  /** Lines about a domain's names. */
  public synchronized List<JsonObject> toJson(String domain) {
    return names.entrySet().stream()
        .filter(entry -> entry.getKey().domain().equals(domain))
        .sorted(
            Map.Entry.comparingByKey(
                java.util.Comparator.comparing(Known::source).thenComparing(Known::name)))
        .map(
            entry ->
                JsonObject.builder()
                    .put("type", entry.getKey().source().text())
                    .put("name", entry.getKey().name())
                    .put("last_ms", entry.getValue().toEpochMilli())
                    .build())
        .toList();
  }

  /** Writes what is new, and forgets what is old. */
  public void flush(Instant now) {
    Map<Known, Instant> changed = new HashMap<>();
    Set<Known> gone = new HashSet<>();
    synchronized (this) {
      names.forEach(
          (known, last) -> {
            if (now.isAfter(last.plus(KEPT_FOR))) {
              gone.add(known);
            }
          });
      gone.forEach(names::remove);
      for (Known known : unwritten) {
        Instant last = names.get(known);
        if (last != null) {
          changed.put(known, last);
        }
      }
      unwritten.clear();
    }
    if (changed.isEmpty() && gone.isEmpty()) {
      return;
    }
    database.useTransaction(
        handle -> {
          PreparedBatch batch =
              handle.prepareBatch(
                  "INSERT INTO known_services (domain, source, name, last_ms) VALUES (?, ?, ?, ?)"
                      + " ON CONFLICT (domain, source, name) DO UPDATE"
                      + " SET last_ms = excluded.last_ms");
          changed.forEach(
              (known, last) ->
                  batch
                      .bind(0, known.domain())
                      .bind(1, known.source().text())
                      .bind(2, known.name())
                      .bind(3, last.toEpochMilli())
                      .add());
          if (batch.size() > 0) {
            batch.execute();
          }
          for (Known known : gone) {
            handle.execute(
                "DELETE FROM known_services WHERE domain = ? AND source = ? AND name = ?",
                known.domain(),
                known.source().text(),
                known.name());
          }
        });
  }
}
