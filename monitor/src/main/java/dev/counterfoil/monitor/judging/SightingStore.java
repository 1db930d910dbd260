package dev.counterfoil.monitor.judging;

import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.bytes.StrictJson;
import dev.counterfoil.format.word.Sighting;
import dev.counterfoil.monitor.database.DatabaseBudget;
import dev.counterfoil.monitor.database.DatabaseFullException;
import dev.counterfoil.monitor.findings.Finding;
import dev.counterfoil.monitor.findings.Finding.Kind;
import dev.counterfoil.monitor.findings.Finding.Severity;
import dev.counterfoil.monitor.findings.Finding.Subject;
import dev.counterfoil.monitor.findings.FindingStore;
import dev.counterfoil.monitor.findings.FindingsBegun;
import dev.counterfoil.monitor.findings.ProbeFindings;
import dev.counterfoil.monitor.findings.TokenStanding;
import dev.counterfoil.monitor.findings.TwoHistories;
import java.nio.charset.StandardCharsets;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.Jdbi;
import org.jdbi.v3.core.statement.PreparedBatch;
import org.jdbi.v3.core.statement.StatementContext;
import org.jspecify.annotations.Nullable;

/** Sightings: recorded before they are matched, and open until they are. */
public final class SightingStore {
  /**
   * Most batches that can be missing from one run of a reporter. A number further off begins
   * another run: reporters number their batches from the time at which they start.
   */
  private static final long GAP_MAX = 20;

  private static final int JSON_BYTES_MAX = 1 << 20;

  /** In the expressions of the index sightings_matched, from which alone it is answered. */
  static final String SIGHTED_BY_SERVICE =
      "SELECT json_extract(json, '$.service') AS service, COUNT(DISTINCT"
          + " coalesce(json_extract(json, '$.digest'), json_extract(json, '$.jti'), id)) AS tokens"
          + " FROM sightings WHERE kid = :kid AND state = 'matched'"
          + " GROUP BY json_extract(json, '$.service') LIMIT :most";

  private static final System.Logger LOG = System.getLogger(SightingStore.class.getName());

  /** Rows that are forgotten in one transaction where room is needed: others wait meanwhile. */
  private static final int FORGOTTEN_TOGETHER = 2_000;

  /** Transactions of one step. */
  private static final int FORGETTING_MAX = 50;

  /** How far the database is emptied where it was full. */
  private static final int EMPTIED_PERCENT = 95;

  /** Time between two looks for what can be forgotten where there was nothing. */
  static final Duration PAUSE_WITHOUT_ROOM = Duration.ofMinutes(1);

  /** From the index sightings_forgettable, so that no row is read which stays. */
  static final String FORGET_OLDEST =
      "DELETE FROM sightings WHERE id IN (SELECT id FROM sightings INDEXED BY"
          + " sightings_forgettable WHERE state IN ('matched', 'unmatched') ORDER BY id"
          + " LIMIT :most)";

  private final Jdbi database;
  private final FindingStore findings;
  private final DatabaseBudget budget;
  private final Consumer<Judgement> judged;

  /** When there was nothing to forget; of the thread that makes room. */
  private Instant nothingLeftAt = Instant.EPOCH;

  /**
   * A sighting that is kept.
   *
   * @param id grows with each
   * @param client the OAuth client that reported it
   * @param reporter the reporter's name for itself
   * @param receivedAt when
   * @param sighting what was seen
   */
  public record Kept(
      long id, String client, String reporter, Instant receivedAt, Sighting sighting) {}

  /** What a sighting came to, and what to do about it. */
  record Result(Kept kept, Judgement judgement) {}

  /**
   * Keeps sightings.
   *
   * @param judged told of each sighting that is counted as it is received
   */
  public SightingStore(
      Jdbi database, FindingStore findings, DatabaseBudget budget, Consumer<Judgement> judged) {
    this.database = database;
    this.findings = findings;
    this.budget = budget;
    this.judged = judged;
  }

  /**
   * Records a batch; durable when it returns.
   *
   * @return false when the same batch was recorded before
   * @throws DatabaseFullException when there is no room: nothing of it is recorded
   */
  public boolean record(String client, SightingBatch batch, Instant now)
      throws DatabaseFullException {
    return database.inTransaction(
        handle -> {
          int fresh =
              handle
                  .createUpdate(
                      "INSERT INTO batches (client, reporter, sequence, digest, received_ms)"
                          + " VALUES (:client, :reporter, :sequence, :digest, :now)"
                          + " ON CONFLICT DO NOTHING")
                  .bind("client", client)
                  .bind("reporter", batch.reporter())
                  .bind("sequence", batch.sequence())
                  .bind("digest", batch.digest().bytes())
                  .bind("now", now.toEpochMilli())
                  .execute();
          if (fresh == 0) {
            return false;
          }
          DatabaseBudget.Room room = budget.room(handle);
          List<Sighting> counted =
              batch.sightings().stream().filter(one -> isCounted(one, room)).toList();
          List<Sighting> kept =
              batch.sightings().stream().filter(one -> !isCounted(one, room)).toList();
          if (!hasRoom(kept, room)) {
            throw new DatabaseFullException();
          }
          noteReporter(handle, client, batch, now);
          Tallies.Sum sum = new Tallies.Sum();
          counted.forEach(sighting -> sum.add(client, now, sighting));
          Tallies.write(handle, sum);
          insert(handle, client, batch.reporter(), kept, now);
          handle.afterCommit(
              () -> counted.forEach(_ -> judged.accept(new Judgement.Unmatched("refused"))));
          return true;
        });
  }

  /** Where room is short, whatever can be made up is counted, and not matched. */
  private static boolean isCounted(Sighting sighting, DatabaseBudget.Room room) {
    return room == DatabaseBudget.Room.EVERYTHING
        ? Tallies.isSignedByNobody(sighting)
        : Tallies.isMadeUp(sighting);
  }

  /** A batch is taken whole or not at all: one that a finding can hang on, from the reserve. */
  private static boolean hasRoom(List<Sighting> kept, DatabaseBudget.Room room) {
    return switch (room) {
      case EVERYTHING -> true;
      case SIGNED -> kept.isEmpty() || kept.stream().anyMatch(SightingStore::isUrgent);
      case NOTHING -> false;
    };
  }

  private static void insert(
      Handle handle, String client, String reporter, List<Sighting> sightings, Instant now) {
    if (sightings.isEmpty()) {
      return;
    }
    PreparedBatch rows =
        handle.prepareBatch(
            "INSERT INTO sightings (client, reporter, received_ms, kid, urgent, state, json)"
                + " VALUES (?, ?, ?, ?, ?, 'open', ?)");
    for (Sighting sighting : sightings) {
      rows.bind(0, client)
          .bind(1, reporter)
          .bind(2, now.toEpochMilli())
          .bind(3, sighting.token().kid())
          .bind(4, isUrgent(sighting))
          .bind(5, sighting.toJson().toString())
          .add();
    }
    rows.execute();
  }

  /**
   * Whether its verifier found that the key had signed a token that it refuses, or that nothing
   * shows to be issued: that is rare but where an issuer's log cannot be read.
   */
  private static boolean isUrgent(Sighting sighting) {
    return sighting.signed() || sighting.evidence() != null;
  }

  /** Looks for batches that never came, and for sightings that the reporter says it lost. */
  private void noteReporter(Handle handle, String client, SightingBatch batch, Instant now) {
    Optional<Run> before =
        handle
            .createQuery(
                "SELECT first_sequence, last_sequence, last_lost FROM reporter_runs"
                    + " WHERE client = :client AND reporter = :reporter"
                    + " AND last_sequence BETWEEN :sequence - :gap - 1 AND :sequence + :gap"
                    + " ORDER BY abs(last_sequence - :sequence) LIMIT 1")
            .bind("client", client)
            .bind("reporter", batch.reporter())
            .bind("sequence", batch.sequence())
            .bind("gap", GAP_MAX)
            .map(
                (row, context) ->
                    new Run(
                        row.getLong("first_sequence"),
                        row.getLong("last_sequence"),
                        row.getLong("last_lost")))
            .findOne();
    Run run = before.orElse(new Run(batch.sequence(), batch.sequence() - 1, 0));
    run.gap(batch).ifPresent(gap -> raiseGap(handle, client, batch, now, gap));
    if (batch.sequence() <= run.last()) {
      findings.closeGaps(handle, client, batch.reporter(), batch.sequence());
    }
    handle
        .createUpdate(
            "INSERT INTO reporter_runs (client, reporter, first_sequence, last_sequence, last_lost,"
                + " last_heard_ms) VALUES (:client, :reporter, :first, :sequence, :lost, :now)"
                + " ON CONFLICT (client, reporter, first_sequence) DO UPDATE"
                + " SET last_sequence = max(last_sequence, excluded.last_sequence),"
                + " last_lost = max(last_lost, excluded.last_lost),"
                + " last_heard_ms = excluded.last_heard_ms")
        .bind("client", client)
        .bind("reporter", batch.reporter())
        .bind("first", run.first())
        .bind("sequence", batch.sequence())
        .bind("lost", batch.lost())
        .bind("now", now.toEpochMilli())
        .execute();
  }

  /** A run of a reporter as far as it is known. */
  private record Run(long first, long last, long lost) {
    /** What is missing before a batch. */
    Optional<Gap> gap(SightingBatch batch) {
      if (batch.lost() > lost) {
        return Optional.of(
            new Gap("It reports that it lost " + (batch.lost() - lost) + " sightings.", null));
      }
      long missing = batch.sequence() - last - 1;
      return missing > 0
          ? Optional.of(
              new Gap(
                  missing + " batches before number " + batch.sequence() + " have not come.",
                  last + 1))
          : Optional.empty();
    }
  }

  /**
   * What is missing.
   *
   * @param from the first batch that did not come; null where no batch is missing
   */
  private record Gap(String text, @Nullable Long from) {}

  private void raiseGap(Handle handle, String client, SightingBatch batch, Instant now, Gap gap) {
    JsonObject.Builder detail =
        JsonObject.builder()
            .put("client", client)
            .put("reporter", batch.reporter())
            .put("sequence", batch.sequence())
            .put("lost", batch.lost());
    Long from = gap.from();
    if (from != null) {
      detail.put("missing_from", from.longValue());
    }
    findings.raise(
        handle,
        new Finding(
            Kind.REPORTER_GAP,
            Severity.MEDIUM,
            "",
            Subject.of(client + "/" + batch.reporter() + "/" + batch.sequence()),
            now,
            1,
            "Reporter "
                + batch.reporter()
                + " has a gap that could hide a forged token. "
                + gap.text(),
            detail.build()));
  }

  /** A sighting as it stands in the table. */
  private record Row(long id, String client, String reporter, Instant receivedAt, String json) {
    static Row of(ResultSet row, StatementContext context) throws SQLException {
      return new Row(
          row.getLong("id"),
          row.getString("client"),
          row.getString("reporter"),
          Instant.ofEpochMilli(row.getLong("received_ms")),
          row.getString("json"));
    }

    Kept read() throws FormatException {
      byte[] utf8 = json.getBytes(StandardCharsets.UTF_8);
      Sighting sighting = Sighting.parse(StrictJson.object(utf8, JSON_BYTES_MAX));
      return new Kept(id, client, reporter, receivedAt, sighting);
    }
  }

  /**
   * Open sightings in the order in which they came. Those that cannot be read are set aside, each
   * with a finding: one row must not keep all others from being matched.
   */
  public List<Kept> open(long after, int limit) {
    return readable("state = 'open'", after, limit);
  }

  /** The open sightings that are matched before others, in the order in which they came. */
  public List<Kept> urgent(long after, int limit) {
    return readable("state = 'open' AND urgent = 1", after, limit);
  }

  private List<Kept> readable(String where, long after, int limit) {
    return database.inTransaction(
        handle -> {
          List<Kept> readable = new ArrayList<>();
          List<Row> rows = rows(handle, where, after, limit);
          while (!rows.isEmpty() && readable.isEmpty()) {
            for (Row row : rows) {
              try {
                readable.add(row.read());
              } catch (FormatException e) {
                setAside(handle, row, String.valueOf(e.getMessage()));
              }
            }
            rows = readable.isEmpty() ? rows(handle, where, after, limit) : List.of();
          }
          return readable;
        });
  }

  private static List<Row> rows(Handle handle, String where, long after, int limit) {
    return handle
        .createQuery(
            "SELECT * FROM sightings WHERE " + where + " AND id > :after ORDER BY id LIMIT :limit")
        .bind("after", after)
        .bind("limit", limit)
        .map(Row::of)
        .list();
  }

  private void setAside(Handle handle, Row row, String why) {
    LOG.log(
        System.Logger.Level.ERROR,
        "sighting {0} of {1} cannot be read and is set aside: {2}. Examine its row in"
            + " the database.",
        row.id(),
        row.client(),
        why);
    handle
        .createUpdate("UPDATE sightings SET state = 'unreadable' WHERE id = :id")
        .bind("id", row.id())
        .execute();
    findings.raise(
        handle,
        new Finding(
            Kind.REPORTER_GAP,
            Severity.MEDIUM,
            "",
            Subject.of("sighting " + row.id()),
            row.receivedAt(),
            1,
            "A sighting of reporter "
                + row.reporter()
                + " cannot be read back, and could hide a forged token.",
            JsonObject.builder()
                .put("client", row.client())
                .put("reporter", row.reporter())
                .put("sighting", row.id())
                .build()));
  }

  private static Kept kept(ResultSet row, StatementContext context) throws SQLException {
    try {
      return Row.of(row, context).read();
    } catch (FormatException e) {
      throw new IllegalStateException("table sightings is damaged", e);
    }
  }

  /** Notes what sightings came to, together with the findings, in one transaction. */
  void settle(List<Result> results) {
    database.useTransaction(handle -> settle(handle, results));
  }

  /** Notes what a sighting came to that was an unproven token's before, in place of its finding. */
  void settleAgain(long finding, Result result) {
    database.useTransaction(
        handle -> {
          if (result.judgement() instanceof Judgement.Found found) {
            findings.replace(handle, finding, found.kind());
            settle(handle, List.of(result));
          } else {
            settle(handle, List.of(result));
            findings.explain(finding);
          }
        });
  }

  private void settle(Handle handle, List<Result> results) {
    PreparedBatch matched = closing(handle, "state = 'matched'");
    // A token that has its counterfoil is a credential: it is not kept.
    PreparedBatch stripped =
        closing(handle, "state = 'matched', json = json_remove(json, '$.evidence')");
    PreparedBatch unmatched = closing(handle, "state = 'unmatched'");
    PreparedBatch found = closing(handle, "state = 'found'");
    PreparedBatch counted = handle.prepareBatch("DELETE FROM sightings WHERE id = ?");
    Tallies.Sum sum = new Tallies.Sum();
    for (Result result : results) {
      boolean isWhole = result.kept().sighting().evidence() != null;
      switch (result.judgement()) {
        case Judgement.Wait _ -> {
          // Stays open.
        }
        case Judgement.Matched _ -> (isWhole ? stripped : matched).add(result.kept().id());
        // Its verifier found its digest, so that it counts among the tokens that were sighted.
        case Judgement.Unmatched one
            when one.equals(Judgement.RECORDED_ELSEWHERE)
                && result.kept().sighting().isAccepted() ->
            (isWhole ? stripped : matched).add(result.kept().id());
        case Judgement.Unmatched _ -> {
          Kept kept = result.kept();
          if (Tallies.isMadeUp(kept.sighting())) {
            sum.add(kept.client(), kept.receivedAt(), kept.sighting());
            counted.add(kept.id());
          } else {
            unmatched.add(kept.id());
          }
        }
        case Judgement.Found finding -> {
          raise(handle, result.kept(), finding);
          // What was found is kept, but for probes: their finding says all there is to them.
          (finding.kind() == Kind.WATCH_PROBE ? counted : found).add(result.kept().id());
        }
      }
    }
    Tallies.write(handle, sum);
    for (PreparedBatch batch : List.of(matched, stripped, unmatched, found, counted)) {
      if (batch.size() > 0) {
        batch.execute();
      }
    }
  }

  private static PreparedBatch closing(Handle handle, String assignment) {
    return handle.prepareBatch("UPDATE sightings SET " + assignment + " WHERE id = ?");
  }

  private void raise(Handle handle, Kept kept, Judgement.Found found) {
    Finding finding =
        new Finding(
            found.kind(),
            found.severity(),
            found.domain(),
            found.subject(),
            kept.sighting().seenAt(),
            kept.sighting().count(),
            found.summary(),
            reported(found.detail(), kept));
    if (found.kind() == Kind.WATCH_PROBE) {
      ProbeFindings.keep(handle, finding, findings);
    } else {
      findings.raise(handle, finding);
    }
  }

  private static JsonObject reported(JsonObject detail, Kept kept) {
    return JsonObject.builder()
        .put("reported_by", kept.client())
        .put("reporter", kept.reporter())
        .put("reporters", List.of(kept.client()))
        .put("sighting", kept.id())
        .put("presented", detail)
        .build();
  }

  /** One sighting, as long as it is kept. */
  Optional<Kept> find(long id) {
    return database.withHandle(
        handle ->
            handle
                .createQuery("SELECT * FROM sightings WHERE id = :id")
                .bind("id", id)
                .map(SightingStore::kept)
                .findOne());
  }

  /** Sightings of a key that became findings, after an id, in order; empty at the end. */
  public List<Kept> found(String kid, long after) {
    return database.withHandle(
        handle ->
            handle
                .createQuery(
                    "SELECT * FROM sightings WHERE state = 'found' AND kid = :kid AND id > :after"
                        + " ORDER BY id LIMIT 1000")
                .bind("kid", kid)
                .bind("after", after)
                .map(SightingStore::kept)
                .list());
  }

  /**
   * What was presented under a key that had not signed it, by refusal, as far back as sightings are
   * kept.
   *
   * @param fence the one domain whose reporters count; empty for all
   */
  public Map<String, RefusedTally> refused(String kid, Optional<String> fence) {
    return database.withHandle(handle -> Tallies.ofKey(handle, kid, fence));
  }

  /** What the findings of a token assert of its origin. */
  public TokenStanding standing(Kept kept) {
    Presented presented = Presented.of(kept.sighting());
    return findings.standing(presented.kid().orElse(""), presented.name());
  }

  /** Whether two histories of a domain's log were found. */
  public boolean hasTwoHistories(String domain, String log) {
    return TwoHistories.in(database).test(domain, log);
  }

  public Optional<Instant> lostBefore() {
    return FindingsBegun.lostBefore(database);
  }

  /**
   * How many of a key's tokens were sighted at each service and are ours, as far back as sightings
   * are kept. Each token counts once at each service, by its digest, or its {@code jti} where the
   * service told no digest.
   *
   * @param most of how many services
   */
  public Map<String, Long> sightedByService(String kid, int most) {
    Map<String, Long> counts = new TreeMap<>();
    database.useHandle(
        handle ->
            handle
                .createQuery(SIGHTED_BY_SERVICE)
                .bind("kid", kid)
                .bind("most", most)
                .map((row, context) -> Map.entry(row.getString("service"), row.getLong("tokens")))
                .forEach(entry -> counts.put(entry.getKey(), entry.getValue())));
    return counts;
  }

  /** Forgets what matched, or came to nothing, before an instant. */
  void forget(Instant before) {
    database.useTransaction(
        handle -> {
          for (String sql :
              List.of(
                  "DELETE FROM sightings WHERE received_ms < :before"
                      + " AND state IN ('matched', 'unmatched')",
                  "DELETE FROM batches WHERE received_ms < :before",
                  "DELETE FROM reporter_runs WHERE last_heard_ms < :before")) {
            handle.createUpdate(sql).bind("before", before.toEpochMilli()).execute();
          }
          Tallies.forget(handle, before);
        });
  }

  /**
   * Forgets the oldest of what matched, or came to nothing, where the budget is used up: what waits
   * and what was found stays. Where there was nothing to forget, it looks again after a while.
   */
  public void makeRoom(Instant now) {
    // A clock that was set back holds nothing up.
    boolean isPausing =
        !now.isBefore(nothingLeftAt) && now.isBefore(nothingLeftAt.plus(PAUSE_WITHOUT_ROOM));
    if (isPausing || budget.usedBytes() < budget.bytesMax()) {
      return;
    }
    long enough = budget.bytesMax() / 100 * EMPTIED_PERCENT;
    int forgotten = FORGOTTEN_TOGETHER;
    int all = 0;
    for (int i = 0;
        i < FORGETTING_MAX && forgotten == FORGOTTEN_TOGETHER && budget.usedBytes() >= enough;
        i++) {
      forgotten =
          database.withHandle(
              handle ->
                  handle.createUpdate(FORGET_OLDEST).bind("most", FORGOTTEN_TOGETHER).execute());
      all += forgotten;
    }
    nothingLeftAt = all == 0 ? now : Instant.EPOCH;
  }
}
