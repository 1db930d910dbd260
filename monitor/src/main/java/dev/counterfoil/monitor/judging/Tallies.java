package dev.counterfoil.monitor.judging;

import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.word.Sighting;
import dev.counterfoil.verifier.RefusalCode;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.statement.StatementContext;

/**
 * What anybody can make up by the million: tokens that were refused, and that no key had signed.
 * They are counted by key, refusal and minute, with some of those who presented them, so that a
 * flood costs a few rows a minute and not one a token. What a key has signed, or a service has let
 * in, is never counted here: each of these is a row of its own, since findings hang on it.
 *
 * <p>A refusal for the signature is counted when it is received. Every other sighting is matched
 * first, and counted where nothing came of it.
 */
final class Tallies {
  /** Most rows of a domain in a minute; what is left is counted together, in one row more. */
  static final int ROWS_OF_MINUTE_MAX = 64;

  private static final String OTHER = "other";

  private static final Set<String> CODES =
      Arrays.stream(RefusalCode.values()).map(RefusalCode::text).collect(Collectors.toSet());

  /**
   * What is counted together.
   *
   * @param domain of who reported it: nobody else is told
   * @param kid the key; empty where no domain stated it
   * @param outcome the code of the refusal, or {@code other}
   */
  private record Key(long minuteMillis, String domain, String kid, String outcome) {
    private Key others() {
      return new Key(minuteMillis, domain, "", OTHER);
    }
  }

  /** Tallies that are added up in memory, to be written together. */
  static final class Sum {
    private final Map<Key, RefusedTally> tallies = new HashMap<>();

    /** Adds a sighting. */
    void add(String client, Instant receivedAt, Sighting sighting) {
      Key key =
          new Key(
              receivedAt.truncatedTo(ChronoUnit.MINUTES).toEpochMilli(),
              domain(client),
              sighting.token().kid() == null ? "" : sighting.token().kid(),
              CODES.contains(sighting.outcome()) ? sighting.outcome() : OTHER);
      tallies.merge(key, RefusedTally.of(client, receivedAt, sighting), RefusedTally::plus);
    }

    /** Who reports is called by his domain, a slash and his own name. */
    private static String domain(String client) {
      return client.substring(0, Math.max(0, client.indexOf('/')));
    }
  }

  private Tallies() {}

  /** Whether nobody let it in, and nothing shows that a key has signed it. */
  static boolean isMadeUp(Sighting sighting) {
    return !sighting.isAccepted()
        && !sighting.isUnrecorded()
        && !sighting.signed()
        && sighting.evidence() == null
        // Looked up after the signature was found to be good.
        && !sighting.outcome().equals(RefusalCode.DIGEST_UNKNOWN.text());
  }

  /** Whether its verifier looked, and the key that it names has not signed it: it is no token. */
  static boolean isSignedByNobody(Sighting sighting) {
    return isMadeUp(sighting) && sighting.outcome().equals(RefusalCode.SIGNATURE.text());
  }

  /** Writes, within the caller's transaction. */
  static void write(Handle handle, Sum sum) {
    Map<Key, RefusedTally> ofKnownKeys = new HashMap<>();
    sum.tallies.forEach(
        (key, tally) -> ofKnownKeys.merge(withKnownKey(handle, key), tally, RefusedTally::plus));
    ofKnownKeys.forEach(
        (key, tally) -> {
          Optional<RefusedTally> kept = find(handle, key);
          if (kept.isPresent() || rows(handle, key) < ROWS_OF_MINUTE_MAX) {
            put(handle, key, kept.map(before -> before.plus(tally)).orElse(tally));
          } else {
            Key others = key.others();
            put(
                handle,
                others,
                find(handle, others).map(before -> before.plus(tally)).orElse(tally));
          }
        });
  }

  /** Made-up tokens name made-up keys, each another. */
  private static Key withKnownKey(Handle handle, Key key) {
    boolean isKnown =
        handle
            .createQuery("SELECT EXISTS (SELECT 1 FROM known_keys WHERE kid = :kid)")
            .bind("kid", key.kid())
            .mapTo(Boolean.class)
            .one();
    return isKnown ? key : new Key(key.minuteMillis(), key.domain(), "", key.outcome());
  }

  private static int rows(Handle handle, Key key) {
    return handle
        .createQuery("SELECT count(*) FROM tallies WHERE minute_ms = :minute AND domain = :domain")
        .bind("minute", key.minuteMillis())
        .bind("domain", key.domain())
        .mapTo(int.class)
        .one();
  }

  private static Optional<RefusedTally> find(Handle handle, Key key) {
    return handle
        .createQuery(
            "SELECT * FROM tallies WHERE minute_ms = :minute AND domain = :domain AND kid = :kid"
                + " AND outcome = :outcome")
        .bind("minute", key.minuteMillis())
        .bind("domain", key.domain())
        .bind("kid", key.kid())
        .bind("outcome", key.outcome())
        .map(Tallies::tally)
        .findOne();
  }

  private static RefusedTally tally(ResultSet row, StatementContext context) throws SQLException {
    return new RefusedTally(
        row.getLong("count"),
        Instant.ofEpochMilli(row.getLong("first_ms")),
        Instant.ofEpochMilli(row.getLong("last_ms")),
        RefusedTally.presenters(row.getString("presenters")));
  }

  private static void put(Handle handle, Key key, RefusedTally tally) {
    handle
        .createUpdate(
            "INSERT OR REPLACE INTO tallies"
                + " (minute_ms, domain, kid, outcome, count, first_ms, last_ms, presenters) VALUES"
                + " (:minute, :domain, :kid, :outcome, :count, :first, :last, :presenters)")
        .bind("minute", key.minuteMillis())
        .bind("domain", key.domain())
        .bind("kid", key.kid())
        .bind("outcome", key.outcome())
        .bind("count", tally.count())
        .bind("first", tally.first().toEpochMilli())
        .bind("last", tally.last().toEpochMilli())
        .bind(
            "presenters",
            JsonObject.builder().put("presenters", tally.presentersJson()).build().toString())
        .execute();
  }

  /** Forgets those of minutes before an instant, within the caller's transaction. */
  static void forget(Handle handle, Instant before) {
    handle
        .createUpdate("DELETE FROM tallies WHERE minute_ms < :before")
        .bind("before", before.toEpochMilli())
        .execute();
  }

  /**
   * What was presented under a key, by refusal, as far back as sightings are kept.
   *
   * @param fence the one domain whose reporters count; empty for all
   */
  static Map<String, RefusedTally> ofKey(Handle handle, String kid, Optional<String> fence) {
    Map<String, RefusedTally> byOutcome = new TreeMap<>();
    handle
        .createQuery(
            "SELECT * FROM tallies WHERE kid = :kid AND (:fence IS NULL OR domain = :fence)"
                + " ORDER BY outcome, minute_ms")
        .bind("kid", kid)
        .bind("fence", fence.orElse(null))
        .map((row, context) -> Map.entry(row.getString("outcome"), tally(row, context)))
        .forEach(entry -> byOutcome.merge(entry.getKey(), entry.getValue(), RefusedTally::plus));
    return byOutcome;
  }
}
