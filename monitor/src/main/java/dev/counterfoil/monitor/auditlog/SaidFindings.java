package dev.counterfoil.monitor.auditlog;

import dev.counterfoil.audit.access.Fence;
import dev.counterfoil.audit.access.Source;
import dev.counterfoil.audit.event.StoredEvent;
import dev.counterfoil.audit.store.EventQuery;
import dev.counterfoil.auditclient.Operation;
import dev.counterfoil.format.audit.AuditEvent;
import dev.counterfoil.format.bytes.Decimal;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.keylog.KeyCeiling;
import dev.counterfoil.monitor.findings.Finding;
import dev.counterfoil.monitor.findings.Finding.Kind;
import dev.counterfoil.monitor.findings.Finding.Severity;
import dev.counterfoil.monitor.findings.Finding.Subject;
import dev.counterfoil.monitor.findings.FindingStore;
import dev.counterfoil.monitor.findings.FindingsBegun;
import java.io.IOException;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.Jdbi;

/**
 * Compares, at a start, the database with the findings that the audit log has of it. A finding
 * stands in the database before its event is recorded, so that one that the audit log alone has was
 * in another database, or in a later state of this one: it was put back. Nobody must take the lack
 * of findings there for the lack of theft.
 */
public final class SaidFindings {
  private static final System.Logger LOG = System.getLogger(SaidFindings.class.getName());

  /** So many of the newest are looked at. */
  private static final int LOOK_MAX = EventQuery.LIMIT_MAX;

  /** So many of those that lack are named. */
  private static final int NAMED_MAX = 10;

  /** A key that such a finding names may have been used outside its signer. */
  private static final Set<String> FORGED =
      Set.of(
          Kind.FORGED_TOKEN.text(),
          Kind.DIGEST_DIFFERS.text(),
          Kind.KEY_OUT_OF_SCOPE.text(),
          Kind.WITHDRAWN_KEY_USED.text());

  private final Jdbi database;
  private final FindingStore findings;
  private final InstantSource clock;
  private final long kept;

  /** Finds events, the newest first. */
  @FunctionalInterface
  public interface Events {
    List<StoredEvent> search(Fence fence, EventQuery query) throws IOException;
  }

  /** A finding as its event says it. */
  private record Event(long position, long id, long raisedMillis, String kind, String kid) {
    JsonObject toJson() {
      return JsonObject.builder()
          .put("event", position)
          .put("finding", id)
          .put("kind", kind)
          .put("kid", kid.isEmpty() ? null : kid)
          .put("raised_at_ms", raisedMillis)
          .build();
    }
  }

  /** Made before anything else is found, so that it knows which findings the start brought. */
  public SaidFindings(Jdbi database, FindingStore findings, InstantSource clock) {
    this.database = database;
    this.findings = findings;
    this.clock = clock;
    this.kept =
        database.withHandle(
            handle ->
                handle
                    .createQuery("SELECT coalesce(max(id), 0) FROM findings")
                    .mapTo(Long.class)
                    .one());
  }

  /** Says in a finding of each domain which findings the audit log has and the database lacks. */
  public void compare(Events events, Collection<String> domains) {
    Instant now = clock.instant();
    List<Finding> lost = new ArrayList<>();
    for (String domain : domains) {
      try {
        List<Event> lacking = lacking(domain, said(events, domain));
        if (!lacking.isEmpty()) {
          lost.add(finding(domain, lacking, now));
        }
      } catch (IOException e) {
        LOG.log(
            System.Logger.Level.ERROR,
            "the findings of "
                + domain
                + " cannot be compared with the audit log. If monitor.db was put back, read"
                + " them from there",
            e);
      }
    }
    database.useTransaction(
        handle -> {
          for (Finding finding : lost) {
            LOG.log(System.Logger.Level.ERROR, finding.summary());
            findings.raise(handle, finding);
          }
        });
  }

  private static List<Event> said(Events events, String domain) throws IOException {
    // Of this process alone: what others report or bring in may be of another database.
    EventQuery query =
        new EventQuery(
            Map.of("source", Source.auditor(domain).name()),
            Optional.empty(),
            0,
            AuditEvent.NUMBER_MAX,
            Optional.of(Operation.FINDING_RAISE.classUid()),
            -1,
            AuditEvent.NUMBER_MAX,
            true,
            LOOK_MAX);
    return events.search(new Fence(domain, KeyCeiling.OWN_TENANT), query).stream()
        .flatMap(found -> read(found).stream())
        .filter(event -> !event.kind().equals(Kind.DATABASE_LOST.text()))
        .toList();
  }

  private static Optional<Event> read(StoredEvent found) {
    JsonObject event = found.event().json();
    try {
      if (!Operation.FINDING_RAISE.code().equals(event.object("metadata").get("event_code"))) {
        return Optional.empty();
      }
      JsonObject about = event.object("finding_info");
      return Optional.of(
          new Event(
              found.position(),
              Decimal.parse(about.string("uid"), Long.MAX_VALUE),
              event.number("time"),
              about.string("title"),
              event.optionalObject("signing_key").flatMap(SaidFindings::uid).orElse("")));
    } catch (FormatException e) {
      return Optional.empty();
    }
  }

  private static Optional<String> uid(JsonObject key) {
    return key.get("uid") instanceof String text ? Optional.of(text) : Optional.empty();
  }

  /** The newest ones, down to the first that is there or was said to be lost. */
  private List<Event> lacking(String domain, List<Event> newestFirst) {
    return database.withHandle(
        handle ->
            newestFirst.stream().takeWhile(event -> !isAccounted(handle, domain, event)).toList());
  }

  private static boolean isAccounted(Handle handle, String domain, Event event) {
    return handle
        .createQuery(
            "SELECT EXISTS (SELECT 1 FROM findings WHERE id = :id AND raised_ms = :raised)"
                + " OR EXISTS (SELECT 1 FROM findings WHERE kind = :kind AND domain = :domain"
                + " AND (raised_ms >= :raised OR token = :token))")
        .bind("id", event.id())
        .bind("raised", event.raisedMillis())
        .bind("kind", Kind.DATABASE_LOST.text())
        .bind("domain", domain)
        .bind("token", subject(domain, event).token())
        .mapTo(Boolean.class)
        .one();
  }

  private static Subject subject(String domain, Event event) {
    return Subject.of(domain, "monitor.db lacks " + event.position());
  }

  private Finding finding(String domain, List<Event> lacking, Instant now) {
    Event newest = lacking.getFirst();
    String text =
        "monitor.db is older than the audit log beside it: it was put back, or its disk was."
            + (lacking.size() == 1
                ? " The audit log has a finding that is not here: "
                : " The audit log has "
                    + lacking.size()
                    + (lacking.size() == LOOK_MAX ? " findings or more" : " findings")
                    + " that are not here, the newest: ")
            + newest.kind()
            + (newest.kid().isEmpty() ? "" : " of key " + newest.kid())
            + ", "
            + Instant.ofEpochMilli(newest.raisedMillis())
            + ". Sightings of that time are not here either. That no theft is found says nothing of"
            + " the time before this start. Read these findings from the audit log: counterfoil"
            + " audit search --class "
            + Operation.FINDING_RAISE.classUid()
            + " --all.";
    return new Finding(
        Kind.DATABASE_LOST,
        Severity.HIGH,
        domain,
        subject(domain, newest),
        now,
        1,
        text,
        JsonObject.builder()
            .put("since", now.getEpochSecond())
            .put(FindingsBegun.KEPT, kept)
            .put("lacking", lacking.stream().limit(NAMED_MAX).map(Event::toJson).toList())
            .put(
                "forged_kids",
                lacking.stream()
                    .filter(event -> FORGED.contains(event.kind()) && !event.kid().isEmpty())
                    .map(Event::kid)
                    .distinct()
                    .toList())
            .build());
  }
}
