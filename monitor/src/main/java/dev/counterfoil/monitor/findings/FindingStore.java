package dev.counterfoil.monitor.findings;

import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.bytes.StrictJson;
import dev.counterfoil.monitor.findings.Finding.Kind;
import dev.counterfoil.monitor.findings.Finding.Severity;
import java.nio.charset.StandardCharsets;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.Jdbi;
import org.jdbi.v3.core.statement.StatementContext;
import org.jspecify.annotations.Nullable;

/** The findings, durable. One for each kind, key and token; what is found again is counted. */
public final class FindingStore implements FindingSink {
  /** Most findings in one answer. */
  public static final int PAGE_MAX = 1000;

  private static final int DETAIL_BYTES_MAX = 64 * 1024;

  private final Jdbi database;
  private final InstantSource clock;
  private final Consumer<Kind> raised;
  private final ReentrantLock changing = new ReentrantLock();
  private final Condition changed = changing.newCondition();
  private long changes;

  /**
   * A finding as it is kept.
   *
   * @param id grows with each new one
   * @param json what is shown
   */
  public record Kept(long id, JsonObject json) {}

  /**
   * Which findings are wanted.
   *
   * @param after only those with a greater id
   * @param since only those last seen at or after this
   * @param kind only of this kind
   * @param severity only of this severity or a greater one
   * @param kid only about this key
   * @param domain only of this trust domain
   * @param limit how many at most
   */
  public record Query(
      long after,
      Optional<Instant> since,
      Optional<Kind> kind,
      Optional<Severity> severity,
      Optional<String> kid,
      Optional<String> domain,
      int limit) {
    /** All, from the first on. */
    public static Query all() {
      return new Query(
          0,
          Optional.empty(),
          Optional.empty(),
          Optional.empty(),
          Optional.empty(),
          Optional.empty(),
          PAGE_MAX);
    }

    /** The same after an id. */
    public Query after(long id) {
      return new Query(id, since, kind, severity, kid, domain, limit);
    }

    /** The same of one trust domain. */
    public Query within(String one) {
      return new Query(after, since, kind, severity, kid, Optional.of(one), limit);
    }
  }

  /** An open finding of a token that stood past its log's tip. */
  public record BeyondTip(
      long id,
      String domain,
      String log,
      long position,
      Optional<String> digest,
      boolean isUnproven) {}

  public FindingStore(Jdbi database, InstantSource clock, Consumer<Kind> raised) {
    this.database = database;
    this.clock = clock;
    this.raised = raised;
  }

  @Override
  public void raise(Finding finding) {
    database.useTransaction(handle -> raise(handle, finding));
  }

  /** Raises a finding that is one however often it is seen, also after a start: no count grows. */
  public void raiseOnce(Finding finding) {
    database.useTransaction(
        handle -> {
          if (find(handle, finding).isEmpty()) {
            raise(handle, finding);
          }
        });
  }

  /** Raises a finding inside the caller's transaction. */
  public void raise(Handle handle, Finding finding) {
    handle.afterCommit(this::change);
    Optional<Long> known =
        find(handle, finding)
            .or(() -> TokenFindings.judgedBefore(handle, finding))
            .filter(id -> !Suppressions.endsOne(handle, id, clock.instant()));
    if (known.isPresent()) {
      handle
          .createUpdate(
              "UPDATE findings SET count = count + :count,"
                  + " first_seen_ms = min(first_seen_ms, :seen),"
                  + " last_seen_ms = max(last_seen_ms, :seen),"
                  + " jti = coalesce(jti, :jti), digest = coalesce(digest, :digest)"
                  + " WHERE id = :id")
          .bind("count", finding.count())
          .bind("seen", finding.seenAt().toEpochMilli())
          .bind("jti", finding.subject().tokenId())
          .bind("digest", digest(finding))
          .bind("id", known.get())
          .execute();
      TokenFindings.reportedToo(handle, known.get(), finding);
      TokenFindings.proves(handle, known.get(), finding);
      return;
    }
    for (long unproven : TokenFindings.unproven(handle, finding)) {
      replace(handle, unproven, " It was judged again, and is", finding.kind());
    }
    TwoHistories.heed(handle, finding, insert(handle, finding));
    raised.accept(finding.kind());
  }

  /**
   * The finding that this one repeats: the same token, or the same {@code jti} where one of the two
   * reports did not know the digest.
   */
  private static Optional<Long> find(Handle handle, Finding finding) {
    Optional<Long> same =
        handle
            .createQuery(
                "SELECT id FROM findings WHERE kind = :kind AND kid = :kid AND token = :token")
            .bind("kind", finding.kind().text())
            .bind("kid", finding.subject().kid())
            .bind("token", finding.subject().token())
            .mapTo(Long.class)
            .findOne();
    if (same.isPresent() || finding.subject().tokenId() == null) {
      return same;
    }
    return handle
        .createQuery(
            "SELECT id FROM findings WHERE jti = :jti AND kind = :kind AND kid = :kid"
                + " AND (digest IS NULL OR :digest IS NULL) ORDER BY id LIMIT 1")
        .bind("jti", finding.subject().tokenId())
        .bind("kind", finding.kind().text())
        .bind("kid", finding.subject().kid())
        .bind("digest", digest(finding))
        .mapTo(Long.class)
        .findOne();
  }

  private static @Nullable String digest(Finding finding) {
    Hash digest = finding.subject().digest();
    return digest == null ? null : digest.base64Url();
  }

  private long insert(Handle handle, Finding finding) {
    Finding.Subject subject = finding.subject();
    return handle
        .createUpdate(
            "INSERT INTO findings (kind, severity, domain, kid, token, jti, digest, log, position,"
                + " beyond_tip, first_seen_ms, last_seen_ms, raised_ms, count, state, summary,"
                + " detail) VALUES (:kind, :severity, :domain, :kid, :token, :jti, :digest, :log,"
                + " :position, :beyondTip, :seen, :seen, :raised, :count, :state, :summary,"
                + " :detail)")
        .bind("state", Suppressions.stateOf(handle, finding, clock.instant()))
        .bind("kind", finding.kind().text())
        .bind("severity", finding.severity().text())
        .bind("domain", finding.domain())
        .bind("kid", subject.kid())
        .bind("token", subject.token())
        .bind("jti", subject.tokenId())
        .bind("digest", digest(finding))
        .bind("log", subject.log())
        .bind("position", subject.position())
        .bind("beyondTip", subject.beyondTip())
        .bind("seen", finding.seenAt().toEpochMilli())
        .bind("raised", clock.instant().toEpochMilli())
        .bind("count", finding.count())
        .bind("summary", finding.summary())
        .bind("detail", finding.detail().toString())
        .executeAndReturnGeneratedKeys("id")
        .mapTo(Long.class)
        .one();
  }

  /** Findings in the order of their ids. */
  public List<Kept> list(Query query) {
    List<String> severities =
        query.severity().stream()
            .flatMap(
                least -> List.of(Severity.values()).stream().filter(s -> s.compareTo(least) >= 0))
            .map(severity -> "'" + severity.text() + "'")
            .toList();
    String sql =
        "SELECT * FROM findings WHERE id > :after AND last_seen_ms >= :since"
            + (query.kind().isPresent() ? " AND kind = :kind" : ProbeFindings.NONE)
            + (query.kid().isPresent() ? " AND kid = :kid" : "")
            + (query.domain().isPresent() ? " AND domain = :domain" : "")
            + (severities.isEmpty()
                ? ""
                : " AND severity IN (" + String.join(",", severities) + ")")
            + " ORDER BY id LIMIT :limit";
    return database.withHandle(
        handle -> {
          var select =
              handle
                  .createQuery(sql)
                  .bind("after", query.after())
                  .bind("since", query.since().map(Instant::toEpochMilli).orElse(Long.MIN_VALUE))
                  .bind("limit", Math.min(query.limit(), PAGE_MAX));
          query.kind().ifPresent(kind -> select.bind("kind", kind.text()));
          query.kid().ifPresent(kid -> select.bind("kid", kid));
          query.domain().ifPresent(domain -> select.bind("domain", domain));
          return select.map(FindingStore::kept).list();
        });
  }

  /** What operators do about them. */
  public FindingDesk desk(FindingFeedback feedback, String firstDomain) {
    return new FindingDesk(new Suppressions(database, this, clock), feedback, firstDomain);
  }

  /** The same for people who look. */
  public FindingPages pages() {
    return new FindingPages(database);
  }

  /** A row of the table. */
  public static Kept kept(ResultSet row, StatementContext context) throws SQLException {
    JsonObject.Builder json =
        JsonObject.builder()
            .put("id", row.getLong("id"))
            .put("kind", row.getString("kind"))
            .put("severity", row.getString("severity"))
            .put("state", row.getString("state"))
            .put("domain", row.getString("domain"))
            .put("summary", row.getString("summary"))
            .put("raised_at_ms", row.getLong("raised_ms"))
            .put("first_seen_ms", row.getLong("first_seen_ms"))
            .put("last_seen_ms", row.getLong("last_seen_ms"))
            .put("count", row.getLong("count"));
    if (!row.getString("kid").isEmpty()) {
      json.put("kid", row.getString("kid"));
    }
    json.put("jti", row.getString("jti"))
        .put("digest", row.getString("digest"))
        .put("log", row.getString("log"));
    long position = row.getLong("position");
    if (!row.wasNull()) {
      json.put("position", position);
    }
    return new Kept(row.getLong("id"), json.put("detail", detail(row.getString("detail"))).build());
  }

  private static JsonObject detail(String text) {
    try {
      return StrictJson.object(text.getBytes(StandardCharsets.UTF_8), DETAIL_BYTES_MAX);
    } catch (FormatException e) {
      throw new IllegalStateException("table findings is damaged", e);
    }
  }

  /** Where their numbers began: what tells one database from another. */
  public FindingsBegun begun() {
    return database.withHandle(FindingsBegun::of);
  }

  /** How many there are of a trust domain with an id above one and up to another. */
  public long count(String domain, long above, long upTo) {
    return database.withHandle(
        handle ->
            handle
                .createQuery(
                    "SELECT count(*) FROM findings"
                        + " WHERE domain = :domain AND id > :above AND id <= :upTo"
                        + ProbeFindings.NONE)
                .bind("domain", domain)
                .bind("above", above)
                .bind("upTo", upTo)
                .mapTo(Long.class)
                .one());
  }

  /** How often something changed: to be read before what it is about, for {@link #await}. */
  public long changes() {
    changing.lock();
    try {
      return changes;
    } finally {
      changing.unlock();
    }
  }

  /** Waits until something changed since, or the time is over. */
  public void await(long since, Duration atMost) throws InterruptedException {
    changing.lock();
    try {
      long left = atMost.toNanos();
      while (changes == since && left > 0) {
        left = changed.awaitNanos(left);
      }
    } finally {
      changing.unlock();
    }
  }

  void change() {
    changing.lock();
    try {
      changes++;
      changed.signalAll();
    } finally {
      changing.unlock();
    }
  }

  /** Open findings of tokens that stood past the tip of a log. */
  public List<BeyondTip> beyondTip() {
    return database.withHandle(
        handle ->
            handle
                .createQuery(
                    "SELECT id, domain, log, position, digest, kind FROM findings"
                        + " WHERE beyond_tip = 1 AND state IN ('open', 'suppressed')"
                        + " AND position IS NOT NULL")
                .map(
                    (row, context) ->
                        new BeyondTip(
                            row.getLong("id"),
                            row.getString("domain"),
                            row.getString("log"),
                            row.getLong("position"),
                            Optional.ofNullable(row.getString("digest")),
                            row.getString("kind").equals(Kind.UNPROVEN_TOKEN.text())))
                .list());
  }

  /** Whether a finding tells of another token that named a position. */
  public boolean isClaimedByAnother(String domain, String log, long position, Hash digest) {
    return database.withHandle(
        handle -> TokenFindings.isClaimedByAnother(handle, domain, log, position, digest));
  }

  /**
   * An open finding of a token of which nobody could tell whether it was issued.
   *
   * @param contested whether another token names its position
   */
  public record Unproven(long id, boolean contested, Instant raisedAt, JsonObject detail) {}

  /** Those that have something to come: that are contested, or not yet more urgent. */
  public List<Unproven> unproven() {
    return database.withHandle(
        handle ->
            handle
                .createQuery(
                    "SELECT id, raised_ms, detail, digest IS NOT NULL AND EXISTS (SELECT 1"
                        + " FROM findings AS other WHERE other.beyond_tip = 1"
                        + " AND other.state IN ('open', 'suppressed') AND other.domain = one.domain"
                        + " AND other.log = one.log AND other.position = one.position"
                        + " AND other.digest != one.digest) AND NOT "
                        + TokenFindings.IS_KNOWN
                        + " AS contested"
                        + " FROM findings AS one WHERE beyond_tip = 1"
                        + " AND state IN ('open', 'suppressed')"
                        + " AND kind = :kind AND position IS NOT NULL"
                        + " AND (severity = :severity OR contested)")
                .bind("kind", Kind.UNPROVEN_TOKEN.text())
                .bind("severity", Severity.MEDIUM.text())
                .map(
                    (row, context) ->
                        new Unproven(
                            row.getLong("id"),
                            row.getBoolean("contested"),
                            Instant.ofEpochMilli(row.getLong("raised_ms")),
                            detail(row.getString("detail"))))
                .list());
  }

  /** An open finding of a token for whose log nobody answered, and the sighting that it is of. */
  public record Unanswered(
      long id, String domain, Optional<String> log, Instant raisedAt, long sighting) {}

  /** Those, in the order of their ids. */
  public List<Unanswered> unanswered() {
    return database.withHandle(
        handle ->
            handle
                .createQuery(
                    "SELECT id, domain, log, raised_ms, json_extract(detail, '$.sighting') AS seen"
                        + " FROM findings WHERE state IN ('open', 'suppressed') AND kind = :kind"
                        + " AND json_extract(detail, '$.presented.verdict')"
                        + " IN ('unanswered', 'not-held')"
                        + " ORDER BY id")
                .bind("kind", Kind.UNPROVEN_TOKEN.text())
                .map(
                    (row, context) ->
                        new Unanswered(
                            row.getLong("id"),
                            row.getString("domain"),
                            Optional.ofNullable(row.getString("log")),
                            Instant.ofEpochMilli(row.getLong("raised_ms")),
                            row.getLong("seen")))
                .list());
  }

  /** What a token's findings assert of its origin. */
  public TokenStanding standing(String kid, String token) {
    return database.withHandle(handle -> TokenStanding.of(handle, kid, token));
  }

  /**
   * How many tokens each key signed outside its signer, by open findings: the signature is good, by
   * the monitor's check or by a reporter's, which sends no token that may still be used, and no
   * signer composed the token.
   *
   * @param found takes each key
   */
  public void forgedByKey(Consumer<ForgedByKey> found) {
    database.useHandle(handle -> TokenFindings.forgedByKey(handle, found));
  }

  /** Says that what was unproven was not settled in time. */
  public void unsettled(long id) {
    change(id, "severity = 'high'", " Nobody could prove during its lifetime that it was issued.");
  }

  /** Says that the log of what was unproven has another token there: forged, or lost by the log. */
  public void displaced(long id) {
    boolean isKnown = database.withHandle(handle -> TokenFindings.isKnown(handle, id));
    if (isKnown) {
      change(
          id,
          "severity = 'critical', kind = 'log-rollback', state = 'open'",
          " Since then its log recorded another token at its position: the log lost what was"
              + " released. That alone is not a sign of theft.");
    } else {
      contradict(id);
    }
  }

  /** Says that what was unproven is forged: another token has its position. */
  public void contradict(long id) {
    change(
        id,
        "severity = 'critical', kind = 'digest-differs', state = 'open'",
        " Since then another token was presented at its position. One of the two is"
            + " forged, and the key itself was used outside the signer.");
    database.useTransaction(handle -> TwoHistories.heed(handle, id));
  }

  private void change(long id, String assignments, String more) {
    database.useTransaction(
        handle -> {
          handle.afterCommit(this::change);
          handle
              .createUpdate(
                  "UPDATE OR IGNORE findings SET "
                      + assignments
                      + ", summary = summary || :more WHERE id = :id")
              .bind("id", id)
              .bind("more", more)
              .execute();
        });
  }

  /** Says of open findings of a kind that what they say is over. */
  public void over(Kind kind, String domain, Instant since) {
    over(kind, since, "domain = :domain", Map.of("domain", domain));
  }

  /** Says the same of one subject of a domain, whenever it began. */
  public void over(Kind kind, String domain, String name, Instant since) {
    over(
        kind,
        since,
        "kid = '' AND token > :from AND token < :to",
        Map.of("from", domain + " " + name + " ", "to", domain + " " + name + "!"));
  }

  /** Says the same of what was missing of a log, which is held below a position now. */
  public void arrived(String domain, String log, long below) {
    over(
        Kind.COUNTERFOIL_MISSING,
        clock.instant(),
        "kid = '' AND domain = :domain AND log = :log AND position < :below",
        Map.of("domain", domain, "log", log, "below", below));
  }

  private void over(Kind kind, Instant since, String which, Map<String, Object> values) {
    String sql =
        "UPDATE findings SET state = 'explained', summary = summary || :more"
            + " WHERE kind = :kind AND state = 'open' AND "
            + which;
    String more = " Over since " + since.truncatedTo(ChronoUnit.SECONDS) + ".";
    database.useTransaction(
        handle ->
            changeAfter(
                handle,
                handle
                    .createUpdate(sql)
                    .bind("kind", kind.text())
                    .bind("more", more)
                    .bindMap(values)
                    .execute()));
  }

  private void changeAfter(Handle handle, int changedRows) {
    if (changedRows > 0) {
      handle.afterCommit(this::change);
    }
  }

  /** Explains a reporter's gaps around a batch that came late, where it was the last to lack. */
  public void closeGaps(Handle handle, String client, String reporter, long sequence) {
    int closed =
        handle
            .createUpdate(
                "UPDATE findings SET state = 'explained', summary = summary || :more"
                    + " WHERE kind = :kind AND kid = '' AND token > :from AND token < :to"
                    + " AND state = 'open'"
                    + " AND json_extract(detail, '$.client') = :client"
                    + " AND json_extract(detail, '$.reporter') = :reporter"
                    + " AND json_extract(detail, '$.missing_from') <= :sequence"
                    + " AND json_extract(detail, '$.sequence') > :sequence"
                    + " AND (SELECT count(DISTINCT sequence) FROM batches"
                    + " WHERE batches.client = :client AND batches.reporter = :reporter"
                    + " AND sequence >= json_extract(findings.detail, '$.missing_from')"
                    + " AND sequence < json_extract(findings.detail, '$.sequence'))"
                    + " = json_extract(detail, '$.sequence')"
                    + " - json_extract(detail, '$.missing_from')")
            .bind("kind", Kind.REPORTER_GAP.text())
            .bind("from", client + "/" + reporter + "/")
            .bind("to", client + "/" + reporter + "0")
            .bind("client", client)
            .bind("reporter", reporter)
            .bind("sequence", sequence)
            .bind("more", " Explained: they came later, out of order.")
            .execute();
    changeAfter(handle, closed);
  }

  /** Says that the log answered, and another finding took the place of one. */
  public void replace(Handle handle, long id, Kind by) {
    replace(handle, id, " Its log answers again, and the token is", by);
  }

  private void replace(Handle handle, long id, String why, Kind by) {
    handle.afterCommit(this::change);
    handle
        .createUpdate(
            "UPDATE findings SET state = 'explained', summary = summary || :more WHERE id = :id")
        .bind("id", id)
        .bind("more", why + " a finding " + by.text() + " now.")
        .execute();
  }

  /** Says that a finding was no forgery after all: the log shows the token. */
  public void explain(long id) {
    explain(id, "the log was late, and records this very token at its position.");
  }

  /** Says why a finding was none after all. */
  public void explain(long id, String why) {
    change(id, "state = 'explained'", " Explained: " + why);
  }
}
