package dev.counterfoil.authority.clients;

import static dev.counterfoil.authority.RunningDomain.AUDIENCE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.counterfoil.authority.AuthorityAdmin;
import dev.counterfoil.authority.RunningDomain;
import dev.counterfoil.authority.administration.ClientCommands;
import dev.counterfoil.directory.database.TablePlace;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.bytes.StrictJson;
import dev.counterfoil.format.keys.GroupHandle;
import dev.counterfoil.signerprotocol.Answer;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Clients are registered, kept, changed and removed. */
class ClientDirectoryTest {
  private static final ClientRegistration APP =
      ClientRegistration.withSecret("app", "acme", List.of(AUDIENCE), List.of("mail.read"));

  @TempDir Path folder;
  private RunningDomain domain;

  @BeforeEach
  void start() throws Exception {
    domain = new RunningDomain(folder);
  }

  @AfterEach
  void stop() throws Exception {
    domain.close();
  }

  private int status(String secret) throws Exception {
    return domain.send(domain.tokenRequest("app", secret)).statusCode();
  }

  @Test
  void aRestartKeepsClients() throws Exception {
    String secret = domain.admin.register(APP).orElseThrow();
    assertThat(status(secret)).isEqualTo(200);

    domain.restart();

    assertThat(status(secret)).isEqualTo(200);
    assertThat(status("wrong")).isEqualTo(401);
  }

  @Test
  void registeringTheSameAgainChangesNothing() throws Exception {
    String secret = domain.admin.register(APP).orElseThrow();

    assertThat(domain.admin.register(APP)).isEmpty();

    assertThat(status(secret)).isEqualTo(200);
    assertThat(domain.admin.list()).containsExactly(APP);
  }

  @Test
  void registeringAnotherUnderTheSameIdIsAConflictAndUpdatingIsNot() throws Exception {
    String secret = domain.admin.register(APP).orElseThrow();
    ClientRegistration other = APP.actingFor("alice@acme.example");

    assertThatThrownBy(() -> domain.admin.register(other))
        .isInstanceOfSatisfying(
            AuthorityAdmin.RefusedException.class,
            e -> assertThat(e.code()).isEqualTo(Answer.Code.CONFLICT));
    assertThat(domain.admin.list()).containsExactly(APP);

    assertThat(domain.admin.update(other)).isEmpty();
    assertThat(domain.admin.list()).containsExactly(other);
    assertThat(RunningDomain.claims(domain.token("app", secret)).string("sub"))
        .isEqualTo("alice@acme.example");
  }

  @Test
  void aRotatedSecretReplacesTheOldOne() throws Exception {
    String old = domain.admin.register(APP).orElseThrow();

    String fresh = domain.admin.rotateSecret("app");

    assertThat(fresh).hasSize(43).isNotEqualTo(old);
    assertThat(status(fresh)).isEqualTo(200);
    assertThat(status(old)).isEqualTo(401);
  }

  /** One that runs in many places changes them one by one. */
  @Test
  void twoSecretsCountUntilTheOldOneIsDropped() throws Exception {
    String old = domain.admin.register(APP).orElseThrow();

    String fresh = domain.admin.rotateSecretKeepingOld("app");
    assertThat(status(fresh)).isEqualTo(200);
    assertThat(status(old)).isEqualTo(200);
    assertThat(domain.admin.standing("app").orElseThrow().hasTwoSecrets()).isTrue();

    // No more than two: the oldest ends.
    String freshest = domain.admin.rotateSecretKeepingOld("app");
    assertThat(status(old)).isEqualTo(401);
    assertThat(status(fresh)).isEqualTo(200);

    assertThat(domain.admin.dropOldSecret("app")).isTrue();
    assertThat(domain.admin.dropOldSecret("app")).isFalse();
    assertThat(status(fresh)).isEqualTo(401);
    assertThat(status(freshest)).isEqualTo(200);
  }

  @Test
  void aDisabledClientIsRefusedUntilItIsEnabled() throws Exception {
    String secret = domain.admin.register(APP).orElseThrow();

    domain.admin.admit("app", false);
    assertThat(status(secret)).isEqualTo(401);
    assertThat(domain.admin.standing("app").orElseThrow().standing().disabled()).isTrue();
    // To register it as it is registered, as each start of an installation does, admits nobody.
    assertThat(domain.admin.register(APP)).isEmpty();
    domain.admin.update(APP.introspecting());
    assertThat(status(secret)).isEqualTo(401);

    domain.admin.admit("app", true);
    assertThat(status(secret)).isEqualTo(200);
  }

  @Test
  void aClientIsRefusedFromItsEndOn() throws Exception {
    Instant now = Instant.now();
    String secret = domain.admin.register(APP, Optional.of(now.plusSeconds(3600))).orElseThrow();
    assertThat(status(secret)).isEqualTo(200);
    domain.admin.expire("app", Optional.of(now.minusSeconds(1)));
    assertThat(status(secret)).isEqualTo(401);
    domain.admin.expire("app", Optional.empty());
    assertThat(status(secret)).isEqualTo(200);
    ClientStanding standing = new ClientStanding(false, Optional.of(now));
    assertThat(standing.admits(now.minusNanos(1))).isTrue();
    assertThat(standing.admits(now)).isFalse();
  }

  /** Else the operator would take it that the client ends, which goes on. */
  @Test
  void addingAClientThatExistsDropsNoEnd() throws Exception {
    domain.admin.register(APP);
    Optional<Instant> end = Optional.of(Instant.parse("2099-01-01T00:00:00Z"));
    assertThatThrownBy(() -> domain.admin.register(APP, end))
        .isInstanceOfSatisfying(
            AuthorityAdmin.RefusedException.class,
            e -> assertThat(e.code()).isEqualTo(Answer.Code.CONFLICT))
        .hasMessageContaining("counterfoil client update with --expires");
    domain.admin.expire("app", end);
    assertThat(domain.admin.register(APP, end)).as("the same again").isEmpty();
    assertThat(domain.admin.register(APP)).as("asks for no end").isEmpty();
    assertThat(domain.admin.standing("app").orElseThrow().standing().expiresAt()).isEqualTo(end);
  }

  @Test
  void aRemovedClientIsGone() throws Exception {
    String secret = domain.admin.register(APP).orElseThrow();
    assertThat(status(secret)).isEqualTo(200);

    domain.admin.remove("app");

    assertThat(status(secret)).isEqualTo(401);
    assertThatThrownBy(() -> domain.admin.remove("app"))
        .isInstanceOf(AuthorityAdmin.RefusedException.class);
  }

  @Test
  void manyClientsAreListedInOrder() throws Exception {
    for (int i = 0; i < ClientCommands.PAGE + 3; i++) {
      domain.admin.register(
          ClientRegistration.withSecret("c" + i, "acme", List.of(AUDIENCE), List.of()));
    }
    assertThat(domain.admin.list())
        .hasSize(ClientCommands.PAGE + 3)
        .extracting(ClientRegistration::clientId)
        .isSorted()
        .doesNotHaveDuplicates();
  }

  @Test
  void noSecretLiesOnTheDisk() throws Exception {
    String secret = domain.admin.register(APP).orElseThrow();
    for (String file : List.of("clients.db", "clients.db-wal", "pepper")) {
      Path path = folder.resolve(file);
      assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(path)))
          .as(file)
          .isEqualTo("rw-------");
      assertThat(new String(Files.readAllBytes(path), StandardCharsets.ISO_8859_1))
          .doesNotContain(secret);
    }
    assertThat(
            new String(
                Files.readAllBytes(folder.resolve("clients.db-wal")), StandardCharsets.ISO_8859_1))
        .contains("mail.read");
  }

  @Test
  void aLostPepperIsNotMadeAnewOverClientsWithSecrets() throws Exception {
    domain.admin.register(APP);
    Path pepper = folder.resolve("pepper");
    Path aside = folder.resolve("pepper.aside");
    Files.move(pepper, aside);
    assertThatThrownBy(this::open)
        .isInstanceOf(IOException.class)
        .hasMessageContaining("Restore it");
    Files.move(aside, pepper);
    open().close();
  }

  @Test
  void aPepperThatOthersCanReadIsRefused() throws Exception {
    Path pepper = folder.resolve("pepper");
    Files.setPosixFilePermissions(pepper, PosixFilePermissions.fromString("rw-r--r--"));
    assertThatThrownBy(this::open).isInstanceOf(IOException.class).hasMessageContaining("chmod");
    Files.setPosixFilePermissions(pepper, PosixFilePermissions.fromString("rw-------"));
    open().close();
  }

  private ClientDirectory open() throws IOException {
    return ClientDirectory.open(
        folder.resolve("clients.db"),
        folder.resolve("pepper"),
        new SecureRandom(),
        InstantSource.system());
  }

  /** Of one that was registered before anyone knew that its key is guessed. */
  @Test
  void aClientIsDisabledAndGetsLessWhateverItsKeysAre() throws Exception {
    // The key of the seed 00 to 00 01.
    JsonObject jwks =
        StrictJson.object(
            ("{\"keys\":[{\"crv\":\"Ed25519\",\"kty\":\"OKP\","
                    + "\"x\":\"TLWr9q15-_WrvMr8wmnYXNJlHtS4hbWGnyQa7fCluik\"}]}")
                .getBytes(StandardCharsets.UTF_8),
            1 << 10);
    ClientRegistration weak = withKeys("weak", jwks, List.of("mail.read"));
    TablePlace place = new TablePlace.File(folder.resolve("clients.db"));
    try (ClientStore store = ClientStore.open(place)) {
      GroupHandle group = GroupHandle.of(new byte[GroupHandle.BYTES]);
      store.put(new Client(weak, null, group), Instant.now(), null, store.revision());
    }
    try (ClientDirectory clients = open()) {
      assertThat(clients.update(withKeys("weak", jwks, List.of())))
          .isInstanceOf(ClientDirectory.Change.Made.class);
      assertThat(clients.stand("weak", _ -> new ClientStanding(true, Optional.empty())))
          .isInstanceOf(ClientDirectory.Change.Made.class);
      // The control: it is not registered again.
      assertThatThrownBy(() -> clients.register(withKeys("other", jwks, List.of())))
          .hasMessageContaining("its seed is easily guessed");
      clients.register(APP);
      assertThatThrownBy(() -> clients.update(withKeys("app", jwks, List.of())))
          .hasMessageContaining("its seed is easily guessed");
    }
  }

  private static ClientRegistration withKeys(String id, JsonObject jwks, List<String> scopes) {
    return ClientRegistration.withKeys(id, "acme", jwks, List.of(AUDIENCE), scopes);
  }

  @Test
  void registrationsOutOfBoundsAreRefused() {
    assertThatThrownBy(() -> ClientRegistration.withSecret("a b", "acme", List.of(), List.of()))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(
            () -> ClientRegistration.withSecret("app", "acme", List.of(), List.of("a b")))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> ClientRegistration.withSecret("app", " ", List.of(), List.of()))
        .isInstanceOf(IllegalArgumentException.class);
    assertThat(APP.clientId()).isEqualTo("app");
  }
}
