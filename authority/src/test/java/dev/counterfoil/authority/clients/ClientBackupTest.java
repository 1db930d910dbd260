package dev.counterfoil.authority.clients;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.Statement;
import java.time.InstantSource;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The copy of docs/operate/backup.md, made while clients are registered, is one that works. */
class ClientBackupTest {
  private static final String STATEMENT =
      "VACUUM INTO '/var/lib/counterfoil/authority/clients.backup'";

  @TempDir Path folder;

  private ClientDirectory open(Path at) throws Exception {
    return ClientDirectory.open(
        at.resolve("clients.db"), at.resolve("pepper"), new SecureRandom(), InstantSource.system());
  }

  private static String register(ClientDirectory clients, String id) throws Exception {
    ClientDirectory.Change.Made made =
        (ClientDirectory.Change.Made)
            clients.register(ClientRegistration.withSecret(id, "acme", List.of("mail"), List.of()));
    return String.valueOf(made.secret());
  }

  private static boolean isTaken(ClientDirectory clients, String id, String secret) {
    return clients.authenticate(id, secret.getBytes(StandardCharsets.US_ASCII)).isPresent();
  }

  @Test
  void aCopyOfTheRunningStoreTakesTheSameSecrets() throws Exception {
    assertThat(
            Files.readString(
                Path.of(System.getProperty("counterfoil.root"), "docs/operate/backup.md")))
        .contains(STATEMENT);
    Path backup = Files.createDirectories(folder.resolve("backup"));
    String before;
    String after;
    try (ClientDirectory clients = open(folder)) {
      before = register(clients, "before");
      try (Connection database =
              DriverManager.getConnection("jdbc:sqlite:" + folder.resolve("clients.db"));
          Statement statement = database.createStatement()) {
        statement.execute(
            STATEMENT.replace(
                "/var/lib/counterfoil/authority/clients.backup",
                backup.resolve("clients.db").toString()));
      }
      Files.copy(folder.resolve("pepper"), backup.resolve("pepper"));
      Files.setPosixFilePermissions(
          backup.resolve("pepper"),
          java.nio.file.attribute.PosixFilePermissions.fromString("rw-------"));
      after = register(clients, "after");
      assertThat(isTaken(clients, "after", after)).isTrue();
    }
    try (ClientDirectory restored = open(backup)) {
      assertThat(isTaken(restored, "before", before)).isTrue();
      assertThat(isTaken(restored, "before", after)).isFalse();
      assertThat(isTaken(restored, "after", after)).as("registered after the copy").isFalse();
    }
  }
}
