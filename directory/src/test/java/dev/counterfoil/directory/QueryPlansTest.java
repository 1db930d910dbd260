package dev.counterfoil.directory;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterfoil.directory.database.OpenTables;
import dev.counterfoil.directory.database.PostgresServer;
import dev.counterfoil.directory.database.QueryPlans;
import dev.counterfoil.directory.database.TablePlace;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a statement costs does not grow with the people of others: an index bounds each of them. */
class QueryPlansTest {
  /** Statements that may read a whole table, and why. */
  private static final List<String> MAY_SCAN =
      List.of(
          // A bite of up to 10,000 of what is kept for minutes: PostgreSQL joins it with the table.
          "DELETE FROM ending WHERE id IN"
              + " (SELECT id FROM ending WHERE at < ? ORDER BY at LIMIT ?)",
          // At most PAGE_MAX in the order of the key, and what was passed on is deleted.
          "SELECT id, kind, subject, tenant, was, becomes, at FROM person_change"
              + " ORDER BY id LIMIT ?");

  @TempDir
  @SuppressWarnings("NullAway.Init") // injected
  private Path folder;

  @Test
  void eachStatementIsBoundByAnIndexInSqlite() throws Exception {
    boundByAnIndex(new TablePlace.File(folder.resolve("people.db")));
  }

  @Test
  void eachStatementIsBoundByAnIndexInPostgresql() throws Exception {
    boundByAnIndex(QueryPlans.withoutSequentialScans(PostgresServer.shared()));
  }

  private static void boundByAnIndex(TablePlace place) throws Exception {
    try (OpenTables tables = place.open(Directory.TABLES)) {
      QueryPlans plans = new QueryPlans("dev.counterfoil.directory");
      tables.jdbi().setSqlLogger(plans);
      Directory directory = new Directory(tables, new SecureRandom(), InstantSource.system());
      people(directory);
      groups(directory);
      proofs(directory);
      assertThat(plans.sourcesWithUnseen()).isEmpty();
      assertThat(plans.scanned().keySet()).isSubsetOf(MAY_SCAN);

      int before = plans.scanned().size();
      tables
          .jdbi()
          .useHandle(
              handle ->
                  handle.createQuery("SELECT 1 FROM person WHERE name = 'Ann'").mapToMap().list());
      assertThat(plans.scanned()).as("the control").hasSize(before + 1);
    }
  }

  /** Without one a person's removal reads all rows of others to find the person's. */
  @Test
  void eachForeignKeyBeginsAnIndex() throws Exception {
    String foreign =
        "SELECT count(*) FROM pg_constraint AS key WHERE contype = 'f' AND NOT EXISTS"
            + " (SELECT 1 FROM pg_index WHERE indrelid = conrelid AND indkey[0] = conkey[1])";
    PostgresServer server = PostgresServer.shared();
    String database = server.makeDatabase();
    server.place(database).open(Directory.TABLES).close();
    assertThat(server.said(database, foreign)).isEqualTo("0");
    server.run(database, "DROP INDEX counterfoil_people.passkey_of_person");
    assertThat(server.said(database, foreign)).as("the control").isEqualTo("1");
  }

  private static void people(Directory directory) throws Exception {
    Person ann = directory.add("acme", "ann", "Ann", Optional.of("ann@acme.example"));
    directory.bySubject(ann.subject());
    directory.named("ann");
    directory.list(Optional.of("acme"), "", 10);
    directory.list(Optional.empty(), "", 10);
    ann = directory.change(ann.withDisabled(true));
    ann = directory.change(ann.withDisabled(false));
    String invitation = directory.invite(ann.subject(), Duration.ofDays(1));
    directory.invited(invitation);
    directory.invitedUntil(ann.subject());
    directory.useInvitation(invitation);
    Consent consent =
        new Consent(ann.subject(), "mail", Set.of("a"), Instant.EPOCH, Optional.empty());
    directory.consent(consent);
    directory.consent(consent);
    directory.consents(ann.subject());
    directory.consent(ann.subject(), "mail");
    directory.withConsent(ann.subject(), "mail");
    directory.withdraw(ann.subject(), "mail");
    directory.changes().next().forEach(directory.changes()::done);
    for (Endings.Kind kind : Endings.Kind.values()) {
      directory.endings().add(new Endings.Ending(0, kind, ann.subject(), "", "", 1, Instant.EPOCH));
    }
    directory.endings().since(2, Instant.EPOCH, 0);
    directory.endings().extent(2, Instant.EPOCH, 0);
    directory.endings().forget(Instant.now());
    directory.remove(ann.subject());
  }

  private static void groups(Directory directory) throws Exception {
    Groups groups = directory.groups();
    Person ben = directory.add("acme", "ben", "Ben", Optional.empty());
    PeopleGroup staff = groups.newGroup("acme", "staff");
    groups.add(staff);
    staff = groups.addMember(groups.named("acme", "staff"), ben);
    groups.list(Optional.of("acme"), "", "", 10);
    groups.list(Optional.empty(), "", "", 10);
    groups.members(staff, "", 10);
    groups.of(ben.subject());
    groups.remove(groups.removeMember(staff, ben.subject()));
  }

  private static void proofs(Directory directory) throws Exception {
    Person cid = directory.newPerson("acme", "cid", "Cid", Optional.of("cid@acme.example"));
    ImportedPasswords imported = directory.importedPasswords();
    imported.add(cid, "$other", Optional.of("$other$"));
    imported.kinds();
    imported.replace(cid.subject(), "$other", "$own");
    directory.password(cid.subject());
    directory.setPassword(cid.subject(), Optional.of("$new"));

    byte[] id = {1};
    directory.addPasskey(
        new Passkey(
            cid.subject(), id, new byte[] {2}, 0, false, "Key", Instant.EPOCH, Optional.empty()));
    directory.usedPasskey(id, 1, false, Instant.EPOCH);
    directory.passkey(id);
    directory.passkeys(cid.subject());
    directory.removePasskey(cid.subject(), id);

    SecondFactors factors = directory.secondFactors();
    factors.set(
        cid.subject(), new OneTimeCode(new byte[40], 1, Instant.EPOCH), List.of(new byte[32]));
    factors.of(cid.subject());
    factors.useStep(cid.subject(), 2);
    factors.useRecovery(cid.subject(), new byte[32]);
    factors.renewRecovery(cid.subject(), List.of(new byte[32]));
    factors.recoveryLeft(cid.subject());
    factors.remove(cid.subject());

    UpstreamLinks links = directory.upstreamLinks();
    links.link(cid.subject(), "https://other.example", "17", "Other");
    links.person("https://other.example", "17");
    links.of(cid.subject());
    links.ofVerifiedEmail("acme", "cid@acme.example");
    links.unlink(cid.subject(), "https://other.example", "17");

    Recoveries recoveries = directory.recoveries();
    String link = recoveries.begin(cid.subject(), Duration.ZERO, Duration.ofDays(1));
    recoveries.of(cid.subject());
    recoveries.ofLink(link);
    recoveries.recovering(link);
    recoveries.use(link);
    recoveries.stop(cid.subject());
    directory.takeCredentials(cid.subject());
  }
}
