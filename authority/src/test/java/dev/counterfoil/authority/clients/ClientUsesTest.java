package dev.counterfoil.authority.clients;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterfoil.directory.database.PostgresServer;
import dev.counterfoil.directory.database.TablePlace;
import java.nio.charset.StandardCharsets;
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

/** Unused clients and secrets are found, by whichever authority they were used at. */
class ClientUsesTest {
  private static final Instant START = Instant.parse("2026-01-01T00:00:00Z");
  private static final Duration LONG = Duration.ofDays(90);

  @TempDir Path folder;
  private Instant now = START.plusSeconds(100);

  private ClientDirectory open(TablePlace place) throws Exception {
    InstantSource clock = () -> now;
    return ClientDirectory.open(place, folder.resolve("pepper"), new SecureRandom(), clock);
  }

  private static String secretOf(ClientDirectory.Change change) {
    return String.valueOf(((ClientDirectory.Change.Made) change).secret());
  }

  private static String register(ClientDirectory clients, String id) throws Exception {
    return secretOf(
        clients.register(ClientRegistration.withSecret(id, "acme", List.of("mail"), List.of())));
  }

  private static void use(ClientDirectory clients, String id, String secret) {
    ClientDirectory.BySecret by =
        clients.authenticate(id, secret.getBytes(StandardCharsets.US_ASCII)).orElseThrow();
    clients.uses().used(by.client(), by.credential());
  }

  private static ClientDirectory.Usage usage(ClientDirectory clients, String id) {
    return clients.used(client -> client.id().equals(id), Optional.empty(), 1).getFirst().usage();
  }

  private static List<Optional<Instant>> times(ClientDirectory clients, String id) {
    return usage(clients, id).credentials().stream()
        .map(ClientDirectory.CredentialUsage::last)
        .toList();
  }

  private static List<String> unused(ClientDirectory clients) {
    return clients.used(client -> true, Optional.of(LONG), 50).stream()
        .map(one -> one.client().id())
        .toList();
  }

  @Test
  void inAFile() throws Exception {
    everyUseIsSeenFromBothAuthorities(new TablePlace.File(folder.resolve("clients.db")));
  }

  @Test
  void inPostgresql() throws Exception {
    PostgresServer server = PostgresServer.shared();
    everyUseIsSeenFromBothAuthorities(server.place(server.makeDatabase()));
  }

  private void everyUseIsSeenFromBothAuthorities(TablePlace place) throws Exception {
    try (ClientDirectory one = open(place);
        ClientDirectory other = open(place)) {
      assertThat(one.usesSince()).isEqualTo(START.plusSeconds(100)).isEqualTo(other.usesSince());
      String first = register(one, "mail");
      String idle = register(one, "idle");
      assertThat(usage(one, "mail").last()).isEmpty();
      other.refresh();

      // The later of two authorities' times counts, in whichever order they come.
      use(one, "mail", first);
      now = START.plus(Duration.ofMinutes(46));
      use(other, "mail", first);
      other.uses().write();
      one.uses().write();
      Instant quarter = START.plus(Duration.ofMinutes(45));
      assertThat(usage(one, "mail").last()).contains(quarter);
      assertThat(times(other, "mail")).containsExactly(Optional.of(quarter));

      // Of two secrets, each has its time.
      String second = secretOf(one.rotateSecret("mail", true, false));
      assertThat(times(one, "mail")).containsExactly(Optional.empty(), Optional.of(quarter));
      now = START.plus(Duration.ofDays(91));
      use(one, "mail", second);
      Instant late = now;
      assertThat(usage(one, "mail").last()).contains(late);
      assertThat(times(one, "mail")).containsExactly(Optional.of(late), Optional.of(quarter));
      assertThat(unused(one)).containsExactly("idle", "mail");

      // The old secret is dropped: the client is in use, and the other one is not.
      one.dropOldSecret("mail");
      assertThat(times(one, "mail")).containsExactly(Optional.of(late));
      assertThat(unused(one)).containsExactly("idle");
      use(one, "idle", idle);
      assertThat(unused(one)).isEmpty();

      // Who takes its id later begins anew.
      one.remove("mail");
      one.uses().write();
      register(one, "mail");
      assertThat(usage(one, "mail").last()).isEmpty();
    }
    try (ClientDirectory again = open(place)) {
      assertThat(again.usesSince()).isEqualTo(START.plusSeconds(100));
      assertThat(times(again, "idle")).containsExactly(Optional.of(now));
    }
  }

  /** A public client has no credential: its own line alone is stored, and once. */
  @Test
  void aPublicClientsUseIsStoredBesideThatOfOthers() throws Exception {
    TablePlace place = new TablePlace.File(folder.resolve("clients.db"));
    try (ClientDirectory clients = open(place)) {
      String secret = register(clients, "mail");
      clients.register(
          ClientRegistration.withoutSecret(
              "app",
              "acme",
              List.of("mail"),
              List.of(),
              new SignInTerms(
                  Set.of(GrantType.AUTHORIZATION_CODE),
                  List.of("https://app.example/back"),
                  List.of(),
                  Optional.empty(),
                  false)));
      clients.uses().used(clients.find("app").orElseThrow(), ClientStore.ITSELF);
      use(clients, "mail", secret);
      clients.uses().write();
    }
    try (ClientDirectory again = open(place)) {
      assertThat(usage(again, "app").last()).contains(START);
      assertThat(times(again, "app")).isEmpty();
      assertThat(usage(again, "mail").last()).contains(START);
    }
  }

  @Test
  void whatWasNotStoredIsStoredAtTheEnd() throws Exception {
    TablePlace place = new TablePlace.File(folder.resolve("clients.db"));
    try (ClientDirectory clients = open(place)) {
      use(clients, "mail", register(clients, "mail"));
    }
    try (ClientDirectory again = open(place)) {
      assertThat(usage(again, "mail").last()).contains(START);
    }
  }
}
