package dev.counterfoil.directory.database;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.counterfoil.directory.Directory;
import dev.counterfoil.directory.Passkey;
import dev.counterfoil.directory.PeopleGroup;
import dev.counterfoil.directory.Person;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A file's people are in a PostgreSQL afterwards, each of them, or none. */
class TableMoveTest {
  @TempDir Path folder;
  private Path file;
  private String database;
  private Person alice;
  private Passkey passkey;
  private String invitation;

  private static Directory open(TablePlace place) throws Exception {
    return Directory.open(place, new SecureRandom(), InstantSource.system());
  }

  @BeforeEach
  void fill() throws Exception {
    file = folder.resolve("people.db");
    database = PostgresServer.shared().makeDatabase();
    try (Directory directory = open(new TablePlace.File(file))) {
      alice = directory.add("acme", "alice", "Älice \uD83D\uDE00", Optional.of("a@acme.example"));
      passkey =
          new Passkey(
              alice.subject(),
              new byte[] {0, -1, 2},
              new byte[] {9},
              4_294_967_295L,
              true,
              "phone",
              alice.createdAt(),
              Optional.empty());
      directory.addPasskey(passkey);
      invitation = directory.invite(alice.subject(), Duration.ofDays(1));
      PeopleGroup staff = directory.groups().newGroup("acme", "staff");
      directory.groups().add(staff);
      directory.groups().addMember(staff, alice);
      directory.change(alice.withDisabled(true));
      directory.change(directory.named("alice").withDisabled(false));
      alice = directory.named("alice");
    }
    try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + file);
        Statement statement = connection.createStatement()) {
      statement.execute(
          "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1100)"
              + " INSERT INTO person SELECT 's' || i, 'acme', 'person' || i, 'Person', NULL, 0, 0,"
              + " 5, 1, NULL, NULL FROM n");
    }
  }

  private TablePlace.Server server() {
    return PostgresServer.shared().place(database);
  }

  private TableMove.Outcome move() throws Exception {
    return TableMove.move(List.of(Directory.TABLES.in(file)), server());
  }

  private String people() throws SQLException {
    return PostgresServer.shared().said(database, "SELECT count(*) FROM counterfoil_people.person");
  }

  @Test
  void everyRowIsThereAndNewOnesFollow() throws Exception {
    TableMove.Outcome.Done done = (TableMove.Outcome.Done) move();

    assertThat(done.before()).isFalse();
    assertThat(done.tables())
        .anySatisfy(
            one -> {
              assertThat(one.name()).isEqualTo("counterfoil_people.person");
              assertThat(one.rows()).isEqualTo(1_101);
            });
    try (Directory directory = open(server())) {
      assertThat(directory.named("alice")).isEqualTo(alice);
      assertThat(directory.passkeys(alice.subject())).hasSize(1);
      assertThat(directory.passkeys(alice.subject()).getFirst().id()).isEqualTo(passkey.id());
      assertThat(directory.groups().of(alice.subject())).containsExactly("staff");
      assertThat(directory.changes().next()).hasSize(3);
      assertThat(directory.invited(invitation)).contains(alice);
      // Asked again, it finds everything there.
      assertThat(((TableMove.Outcome.Done) move()).before()).isTrue();
      // Numbers go on behind those that were moved.
      directory.groups().add(directory.groups().newGroup("acme", "next"));
    }

    TableMove.Outcome again = move();

    assertThat(again).isInstanceOf(TableMove.Outcome.Occupied.class);
    try (Directory directory = open(server())) {
      assertThat(directory.groups().list(Optional.empty(), "", "", 10)).hasSize(2);
    }
  }

  @Test
  void whatFailsHalfWayLeavesNothing() throws Exception {
    server().open(Directory.TABLES).close();
    PostgresServer.shared()
        .run(
            database,
            "CREATE FUNCTION full_up() RETURNS trigger LANGUAGE plpgsql AS"
                + " 'BEGIN RAISE EXCEPTION USING MESSAGE = ''full''; END';"
                + " CREATE TRIGGER full_up BEFORE INSERT ON counterfoil_people.passkey"
                + " FOR EACH ROW EXECUTE FUNCTION full_up()");

    assertThatThrownBy(this::move).isInstanceOf(SQLException.class);
    assertThat(people()).isEqualTo("0");

    PostgresServer.shared().run(database, "DROP TRIGGER full_up ON counterfoil_people.passkey");
    assertThat(move()).isInstanceOf(TableMove.Outcome.Done.class);
    assertThat(people()).isEqualTo("1101");
  }

  @Test
  void whatIsReadBackOtherwiseIsNotMoved() throws Exception {
    server().open(Directory.TABLES).close();
    PostgresServer.shared()
        .run(
            database,
            "CREATE FUNCTION other() RETURNS trigger LANGUAGE plpgsql AS"
                + " 'BEGIN NEW.name := lower(NEW.name); RETURN NEW; END';"
                + " CREATE TRIGGER other BEFORE INSERT ON counterfoil_people.person"
                + " FOR EACH ROW EXECUTE FUNCTION other()");

    assertThatThrownBy(this::move)
        .isInstanceOf(java.io.IOException.class)
        .hasMessageContaining("counterfoil_people.person");
    assertThat(people()).isEqualTo("0");
  }

  @Test
  void nobodyChangesTheFileMeanwhile() throws Exception {
    try (Connection other = DriverManager.getConnection("jdbc:sqlite:" + file);
        Statement statement = other.createStatement()) {
      other.setAutoCommit(false);
      statement.execute("UPDATE person SET name = 'Other' WHERE username = 'alice'");

      assertThatThrownBy(this::move)
          .isInstanceOf(java.io.IOException.class)
          .hasMessageContaining("stop");
    }
  }
}
