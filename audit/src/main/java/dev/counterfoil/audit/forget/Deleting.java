package dev.counterfoil.audit.forget;

import dev.counterfoil.audit.access.Care;
import dev.counterfoil.audit.access.Fence;
import dev.counterfoil.audit.access.Source;
import dev.counterfoil.audit.intake.AuditLog;
import dev.counterfoil.audit.intake.OwnEvents;
import dev.counterfoil.audit.store.EventStore;
import dev.counterfoil.audit.store.StoreManifest;
import dev.counterfoil.audit.store.TallyMarks;
import dev.counterfoil.format.audit.AuditEvent;
import java.io.IOException;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * Deletes what is older than the {@link Retention}, and nothing else does. In order: each tenant
 * gets an event that says which of its events go and by which rule; their rows in the store lose
 * all but tenant and position; whole segments of the journal's beginning are overwritten and
 * removed. The leaves stay, so the tree checks as before and every proof of what is left holds. A
 * crash anywhere leaves some of it to the next step, which says it again.
 *
 * <p>What is on hold, or of a key system and younger than that rule, stays in the store; so do the
 * events that say what was deleted. Belongs to one thread.
 */
public final class Deleting {
  private static final System.Logger LOG = System.getLogger(Deleting.class.getName());
  private static final long EVERY_MS = Duration.ofHours(1).toMillis();

  /** How often the journal begins another segment at least, so that old ones can go. */
  private static final long SEGMENT_MS = Duration.ofDays(30).toMillis();

  /** What is left of an event: whose it was, where it stood, and that somebody is forgotten. */
  private static final Set<String> LEFT = Set.of("domain", "tenant", "position", "forgotten");

  private static final Comparator<Fence> BY_NAME = Comparator.comparing(Fence::name);

  private final EventStore store;
  private final AuditLog log;
  private final TallyMarks marks;
  private final LegalHolds holds;
  private final Retention retention;
  private final Care care;
  private final InstantSource clock;
  private long dueAtMillis = Long.MIN_VALUE;

  public Deleting(
      EventStore store,
      AuditLog log,
      TallyMarks marks,
      LegalHolds holds,
      Retention retention,
      Care care,
      InstantSource clock) {
    this.store = store;
    this.log = log;
    this.marks = marks;
    this.holds = holds;
    this.retention = retention;
    this.care = care;
    this.clock = clock;
  }

  /** Positions from which on everything must be there, whatever it is. */
  public long keptFrom() {
    return marks.sizeBy(clock.millis() - retention.keep().toMillis());
  }

  /** Does what is due now; what a wrong clock keeps from it is due at the next step. */
  public void step() throws IOException {
    // Read before the clock is looked at: one that is set in between is not gone by.
    long now = clock.millis();
    if (now < dueAtMillis || !care.isClockRight().getAsBoolean()) {
      return;
    }
    dueAtMillis = now + EVERY_MS;
    long keys = marks.sizeBy(now - retention.keepKeys().toMillis());
    long ordinary = marks.sizeBy(now - retention.keep().toMillis());
    // Nobody puts a tenant on hold between the look at the holds and the end of the deletion.
    synchronized (holds) {
      putOnHold();
      List<StoreManifest.Part> parts = new ArrayList<>();
      Map<Fence, OwnEvents.Deletion> due = new TreeMap<>(BY_NAME);
      for (StoreManifest.Part part : store.manifest().files()) {
        if (part.from() < ordinary && find(part, ordinary, keys, due)) {
          parts.add(part);
        }
      }
      for (Map.Entry<Fence, OwnEvents.Deletion> one : due.entrySet()) {
        log.record(
            one.getKey().domain(),
            OwnEvents.deleted(one.getKey().tenant(), one.getValue(), rule(), now));
      }
      for (StoreManifest.Part part : parts) {
        empty(part, ordinary, keys);
      }
    }
    if (log.segmentAtMillis() < now - SEGMENT_MS) {
      log.rollOver();
    }
    log.giveBack(ordinary);
  }

  /**
   * Numbers of our own making; the names of those on hold are bound, in a table of their own. Our
   * own word on what was deleted stays for good: without it nobody could tell that it was.
   */
  private static String condition(long ordinary, long keys) {
    return "rest IS NOT NULL AND (position < "
        + keys
        + " OR (position < "
        + ordinary
        + " AND class_uid <> "
        + AuditEvent.KEY_ACTIVITY
        + ")) AND NOT (class_uid = "
        + OwnEvents.API_ACTIVITY
        + " AND activity_id = "
        + OwnEvents.DELETE
        + " AND source = domain || '/"
        + Source.AUDITOR
        + "') AND (domain || '/' || tenant) NOT IN (SELECT name FROM held)";
  }

  private void putOnHold() throws IOException {
    try (Connection connection = store.connection()) {
      held(connection);
    } catch (SQLException e) {
      throw new IOException("nothing is deleted, since what is on hold is not known", e);
    }
  }

  private void held(Connection connection) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute("CREATE OR REPLACE TABLE held (name VARCHAR)");
    }
    try (PreparedStatement insert = connection.prepareStatement("INSERT INTO held VALUES (?)")) {
      for (Fence fence : holds.fences()) {
        insert.setString(1, fence.name());
        insert.execute();
      }
    }
  }

  private boolean find(
      StoreManifest.Part part, long ordinary, long keys, Map<Fence, OwnEvents.Deletion> due)
      throws IOException {
    boolean found = false;
    try (Connection connection = store.connection();
        Statement statement = connection.createStatement();
        ResultSet rows =
            statement.executeQuery(
                "SELECT domain, tenant, count(*), min(position), max(position) FROM "
                    + store.files(List.of(part))
                    + " WHERE "
                    + condition(ordinary, keys)
                    + " GROUP BY domain, tenant")) {
      while (rows.next()) {
        found = true;
        due.merge(
            new Fence(rows.getString(1), rows.getString(2)),
            new OwnEvents.Deletion(rows.getLong(4), rows.getLong(5), rows.getLong(3)),
            OwnEvents.Deletion::and);
      }
      return found;
    } catch (SQLException e) {
      throw new IOException("what is to be deleted cannot be found", e);
    }
  }

  private String rule() {
    return retention.keep().toDays()
        + " days, those of key systems "
        + retention.keepKeys().toDays();
  }

  private void empty(StoreManifest.Part part, long ordinary, long keys) throws IOException {
    String condition = condition(ordinary, keys);
    List<String> replaced = new ArrayList<>();
    for (String column : store.columns(part)) {
      if (!LEFT.contains(column)) {
        String name = '"' + column + '"';
        replaced.add("CASE WHEN " + condition + " THEN NULL ELSE " + name + " END AS " + name);
      }
    }
    store.rewrite(
        "SELECT * REPLACE (" + String.join(", ", replaced) + ") FROM " + store.files(List.of(part)),
        part);
    LOG.log(System.Logger.Level.INFO, "deleted by policy: events in {0}", part.name());
  }
}
