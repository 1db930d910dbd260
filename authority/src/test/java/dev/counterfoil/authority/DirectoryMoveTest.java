package dev.counterfoil.authority;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.counterfoil.authority.clients.ClientRegistration;
import dev.counterfoil.authority.connect.SignedInPerson;
import dev.counterfoil.authority.settings.PostgresEntry;
import dev.counterfoil.directory.database.PostgresServer;
import dev.counterfoil.directory.database.TableMove;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** An authority whose people and clients move from its files into PostgreSQL. */
class DirectoryMoveTest {
  @TempDir Path folder;

  @Test
  void peopleAndClientsGoOnAsTheyWere() throws Exception {
    try (RunningDomain domain = new RunningDomain(folder)) {
      SignedInPerson ann = new SignedInPerson(domain, "ann");
      ann.allow();
      String refreshToken = ann.refreshToken();
      String secret =
          domain
              .admin
              .register(
                  ClientRegistration.withSecret(
                      "mail", "acme", List.of(RunningDomain.AUDIENCE), List.of()))
              .orElseThrow();
      PostgresEntry postgres = RunningDomain.database(PostgresServer.shared(), folder);

      assertThatThrownBy(() -> domain.moveTo(postgres))
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContaining("runs");
      domain.stopAuthority();
      TableMove.Outcome outcome = domain.moveTo(postgres);

      assertThat(outcome).isInstanceOf(TableMove.Outcome.Done.class);
      for (String file : List.of("clients.db", "people.db", "signals.db")) {
        Files.delete(folder.resolve(file));
      }
      domain.startAuthorityAgain();
      assertThat(domain.token("mail", secret)).isNotEmpty();
      assertThat(ann.refresh(refreshToken).statusCode()).isEqualTo(200);
      assertThat(ann.code()).as("of the same session and consent").isNotEmpty();
      assertThat(domain.admin.people().list(Optional.empty())).hasSize(1);
      domain.admin.remove("mail");
      assertThat(domain.send(domain.tokenRequest("mail", secret)).statusCode()).isEqualTo(401);
      assertThat(folder.resolve("clients.db")).doesNotExist();
    }
  }
}
