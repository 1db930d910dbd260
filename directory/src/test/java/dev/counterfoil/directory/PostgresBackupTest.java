package dev.counterfoil.directory;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterfoil.directory.database.PostgresServer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A dump as docs/operate/postgresql.md makes it, while people change, is restored as it was. */
class PostgresBackupTest {
  @TempDir Path folder;

  private static Directory open(String database) throws Exception {
    return Directory.open(
        PostgresServer.shared().place(database), new SecureRandom(), InstantSource.system());
  }

  @Test
  void aDumpHasEverybodyAsTheyWereThen() throws Exception {
    String page =
        Files.readString(
            Path.of(System.getProperty("counterfoil.root"), "docs/operate/postgresql.md"));
    PostgresServer server = PostgresServer.shared();
    String database = server.makeDatabase();
    String restored = server.makeDatabase();
    Path dump = folder.resolve("counterfoil.dump");
    Person alice;
    String invitation;
    try (Directory directory = open(database)) {
      alice = directory.add("acme", "alice", "Alice", Optional.empty());
      invitation = directory.invite(alice.subject(), Duration.ofDays(1));
      assertThat(page).contains("pg_dump --format=custom --file=");
      server.tool("pg_dump", "--format=custom", "--file=" + dump, database);
      directory.add("acme", "bob", "Bob", Optional.empty());
      directory.change(alice.withDisabled(true));
    }

    assertThat(page).contains("pg_restore --exit-on-error --single-transaction --dbname=");
    server.tool(
        "pg_restore",
        "--exit-on-error",
        "--single-transaction",
        "--dbname=" + restored,
        dump.toString());

    try (Directory directory = open(restored)) {
      assertThat(directory.list(Optional.empty(), "", 10)).containsExactly(alice);
      assertThat(directory.invited(invitation)).contains(alice);
      // What is new gets numbers behind those of then.
      directory.groups().add(directory.groups().newGroup("acme", "staff"));
    }
  }
}
