package dev.counterfoil.monitor.findings;

import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.monitor.findings.Finding.Kind;
import dev.counterfoil.monitor.findings.Finding.Severity;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.Jdbi;

/**
 * What operators do not want to be told for a while. A finding that one covers is kept and counted,
 * and stands in no channel, incident or playbook. When a suppression ends, what it covered stays as
 * it is; the same thing seen again is told.
 *
 * <p>Nobody silences alone what shows that a key or a log is an attacker's: for those kinds a
 * second person has to approve. An operator with sudo is every Unix user of the monitor's host, so
 * that at most one of the two comes by the admin socket.
 */
public final class Suppressions {
  /** Begins the name of a person at the admin socket, before the Unix user's. */
  public static final String AT_SOCKET = "socket:";

  /** Begins the name of a client that acts for itself, and is no person. */
  public static final String CLIENT = "client:";

  /** The state of a finding that is not told. */
  public static final String SUPPRESSED = "suppressed";

  /** Longest time for which one person suppresses. */
  static final Duration LIFE_MAX = Duration.ofDays(90);

  /** The same for what takes two. */
  static final Duration GRAVE_LIFE_MAX = Duration.ofDays(7);

  /** Most that are in force at one time. */
  static final int COUNT_MAX = 200;

  private static final int TEXT_MAX = 500;
  private static final int LIST_MAX = 500;

  /** What shows that a token, key or log is an attacker's, or that nothing would show it. */
  static final Set<Kind> GRAVE =
      EnumSet.of(
          Kind.FORGED_TOKEN,
          Kind.UNPROVEN_TOKEN,
          Kind.DIGEST_DIFFERS,
          Kind.KEY_OUT_OF_SCOPE,
          Kind.UNKNOWN_KEY,
          Kind.WITHDRAWN_KEY_USED,
          Kind.REVOKED_TOKEN_PRESENTED,
          Kind.CANARY_KEY_USED,
          Kind.LOG_FORK,
          Kind.LOG_ROLLBACK,
          Kind.SPLIT_VIEW,
          Kind.KEY_SET_ROLLBACK,
          Kind.AUDIT_LOG_CHANGED,
          Kind.AUDIT_LOG_OF_ANOTHER,
          Kind.SIGNER_SUSPECT,
          Kind.COUNTERFOIL_MISSING,
          Kind.COUNTERFOIL_DAMAGED,
          Kind.CLOCK_OFF,
          Kind.REPORTER_GAP,
          Kind.NOTIFICATIONS_FAILING,
          Kind.DATABASE_LOST);

  /** Kinds for which a second person has to approve. */
  public static List<String> twoPersons() {
    return GRAVE.stream().map(Kind::text).toList();
  }

  private static final String IN_FORCE =
      " ended_by IS NULL AND until_ms > :now AND (persons < 2 OR approved_by IS NOT NULL)";

  private final Jdbi database;
  private final FindingStore findings;
  private final InstantSource clock;

  /**
   * What is to be suppressed.
   *
   * @param domain of which trust domain's
   * @param kind of which kind
   * @param rule of which detection rule, by its id; empty for any
   * @param about a key, client, person, address, service or whatever else a finding names; empty
   *     for anything
   * @param reason why
   * @param owner who looks after it until it ends
   * @param life for how long
   */
  public record Wanted(
      String domain,
      Kind kind,
      String rule,
      String about,
      String reason,
      String owner,
      Duration life) {
    /** Reads one; throws where something lacks, or lasts too long. */
    public static Wanted of(String domain, JsonObject asked) throws FormatException {
      Kind kind =
          Kind.of(asked.string("kind"))
              .filter(one -> one != Kind.WATCH_PROBE)
              .orElseThrow(() -> new FormatException("kind is none that can be suppressed"));
      Wanted wanted =
          new Wanted(
              domain,
              kind,
              text(asked, "rule"),
              text(asked, "about"),
              text(asked, "reason").strip(),
              text(asked, "owner").strip(),
              Duration.ofSeconds(asked.number("seconds")));
      if (wanted.reason.isEmpty() || wanted.owner.isEmpty()) {
        throw new FormatException("a suppression has a reason and an owner");
      }
      if (!wanted.rule.isEmpty() && kind != Kind.RULE_MATCHED) {
        throw new FormatException("a rule is named with kind " + Kind.RULE_MATCHED.text());
      }
      Duration most = wanted.persons() > 1 ? GRAVE_LIFE_MAX : LIFE_MAX;
      if (wanted.life.isNegative() || wanted.life.isZero() || wanted.life.compareTo(most) > 0) {
        throw new FormatException(
            "a suppression of " + kind.text() + " lasts at most " + most.toDays() + " days");
      }
      return wanted;
    }

    private static String text(JsonObject asked, String member) throws FormatException {
      String text = asked.optionalString(member).orElse("");
      if (text.length() > TEXT_MAX) {
        throw new FormatException(member + " has at most " + TEXT_MAX + " characters");
      }
      return text;
    }

    int persons() {
      return GRAVE.contains(kind) ? 2 : 1;
    }
  }

  public Suppressions(Jdbi database, FindingStore findings, InstantSource clock) {
    this.database = database;
    this.findings = findings;
    this.clock = clock;
  }

  /** Adds one: in force at once, or when a second person approves. Gives what is kept. */
  public JsonObject add(Wanted wanted, String by) throws FormatException {
    if (wanted.persons() > 1) {
      requirePerson(by);
    }
    long now = clock.millis();
    Optional<Long> id =
        database.inTransaction(
            handle -> {
              long inForce =
                  handle
                      .createQuery(
                          "SELECT count(*) FROM suppressions"
                              + " WHERE ended_by IS NULL AND until_ms > :now")
                      .bind("now", now)
                      .mapTo(Long.class)
                      .one();
              if (inForce >= COUNT_MAX) {
                return Optional.empty();
              }
              long added =
                  handle
                      .createUpdate(
                          "INSERT INTO suppressions (domain, kind, rule, about, reason, owner,"
                              + " persons, added_by, from_ms, until_ms) VALUES (:domain, :kind,"
                              + " :rule, :about, :reason, :owner, :persons, :by, :now, :until)")
                      .bind("domain", wanted.domain())
                      .bind("kind", wanted.kind().text())
                      .bind("rule", wanted.rule())
                      .bind("about", wanted.about())
                      .bind("reason", wanted.reason())
                      .bind("owner", wanted.owner())
                      .bind("persons", wanted.persons())
                      .bind("by", by)
                      .bind("now", now)
                      .bind("until", now + wanted.life().toMillis())
                      .executeAndReturnGeneratedKeys("id")
                      .mapTo(Long.class)
                      .one();
              cover(handle, wanted.kind(), now);
              return Optional.of(added);
            });
    return find(
        id.orElseThrow(
            () ->
                new FormatException(
                    "there are " + COUNT_MAX + " suppressions: end some of them first")));
  }

  /** Approves one that waits for a second person. */
  public JsonObject approve(long id, Optional<String> domain, String by) throws FormatException {
    JsonObject before = find(id);
    requireDomain(before, domain);
    if (!"waiting".equals(before.get("state"))) {
      throw new FormatException("suppression " + id + " waits for nobody");
    }
    requirePerson(by);
    String added = before.string("added_by");
    if (by.startsWith(AT_SOCKET) && added.startsWith(AT_SOCKET)) {
      throw new FormatException(
          "it was added at the admin socket: another person approves it over HTTP");
    }
    if (by.equals(added)) {
      throw new FormatException(by + " added it: another person approves it");
    }
    database.useTransaction(
        handle -> {
          handle.execute("UPDATE suppressions SET approved_by = ? WHERE id = ?", by, id);
          cover(handle, Kind.of(before.string("kind")).orElseThrow(), clock.millis());
        });
    return find(id);
  }

  private static void requirePerson(String by) throws FormatException {
    if (by.startsWith(CLIENT)) {
      throw new FormatException("this takes two persons: use the token of a person who signed in");
    }
  }

  /** Ends one before its time. */
  public JsonObject end(long id, Optional<String> domain, String by) throws FormatException {
    requireDomain(find(id), domain);
    database.useHandle(
        handle ->
            handle.execute(
                "UPDATE suppressions SET ended_by = ? WHERE id = ? AND ended_by IS NULL", by, id));
    return find(id);
  }

  private static void requireDomain(JsonObject one, Optional<String> domain)
      throws FormatException {
    if (domain.isPresent() && !domain.get().equals(one.get("domain"))) {
      throw new FormatException("there is no such suppression");
    }
  }

  private JsonObject find(long id) throws FormatException {
    return database
        .withHandle(
            handle ->
                handle
                    .createQuery("SELECT * FROM suppressions WHERE id = :id")
                    .bind("id", id)
                    .map((row, context) -> shown(row, clock.millis()))
                    .findOne())
        .orElseThrow(() -> new FormatException("there is no such suppression"));
  }

  /**
   * Those in force and those that wait, the newest first.
   *
   * @param domain only of this trust domain
   * @param all also those that ended
   */
  public List<JsonObject> list(Optional<String> domain, boolean all) {
    return database.withHandle(
        handle ->
            handle
                .createQuery(
                    "SELECT * FROM suppressions WHERE (:domain = '' OR domain = :domain)"
                        + " AND (:all OR (ended_by IS NULL AND until_ms > :now))"
                        + " ORDER BY id DESC LIMIT :most")
                .bind("domain", domain.orElse(""))
                .bind("all", all)
                .bind("now", clock.millis())
                .bind("most", LIST_MAX)
                .map((row, context) -> shown(row, clock.millis()))
                .list());
  }

  private static JsonObject shown(ResultSet row, long now) throws SQLException {
    String state =
        row.getString("ended_by") != null
            ? "ended"
            : row.getLong("until_ms") <= now
                ? "expired"
                : row.getInt("persons") > 1 && row.getString("approved_by") == null
                    ? "waiting"
                    : "in-force";
    return JsonObject.builder()
        .put("id", row.getLong("id"))
        .put("state", state)
        .put("domain", row.getString("domain"))
        .put("kind", row.getString("kind"))
        .put("rule", row.getString("rule").isEmpty() ? null : row.getString("rule"))
        .put("about", row.getString("about").isEmpty() ? null : row.getString("about"))
        .put("reason", row.getString("reason"))
        .put("owner", row.getString("owner"))
        .put("added_by", row.getString("added_by"))
        .put("approved_by", row.getString("approved_by"))
        .put("ended_by", row.getString("ended_by"))
        .put("from_ms", row.getLong("from_ms"))
        .put("until_ms", row.getLong("until_ms"))
        .build();
  }

  /** Takes what is open and covered now off the channels. */
  private void cover(Handle handle, Kind kind, long now) {
    List<FindingStore.Kept> open =
        handle
            .createQuery("SELECT * FROM findings WHERE state = 'open' AND kind = :kind")
            .bind("kind", kind.text())
            .map(FindingStore::kept)
            .list();
    for (FindingStore.Kept one : open) {
      if (isCovered(handle, one.json(), now)) {
        handle.execute("UPDATE findings SET state = ? WHERE id = ?", SUPPRESSED, one.id());
        handle.afterCommit(findings::change);
      }
    }
  }

  /** The state in which a finding begins. */
  static String stateOf(Handle handle, Finding finding, Instant now) {
    JsonObject json =
        JsonObject.builder()
            .put("domain", finding.domain())
            .put("kind", finding.kind().text())
            .put("severity", finding.severity().text())
            .put("kid", finding.subject().kid())
            .put("jti", finding.subject().tokenId())
            .put("log", finding.subject().log())
            .put("detail", finding.detail())
            .build();
    return isCovered(handle, json, now.toEpochMilli()) ? SUPPRESSED : "open";
  }

  /**
   * Ends a finding that was suppressed and that nothing covers any more, so that the same thing
   * seen again raises a new one: incidents and playbooks passed the old one by.
   *
   * @return whether it did
   */
  static boolean endsOne(Handle handle, long id, Instant now) {
    Optional<JsonObject> suppressed =
        handle
            .createQuery("SELECT * FROM findings WHERE id = :id AND state = :state")
            .bind("id", id)
            .bind("state", SUPPRESSED)
            .map((row, context) -> FindingStore.kept(row, context).json())
            .findOne();
    if (suppressed.isEmpty() || isCovered(handle, suppressed.get(), now.toEpochMilli())) {
      return false;
    }
    handle.execute(
        "UPDATE findings SET state = 'explained', jti = NULL, token = token || ' #' || id,"
            + " summary = summary || ' Its suppression ended, and it was seen again.'"
            + " WHERE id = ?",
        id);
    return true;
  }

  private record Cover(String rule, String about, int persons) {}

  private static boolean isCovered(Handle handle, JsonObject finding, long now) {
    List<Cover> covers =
        handle
            .createQuery(
                "SELECT rule, about, persons FROM suppressions WHERE kind = :kind"
                    + " AND (domain = :domain OR :domain = '') AND"
                    + IN_FORCE)
            .bind("kind", finding.get("kind"))
            .bind("domain", finding.get("domain"))
            .bind("now", now)
            .map(
                (row, context) ->
                    new Cover(row.getString("rule"), row.getString("about"), row.getInt("persons")))
            .list();
    return covers.stream()
        .anyMatch(
            cover ->
                (cover.persons() > 1 || !Severity.CRITICAL.text().equals(finding.get("severity")))
                    && (cover.rule().isEmpty() || cover.rule().equals(rule(finding)))
                    && (cover.about().isEmpty() || names(finding).anyMatch(cover.about()::equals)));
  }

  private static String rule(JsonObject finding) {
    return finding.get("detail") instanceof JsonObject detail
            && detail.get("rule") instanceof String rule
        ? rule
        : "";
  }

  /** Everything that a finding names by a text of its own, evidence included. */
  private static Stream<String> names(JsonObject finding) {
    return finding.names().stream()
        .filter(name -> !name.equals("summary"))
        .map(finding::get)
        .flatMap(
            value ->
                value instanceof String text
                    ? Stream.of(text)
                    : value instanceof JsonObject inner ? names(inner) : Stream.empty());
  }
}
