package dev.counterfoil.directory;

import dev.counterfoil.directory.database.PostgresServer;
import dev.counterfoil.directory.database.TablePlace;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;

/** The databases that a test of the directory runs on. */
enum EachPlace {
  SQLITE {
    @Override
    TablePlace empty(Path folder) throws IOException {
      Files.copy(Migrated.FILE, file(folder), StandardCopyOption.COPY_ATTRIBUTES);
      return new TablePlace.File(file(folder));
    }

    @Override
    String stored(Path folder) throws IOException {
      return Files.readString(file(folder), StandardCharsets.ISO_8859_1);
    }

    @Override
    void refuseChangesOfPeople(Path folder) throws SQLException {
      try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + file(folder));
          Statement statement = connection.createStatement()) {
        statement.execute(
            "CREATE TRIGGER full BEFORE UPDATE ON person BEGIN SELECT RAISE(ABORT, 'full'); END");
      }
    }

    private static Path file(Path folder) {
      return folder.resolve("people.db");
    }
  },
  POSTGRESQL {
    @Override
    TablePlace empty(Path folder) throws SQLException {
      PostgresServer server = PostgresServer.shared();
      server.run(
          OnServer.DATABASE,
          "TRUNCATE counterfoil_people.person, counterfoil_people.people_group CASCADE;"
              + " DROP TRIGGER IF EXISTS full_up ON counterfoil_people.person");
      return server.place(OnServer.DATABASE);
    }

    @Override
    String stored(Path folder) throws SQLException {
      return PostgresServer.shared()
          .said(
              OnServer.DATABASE,
              "SELECT schema_to_xml('counterfoil_people', true, false, '')::text");
    }

    @Override
    void refuseChangesOfPeople(Path folder) throws SQLException {
      PostgresServer.shared()
          .run(
              OnServer.DATABASE,
              "CREATE OR REPLACE FUNCTION full_up() RETURNS trigger LANGUAGE plpgsql AS"
                  + " 'BEGIN RAISE EXCEPTION USING MESSAGE = ''full''; END';"
                  + " CREATE TRIGGER full_up BEFORE UPDATE ON counterfoil_people.person"
                  + " FOR EACH ROW EXECUTE FUNCTION full_up()");
    }
  };

  /** One file for all tests of this process to begin with: migrations take the most time. */
  private static final class Migrated {
    private static final Path FILE;

    static {
      try {
        Path folder = Files.createTempDirectory("people");
        FILE = folder.resolve("people.db");
        new TablePlace.File(FILE).open(Directory.TABLES).close();
        FILE.toFile().deleteOnExit();
      } catch (IOException e) {
        throw new IllegalStateException(e);
      }
    }
  }

  /** One database for all tests of this process. */
  private static final class OnServer {
    private static final String DATABASE;

    static {
      try {
        DATABASE = PostgresServer.shared().makeDatabase();
        PostgresServer.shared().place(DATABASE).open(Directory.TABLES).close();
      } catch (SQLException | IOException e) {
        throw new IllegalStateException(e);
      }
    }
  }

  /** One without people. */
  abstract TablePlace empty(Path folder) throws IOException, SQLException;

  /** Everything that it holds. */
  abstract String stored(Path folder) throws IOException, SQLException;

  /** From now on no person can be changed. */
  abstract void refuseChangesOfPeople(Path folder) throws SQLException;
}
