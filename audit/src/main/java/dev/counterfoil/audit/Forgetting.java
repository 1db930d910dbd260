package dev.counterfoil.audit;

import dev.counterfoil.format.FormatException;
import dev.counterfoil.format.JsonObject;
import dev.counterfoil.format.StrictJson;
import dev.counterfoil.log.Disk;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * Forgets one person of a tenant's. In order: whoever comes by his name from now on is somebody
 * else; what is to be done is written down; an event says by his pseudonym how many of his events
 * go, from which position to which, on what ground; his name and key are overwritten, and with them
 * journal, texts and salts are shredded; his rows lose all but tenant, position and pseudonym. The
 * leaves stay. A crash anywhere leaves the rest to the next start, which says it again. Belongs to
 * one thread at a time.
 */
final class Forgetting {
  private static final String FILE = "forgetting.json";
  private static final int BYTES_MAX = 64 << 10;

  /** What is left of a row of somebody who is forgotten. */
  private static final List<String> LEFT = List.of("domain", "tenant", "position");

  private final EventStore store;
  private final AuditLog log;
  private final Names names;
  private final LegalHolds holds;
  private final Disk disk;
  private final InstantSource clock;
  private final Settling settling;

  /** Has all that is recorded lie in files. */
  @FunctionalInterface
  interface Settling {
    void settle() throws IOException;
  }

  Forgetting(
      EventStore store,
      AuditLog log,
      Names names,
      LegalHolds holds,
      Disk disk,
      InstantSource clock,
      Settling settling) {
    this.store = store;
    this.log = log;
    this.names = names;
    this.holds = holds;
    this.disk = disk;
    this.clock = clock;
    this.settling = settling;
  }

  /** What is to be forgotten; durable before it begins. */
  private record Intent(
      Fence fence, String pseudonym, OwnEvents.Deletion what, String ground, Reader by) {
    JsonObject toJson() {
      return JsonObject.builder()
          .put("domain", fence.domain())
          .put("tenant", fence.tenant())
          .put("pseudonym", pseudonym)
          .put("first", what.first())
          .put("last", what.last())
          .put("count", what.count())
          .put("ground", ground)
          .put("client", by.client())
          .put("user", by.user().orElse(null))
          .build();
    }

    static Intent of(JsonObject json) throws FormatException {
      return new Intent(
          new Fence(json.string("domain"), json.string("tenant")),
          json.string("pseudonym"),
          new OwnEvents.Deletion(
              json.number("first"), json.number("last"), json.number("count"), "audit forget"),
          json.string("ground"),
          new Reader(json.string("client"), json.optionalString("user"), Optional.empty()));
    }
  }

  /** Says what would be forgotten. */
  Auditor.Forgotten look(Fence fence, String name) throws IOException {
    settling.settle();
    return found(fence, names.all(fence, name));
  }

  /**
   * Forgets a name.
   *
   * @param ground for the tenant to read; does not name him
   */
  Auditor.Forgotten forget(Fence fence, String name, String ground, Reader by) throws IOException {
    // One that a fault broke off ends first: there is one place for what is under way.
    resume();
    Auditor.Forgotten found = look(fence, name);
    String refusal = refusal(fence, name, ground, found);
    if (!refusal.isEmpty()) {
      return found.refused(refusal);
    }
    // Nobody puts the tenant on hold between the look at the holds and the end.
    synchronized (holds) {
      if (holds.has(fence)) {
        return found.refused("the tenant is on hold: see counterfoil audit hold list");
      }
      List<Person> people = names.all(fence, name);
      people.forEach(log::retire);
      settling.settle();
      for (Person person : people) {
        Auditor.Forgotten his = found(fence, List.of(person));
        Intent intent =
            new Intent(
                fence,
                person.pseudonym(),
                new OwnEvents.Deletion(his.first(), his.last(), his.events(), "audit forget"),
                ground,
                by);
        disk.replace(FILE, intent.toJson().canonicalBytes());
        carryOut(intent);
      }
    }
    return found;
  }

  private String refusal(Fence fence, String name, String ground, Auditor.Forgotten found) {
    if (found.pseudonyms().isEmpty()) {
      return "no event of the tenant has that name, or it is forgotten already";
    }
    if (holds.has(fence)) {
      return "the tenant is on hold: see counterfoil audit hold list";
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

  /** Ends what a crash broke off. */
  void resume() throws IOException {
    byte[] bytes;
    try {
      bytes = disk.read(FILE, BYTES_MAX);
    } catch (NoSuchFileException e) {
      return;
    }
    try {
      Intent intent = Intent.of(StrictJson.object(bytes, BYTES_MAX));
      names.byPseudonym(intent.fence(), intent.pseudonym()).ifPresent(log::retire);
      settling.settle();
      carryOut(intent);
    } catch (FormatException | IllegalArgumentException e) {
      throw new IOException(
          FILE + " in " + disk + " cannot be read: somebody is half forgotten", e);
    }
  }

  private void carryOut(Intent intent) throws IOException {
    Optional<Person> person = names.byPseudonym(intent.fence(), intent.pseudonym());
    if (person.isPresent()) {
      if (intent.what().count() > 0) {
        record(intent);
      }
      names.forget(person.get());
    }
    empty(intent.pseudonym());
    disk.delete(FILE);
  }

  private void record(Intent intent) throws IOException {
    try {
      log.record(
          intent.fence().domain(),
          OwnEvents.forgotten(
              intent.fence().tenant(),
              intent.by(),
              intent.pseudonym(),
              intent.what(),
              intent.ground(),
              clock.millis()));
    } catch (AuditUnavailableException e) {
      // Nothing was done yet, so nothing is owed, and whoever asked hears that it was not.
      disk.delete(FILE);
      throw e;
    }
  }

  /** A pseudonym has letters, digits, - and _ alone. */
  private static String condition(String pseudonym) {
    return "(actor = '~" + pseudonym + "' OR entity = '~" + pseudonym + "')";
  }

  private void empty(String pseudonym) throws IOException {
    for (StoreManifest.Part part : store.manifest().files()) {
      if (has(part, pseudonym)) {
        List<String> replaced = new ArrayList<>();
        for (String column : store.columns(part)) {
          if (!LEFT.contains(column)) {
            String then = column.equals("forgotten") ? "'" + pseudonym + "'" : "NULL";
            replaced.add(
                "CASE WHEN coalesce(%s, false) THEN %s ELSE \"%s\" END AS \"%s\""
                    .formatted(condition(pseudonym), then, column, column));
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

  private boolean has(StoreManifest.Part part, String pseudonym) throws IOException {
    try (Connection connection = store.connection();
        PreparedStatement statement =
            connection.prepareStatement(
                "SELECT count(*) FROM "
                    + store.files(List.of(part))
                    + " WHERE "
                    + condition(pseudonym));
        ResultSet rows = statement.executeQuery()) {
      return rows.next() && rows.getLong(1) > 0;
    } catch (SQLException e) {
      throw new IOException("a file of the audit store cannot be read", e);
    }
  }

  private Auditor.Forgotten found(Fence fence, List<Person> people) throws IOException {
    List<String> pseudonyms = people.stream().map(Person::pseudonym).toList();
    List<StoreManifest.Part> files = store.manifest().files();
    if (pseudonyms.isEmpty() || files.isEmpty()) {
      return new Auditor.Forgotten(pseudonyms, 0, 0, -1, -1, false, Optional.empty());
    }
    String his = "('~" + String.join("', '~", pseudonyms) + "')";
    String young = "(time + delay) > " + (clock.millis() - Retention.KEEP_MIN.toMillis());
    try (Connection connection = store.connection();
        PreparedStatement statement =
            connection.prepareStatement(
                "SELECT count(*), count(*) FILTER (WHERE "
                    + young
                    + "), coalesce(min(position), -1), coalesce(max(position), -1),"
                    + " coalesce(bool_or(actor IN "
                    + his
                    + " AND "
                    + young
                    + " AND class_uid IN (3004, 6003)"
                    + " AND (source = domain || '/@auditor' OR contains(rest, '\"event_code\"'))), false)"
                    + " FROM "
                    + store.files(files)
                    + " WHERE domain = ? AND tenant = ? AND rest IS NOT NULL AND (actor IN "
                    + his
                    + " OR entity IN "
                    + his
                    + ")")) {
      statement.setString(1, fence.domain());
      statement.setString(2, fence.tenant());
      try (ResultSet rows = statement.executeQuery()) {
        rows.next();
        return new Auditor.Forgotten(
            pseudonyms,
            rows.getLong(1),
            rows.getLong(2),
            rows.getLong(3),
            rows.getLong(4),
            rows.getBoolean(5),
            Optional.empty());
      }
    } catch (SQLException e) {
      throw new IOException("what is to be forgotten cannot be found", e);
    }
  }
}
