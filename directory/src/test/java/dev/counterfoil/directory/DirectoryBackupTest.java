package dev.counterfoil.directory;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.Statement;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A copy of the running directory, as docs/operate/backup.md makes it, without any key folder. */
class DirectoryBackupTest {
  @TempDir Path folder;

  private static Directory open(Path database) throws Exception {
    return Directory.open(database, new SecureRandom(), InstantSource.system());
  }

  @Test
  void aCopyHasEverybodyAsTheyWereThen() throws Exception {
    Path database = folder.resolve("people.db");
    Path copy = Files.createDirectories(folder.resolve("backup")).resolve("people.db");
    Person alice;
    String invitation;
    try (Directory directory = open(database)) {
      alice = directory.add("acme", "alice", "Alice", Optional.of("alice@acme.example"));
      PeopleGroup staff = directory.groups().newGroup("acme", "staff");
      directory.groups().add(staff);
      directory.groups().addMember(staff, alice);
      invitation = directory.invite(alice.subject(), Duration.ofDays(1));
      try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + database);
          Statement statement = connection.createStatement()) {
        statement.execute("VACUUM INTO '" + copy + "'");
      }
      directory.add("acme", "bob", "Bob", Optional.empty());
      directory.change(alice.withDisabled(true));
    }

    try (Directory restored = open(copy)) {
      assertThat(restored.list(Optional.empty(), "", 10)).containsExactly(alice);
      assertThat(restored.groups().of(alice.subject())).containsExactly("staff");
      assertThat(restored.invitedUntil(alice.subject())).isPresent();
      assertThat(restored.invited(invitation)).contains(alice);
    }
  }
}
