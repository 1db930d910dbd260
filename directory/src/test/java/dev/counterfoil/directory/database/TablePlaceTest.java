package dev.counterfoil.directory.database;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterfoil.directory.Directory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.SQLTransientConnectionException;
import java.sql.Statement;
import java.time.InstantSource;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A file of before opens, a file is its owner's alone, and what is away is told from what fails.
 */
class TablePlaceTest {
  @TempDir Path folder;

  private Directory open(Path file) throws Exception {
    return Directory.open(new TablePlace.File(file), new SecureRandom(), InstantSource.system());
  }

  @Test
  void aFileFromBeforeTheMigrationsWereForBothDatabasesOpens() throws Exception {
    Path file = folder.resolve("people.db");
    try (Directory directory = open(file)) {
      directory.add("acme", "ann", "Ann", Optional.empty());
    }
    try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + file);
        Statement statement = connection.createStatement()) {
      // Their sums are of files in which SQLite's words stood.
      statement.execute("UPDATE flyway_schema_history SET checksum = checksum + 1");
    }
    try (Directory directory = open(file)) {
      assertThat(directory.named("ann").name()).isEqualTo("Ann");
    }
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
        .isEqualTo("rw-------");
  }

  @Test
  void whatIsAwayIsWorthAnotherTryAndWhatIsWrongIsNot() {
    assertThat(TablePlace.isAway(new IllegalStateException(new SQLException("gone", "08006"))))
        .isTrue();
    assertThat(TablePlace.isAway(new SQLTransientConnectionException("no connection"))).isTrue();
    assertThat(TablePlace.isAway(new SQLException("no such table", "42P01"))).isFalse();
    assertThat(TablePlace.isAway(new SQLException("locked"))).isFalse();
    assertThat(TablePlace.isAway(new IllegalStateException("ours"))).isFalse();
  }
}
