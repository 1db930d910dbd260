package dev.counterfoil.authority;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.counterfoil.authority.clients.ClientRegistration;
import dev.counterfoil.authority.connect.SignedInPerson;
import dev.counterfoil.directory.database.PostgresServer;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** An authority whose people and clients are in PostgreSQL, which goes away and returns. */
class PostgresAuthorityTest {
  @TempDir Path folder;

  @Test
  void peopleAndClientsAreThereAndNoTokenOfAKnownClientWaitsForThem() throws Exception {
    try (PostgresServer server = PostgresServer.start();
        RunningDomain domain = RunningDomain.on(RunningDomain.database(server, folder), folder)) {
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
      domain.restart();
      assertThat(domain.token("mail", secret)).isNotEmpty();
      assertThat(folder.resolve("people.db")).doesNotExist();
      assertThat(folder.resolve("clients.db")).doesNotExist();

      server.kill();

      assertThat(domain.token("mail", secret)).isNotEmpty();
      assertThat(ann.refresh(refreshToken).statusCode()).isEqualTo(200);
      assertThat(domain.get("/account").statusCode()).isIn(200, 303);
      assertThat(ann.authorize().statusCode()).isEqualTo(503);
      assertThat(ann.authorize().body()).contains("temporarily_unavailable");
      assertThatThrownBy(() -> domain.admin.people().list(Optional.empty()))
          .isInstanceOf(AuthorityAdmin.RefusedException.class)
          .hasMessageContaining("database");
      assertThatThrownBy(() -> domain.admin.remove("mail"))
          .isInstanceOf(AuthorityAdmin.RefusedException.class)
          .hasMessageContaining("database");
      assertThat(domain.token("mail", secret)).as("it was not removed").isNotEmpty();

      server.restart();
      // A request may still meet a connection of before: it is told to try again in a moment.
      int tries = 0;
      while (tries < 20 && ann.authorize().statusCode() == 503) {
        tries++;
      }

      assertThat(ann.code()).isNotEmpty();
      assertThat(domain.admin.people().list(Optional.empty())).hasSize(1);
      domain.admin.remove("mail");
      assertThat(domain.send(domain.tokenRequest("mail", secret)).statusCode()).isEqualTo(401);
    }
  }
}
