package dev.counterfoil.audit;

import dev.counterfoil.audit.access.AuditUnavailableException;
import dev.counterfoil.audit.access.Fence;
import dev.counterfoil.audit.access.Reader;
import dev.counterfoil.audit.forget.ForgettingRequests;
import dev.counterfoil.audit.forget.LegalHolds;
import dev.counterfoil.audit.forget.Retention;
import dev.counterfoil.audit.intake.AuditLog;
import dev.counterfoil.audit.intake.OwnEvents;
import dev.counterfoil.audit.names.EventPeople;
import dev.counterfoil.audit.names.KeyedName;
import dev.counterfoil.audit.names.Names;
import dev.counterfoil.audit.store.EventStore;
import dev.counterfoil.audit.store.StoreManifest;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.log.disk.Disk;
import java.io.IOException;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/**
 * Forgets one person of a tenant's. In order: whoever comes by his name from now on is somebody
 * else; what is to be done is written down; an event says by his pseudonym how many of his events
 * go, from which position to which, on what ground; his name and key are overwritten, and with them
 * journal, texts and salts are shredded, and so are texts that somebody looked for him by; his rows
 * lose all but tenant, position and pseudonym. The leaves stay.
 *
 * <p>A crash or a fault anywhere leaves the rest to the next turn, which says again what it may
 * have said; a tenant on hold loses nothing meanwhile, and the rest of it waits for the end of the
 * hold. Belongs to one thread at a time.
 */
final class Forgetting {
  private static final System.Logger LOG = System.getLogger(Forgetting.class.getName());
  private static final String ON_HOLD = "the tenant is on hold: see counterfoil audit hold list";

  /** What is left of a row of somebody who is forgotten. */
  private static final List<String> LEFT = List.of("domain", "tenant", "position");

  private final EventStore store;
  private final AuditLog log;
  private final Names names;
  private final LegalHolds holds;
  private final ForgettingRequests requests;
  private final InstantSource clock;
  private final Settling settling;

  /** From before a key is overwritten until the rows are emptied, also over faults. */
  private volatile boolean underWay;

  /** Has all that is recorded lie in files. */
  @FunctionalInterface
  interface Settling {
    void settle() throws IOException;
  }

  /** Takes up who is to be forgotten: from now on whoever comes by his name is somebody else. */
  Forgetting(
      EventStore store,
      AuditLog log,
      Names names,
      LegalHolds holds,
      Disk disk,
      InstantSource clock,
      Settling settling)
      throws IOException {
    this.store = store;
    this.log = log;
    this.names = names;
    this.holds = holds;
    this.requests = new ForgettingRequests(disk);
    this.clock = clock;
    this.settling = settling;
    requests.all().forEach(request -> left(request).forEach(log::retire));
  }

  /** Says what would be forgotten. */
  ForgottenPerson look(Fence fence, String name) throws IOException {
    settling.settle();
    return found(fence, named(fence, name));
  }

  /** Whoever has the name, and it itself where it was only asked for. */
  private List<KeyedName> named(Fence fence, String name) {
    return Stream.concat(names.all(fence, name).stream(), names.findAsked(fence, name).stream())
        .toList();
  }

  /**
   * Forgets a name.
   *
   * @param ground for the tenant to read; does not name him
   */
  ForgottenPerson forget(Fence fence, String name, String ground, Reader by) throws IOException {
    // What a fault broke off ends first.
    resume();
    ForgottenPerson found = look(fence, name);
    String refusal = refusal(fence, name, ground, found);
    if (!refusal.isEmpty()) {
      return found.refused(refusal);
    }
    // Nobody puts the tenant on hold between the look at the holds and the end.
    synchronized (holds) {
      if (holds.has(fence)) {
        return found.refused(ON_HOLD);
      }
      List<KeyedName> people = names.all(fence, name);
      people.forEach(log::retire);
      settling.settle();
      ForgettingRequests.Request request =
          new ForgettingRequests.Request(
              fence, pseudonyms(people), pseudonyms(askedFor(fence, name, people)), ground, by);
      requests.add(request);
      record(request, true);
      carryOut(request);
    }
    return found;
  }

  private static List<String> pseudonyms(List<KeyedName> people) {
    return people.stream().map(KeyedName::pseudonym).toList();
  }

  /** What somebody looked for him by: texts that say his name, his addresses and sessions. */
  private List<KeyedName> askedFor(Fence fence, String name, List<KeyedName> people)
      throws IOException {
    Set<KeyedName> asked = new LinkedHashSet<>(names.askedLike(fence, name));
    if (people.isEmpty() || store.manifest().files().isEmpty()) {
      return List.copyOf(asked);
    }
    for (String column : List.of("address", "session")) {
      ask(
          "SELECT DISTINCT " + column + " FROM " + his(people) + " AND " + column + " IS NOT NULL",
          fence,
          rows -> {
            while (rows.next()) {
              try {
                names
                    .findAsked(fence, EventPeople.opened(names, fence, column, rows.getString(1)))
                    .ifPresent(asked::add);
              } catch (FormatException e) {
                LOG.log(System.Logger.Level.WARNING, "a row of the audit store is changed", e);
              }
            }
          });
    }
    return List.copyOf(asked);
  }

  private String refusal(Fence fence, String name, String ground, ForgottenPerson found) {
    if (found.pseudonyms().isEmpty()) {
      return "no event of the tenant has that name, or it is forgotten already";
    }
    if (holds.has(fence)) {
      return ON_HOLD;
    }
    if (requests.all().size() >= ForgettingRequests.REQUESTS_MAX) {
      return "too many others are to be forgotten when their tenants' holds end";
    }
    if (found.administered()) {
      return "he administered or read the audit log within the last year: who did that stays on record as long";
    }
    if (ground.isBlank()) {
      return "name the tenant's ground with --ground: the events are kept otherwise until they are old enough";
    }
    if (ground.toLowerCase(Locale.ROOT).contains(name.toLowerCase(Locale.ROOT))) {
      return "the ground names him: say it without his name, since it stays";
    }
    return "";
  }

  /** Whether rows may not be emptied yet whose person is forgotten. For any thread. */
  boolean isUnderWay() {
    return underWay;
  }

  /** Whether somebody is to be forgotten whose tenant is not on hold. */
  boolean isDue() {
    return requests.all().stream().anyMatch(request -> !holds.has(request.fence()));
  }

  /** Ends what a crash, a fault or a hold broke off. */
  void resume() throws IOException {
    for (ForgettingRequests.Request request : requests.all()) {
      synchronized (holds) {
        if (!holds.has(request.fence())) {
          settling.settle();
          record(request, false);
          carryOut(request);
        }
      }
    }
  }

  /** Those of a request whose keys are there. */
  private List<KeyedName> left(ForgettingRequests.Request request) {
    return Stream.concat(request.people().stream(), request.texts().stream())
        .flatMap(pseudonym -> names.byPseudonym(request.fence(), pseudonym).stream())
        .toList();
  }

  /** Says it: once for each of them who has events, or once where none has. */
  private void record(ForgettingRequests.Request request, boolean isNew) throws IOException {
    boolean isSaid = false;
    List<KeyedName> left = left(request);
    for (KeyedName person : left) {
      ForgottenPerson his =
          found(request.fence(), names.isAsked(person) ? List.of() : List.of(person));
      if (his.events() > 0) {
        record(request, person, his, isSaid || !isNew);
        isSaid = true;
      }
    }
    if (!isSaid && !left.isEmpty()) {
      record(request, left.getFirst(), found(request.fence(), List.of()), !isNew);
    }
  }

  private void record(
      ForgettingRequests.Request request, KeyedName person, ForgottenPerson his, boolean isOwed)
      throws IOException {
    try {
      log.record(
          request.fence().domain(),
          OwnEvents.forgotten(
              request.fence().tenant(),
              request.by(),
              person.pseudonym(),
              new OwnEvents.Deletion(his.first(), his.last(), his.events()),
              request.ground(),
              clock.millis()));
    } catch (AuditUnavailableException e) {
      if (!isOwed) {
        // Nothing was said or done yet, so nothing is owed, and whoever asked hears that.
        requests.remove(request);
      }
      throw e;
    }
  }

  private void carryOut(ForgettingRequests.Request request) throws IOException {
    underWay = true;
    log.forget(
        left(request),
        request.people().stream()
            .filter(one -> names.byPseudonym(request.fence(), one).isEmpty())
            .filter(one -> !names.isForgotten(request.fence(), one))
            .map(one -> new Names.Named(request.fence(), one))
            .toList());
    if (!request.people().isEmpty()) {
      empty(request.people());
    }
    requests.remove(request);
    underWay = false;
  }

  /** Rows of theirs. A pseudonym has letters, digits, - and _ alone. */
  private static String condition(List<String> pseudonyms) {
    String those = "('~" + String.join("', '~", pseudonyms) + "')";
    return "(actor IN " + those + " OR entity IN " + those + ")";
  }

  private void empty(List<String> pseudonyms) throws IOException {
    String those = "coalesce(" + condition(pseudonyms) + ", false)";
    String whose =
        "substr(CASE WHEN coalesce(actor IN ('~"
            + String.join("', '~", pseudonyms)
            + "'), false) THEN actor ELSE entity END, 2)";
    for (StoreManifest.Part part : store.manifest().files()) {
      if (has(part, pseudonyms)) {
        List<String> replaced = new ArrayList<>();
        for (String column : store.columns(part)) {
          if (!LEFT.contains(column)) {
            String then = column.equals("forgotten") ? whose : "NULL";
            replaced.add(
                "CASE WHEN %s THEN %s ELSE \"%s\" END AS \"%s\""
                    .formatted(those, then, column, column));
          }
        }
        store.rewrite(
            "SELECT * REPLACE ("
                + String.join(", ", replaced)
                + ") FROM "
                + store.files(List.of(part)),
            part);
      }
    }
  }

  private boolean has(StoreManifest.Part part, List<String> pseudonyms) throws IOException {
    try (Connection connection = store.connection();
        PreparedStatement statement =
            connection.prepareStatement(
                "SELECT count(*) FROM "
                    + store.files(List.of(part))
                    + " WHERE "
                    + condition(pseudonyms));
        ResultSet rows = statement.executeQuery()) {
      return rows.next() && rows.getLong(1) > 0;
    } catch (SQLException e) {
      throw new IOException("a file of the audit store cannot be read", e);
    }
  }

  /** Reads what was found. */
  @FunctionalInterface
  private interface Rows {
    void read(ResultSet rows) throws SQLException;
  }

  /** Files and the condition that selects rows of theirs inside of the fence that is bound. */
  private String his(List<KeyedName> people) {
    return store.files(store.manifest().files())
        + " WHERE domain = ? AND tenant = ? AND rest IS NOT NULL AND "
        + condition(pseudonyms(people));
  }

  private void ask(String sql, Fence fence, Rows reading) throws IOException {
    try (Connection connection = store.connection();
        PreparedStatement statement = connection.prepareStatement(sql)) {
      statement.setString(1, fence.domain());
      statement.setString(2, fence.tenant());
      try (ResultSet rows = statement.executeQuery()) {
        reading.read(rows);
      }
    } catch (SQLException e) {
      throw new IOException("what is to be forgotten cannot be found", e);
    }
  }

  private ForgottenPerson found(Fence fence, List<KeyedName> people) throws IOException {
    List<String> pseudonyms = pseudonyms(people);
    ForgottenPerson[] found = {
      new ForgottenPerson(pseudonyms, 0, 0, -1, -1, false, Optional.empty())
    };
    if (pseudonyms.isEmpty() || store.manifest().files().isEmpty()) {
      return found[0];
    }
    String young = "(time + delay) > " + (clock.millis() - Retention.KEEP_MIN.toMillis());
    ask(
        "SELECT count(*), count(*) FILTER (WHERE "
            + young
            + "), coalesce(min(position), -1), coalesce(max(position), -1),"
            + " coalesce(bool_or(actor IN ('~"
            + String.join("', '~", pseudonyms)
            + "') AND "
            + young
            + " AND class_uid IN (3004, 6003)"
            + " AND (source = domain || '/@auditor' OR contains(rest, '\"event_code\"'))), false)"
            + " FROM "
            + his(people),
        fence,
        rows -> {
          rows.next();
          found[0] =
              new ForgottenPerson(
                  pseudonyms,
                  rows.getLong(1),
                  rows.getLong(2),
                  rows.getLong(3),
                  rows.getLong(4),
                  rows.getBoolean(5),
                  Optional.empty());
        });
    return found[0];
  }
}
