package dev.counterfoil.directory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.counterfoil.directory.DirectoryRefusedException.Reason;
import dev.counterfoil.directory.database.PostgresAddress;
import dev.counterfoil.directory.database.PostgresServer;
import dev.counterfoil.directory.database.TablePlace;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What only a server can do to a directory: two processes, failures, and an end between. */
class PostgresDirectoryTest {
  private static Directory open(TablePlace place) throws IOException {
    return Directory.open(place, new SecureRandom(), InstantSource.system());
  }

  private static Passkey passkey(String subject, String id) {
    return new Passkey(
        subject,
        id.getBytes(StandardCharsets.UTF_8),
        new byte[] {1},
        0,
        false,
        "Phone",
        Instant.EPOCH,
        Optional.empty());
  }

  @Test
  void whatOneAuthorityChangedTheOtherReadsAndUsesOnce() throws Exception {
    TablePlace place = PostgresServer.shared().place();
    try (Directory one = open(place);
        Directory other = open(place)) {
      Person ann = one.add("acme", "ann", "Ann", Optional.empty());
      assertThat(other.named("ann")).isEqualTo(ann);
      String secret = one.invite(ann.subject(), Duration.ofDays(1));

      assertThat(other.useInvitation(secret)).isTrue();
      assertThat(one.useInvitation(secret)).isFalse();

      Person renamed = other.change(ann.withName("Ann B."));
      assertThatThrownBy(() -> one.change(ann.withDisabled(true)))
          .isInstanceOfSatisfying(
              DirectoryRefusedException.class,
              e -> assertThat(e.reason()).isEqualTo(Reason.OUTDATED));
      assertThat(one.change(renamed.withDisabled(true)).version()).isEqualTo(3);
    }
  }

  @Test
  void ofFortyThatTakeTheLastPlaceAtTwoAuthoritiesOneGetsIt() throws Exception {
    TablePlace place = PostgresServer.shared().place();
    try (Directory one = open(place);
        Directory other = open(place);
        var threads = Executors.newFixedThreadPool(8)) {
      Person ann = one.add("acme", "ann", "Ann", Optional.empty());
      for (int i = 1; i < Directory.PASSKEYS_MAX; i++) {
        one.addPasskey(passkey(ann.subject(), "k" + i));
      }
      CountDownLatch go = new CountDownLatch(1);
      List<Future<Boolean>> tries = new ArrayList<>();
      for (int i = 0; i < 40; i++) {
        Directory at = i % 2 == 0 ? one : other;
        String id = "last" + i;
        tries.add(
            threads.submit(
                () -> {
                  go.await();
                  try {
                    at.addPasskey(passkey(ann.subject(), id));
                    return true;
                  } catch (DirectoryRefusedException e) {
                    assertThat(e.reason()).isEqualTo(Reason.FULL);
                    return false;
                  }
                }));
      }
      go.countDown();
      int placed = 0;
      for (Future<Boolean> one40th : tries) {
        placed += one40th.get() ? 1 : 0;
      }

      assertThat(placed).isEqualTo(1);
      assertThat(one.passkeys(ann.subject())).hasSize(Directory.PASSKEYS_MAX);
    }
  }

  @Test
  void aUsernameThatAnotherTookBetweenCheckAndChangeIsRefusedAsTaken() throws Exception {
    PostgresServer server = PostgresServer.shared();
    String database = server.makeDatabase();
    try (Directory directory = open(server.place(database));
        Connection between =
            DriverManager.getConnection(
                "jdbc:" + server.address(database).toString().replace("counterfoil@", ""),
                "counterfoil",
                server.password());
        Statement statement = between.createStatement();
        var thread = Executors.newSingleThreadExecutor()) {
      Person ann = directory.add("acme", "ann", "Ann", Optional.empty());
      Person bob = directory.add("acme", "bob", "Bob", Optional.empty());
      between.setAutoCommit(false);
      statement.execute(
          "UPDATE counterfoil_people.person SET username = 'eve' WHERE username = 'bob'");
      // Not seen by the check, and then waited for by the index.
      Future<Person> change = thread.submit(() -> directory.change(ann.withUsername("eve")));
      awaitWaiting(server, database, 1, change);
      between.commit();

      assertThatThrownBy(change::get)
          .cause()
          .isInstanceOfSatisfying(
              DirectoryRefusedException.class, e -> assertThat(e.reason()).isEqualTo(Reason.TAKEN));
      assertThat(directory.named("eve").subject()).isEqualTo(bob.subject());
    }
  }

  @Test
  void aServerThatGoesAwayIsSaidToBeAndServesAgainWhenItReturns() throws Exception {
    try (PostgresServer server = PostgresServer.start();
        Directory directory = open(server.place())) {
      Person ann = directory.add("acme", "ann", "Ann", Optional.empty());
      String secret = directory.invite(ann.subject(), Duration.ofDays(1));

      server.kill();
      assertThatThrownBy(() -> directory.useInvitation(secret))
          .matches(TablePlace::isAway, "worth another try");
      assertThatThrownBy(() -> directory.change(ann.withName("A")))
          .matches(TablePlace::isAway, "worth another try");

      server.restart();
      // It answers that it is not ready yet before it is, and the pool tries again by and by.
      for (int tries = 0; tries < 100 && isAway(directory); tries++) {
        Thread.sleep(100);
      }
      assertThat(directory.useInvitation(secret)).isTrue();
      assertThat(directory.change(ann.withName("A")).version()).isEqualTo(2);
    }
  }

  private static boolean isAway(Directory directory) throws Exception {
    try {
      directory.named("ann");
      return false;
    } catch (RuntimeException e) {
      if (!TablePlace.isAway(e)) {
        throw e;
      }
      return true;
    }
  }

  @Test
  void whereAllConnectionsAreTakenARequestIsRefusedSoon() throws Exception {
    PostgresServer server = PostgresServer.shared();
    String database = server.makeDatabase();
    try (Directory directory = open(server.place(database));
        Connection holder =
            DriverManager.getConnection(
                "jdbc:" + server.address(database).toString().replace("counterfoil@", ""),
                "counterfoil",
                server.password());
        Statement statement = holder.createStatement();
        var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      Person ann = directory.add("acme", "ann", "Ann", Optional.empty());
      holder.setAutoCommit(false);
      statement.execute("LOCK TABLE counterfoil_people.person IN ACCESS EXCLUSIVE MODE");
      List<Future<Optional<Person>>> waiting = new ArrayList<>();
      while (waiting.size() < TablePlace.CONNECTIONS_MAX) {
        Future<Optional<Person>> one = threads.submit(() -> directory.bySubject(ann.subject()));
        if (awaitWaiting(server, database, waiting.size() + 1, one)) {
          waiting.add(one);
        }
      }

      assertThatThrownBy(() -> directory.bySubject(ann.subject()))
          .matches(TablePlace::isAway, "worth another try");
      holder.rollback();
      for (Future<Optional<Person>> one : waiting) {
        assertThat(one.get()).contains(ann);
      }
      assertThat(directory.bySubject(ann.subject())).contains(ann);
    }
  }

  @Test
  void aWrongPasswordOpensNothingAndIsNotRepeated() throws Exception {
    TablePlace.Server right = PostgresServer.shared().place();
    assertThatThrownBy(() -> open(new TablePlace.Server(right.address(), () -> "hunter2")))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("cannot be opened")
        .hasMessageContaining("password authentication failed")
        .satisfies(e -> assertThat(e).hasStackTraceContaining("28P01"))
        .satisfies(
            e ->
                assertThat(org.assertj.core.util.Throwables.getStackTrace(e))
                    .doesNotContain("hunter2"));
    open(right).close();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "postgresql://u:secret@h/d",
        "postgresql://h/d",
        "postgresql://u@h",
        "postgresql://u@h/a/b",
        "mysql://u@h/d",
        "postgresql://u@h/d?sslmode=maybe",
        "postgresql://u@h/d?socketFactory=x",
        "postgresql://u@h/d?password=secret"
      })
  void anAddressThatIsNoneIsRefusedAndItsPasswordNotRepeated(String address) {
    assertThatThrownBy(() -> PostgresAddress.of(URI.create(address)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageNotContaining("secret");
  }

  @Test
  void anotherHostProvesItsNameWhereNothingElseIsSaid() {
    assertThat(PostgresAddress.of(URI.create("postgresql://u@db.example/d")))
        .isEqualTo(
            new PostgresAddress("db.example", 5432, "d", "u", Map.of("sslmode", "verify-full")));
    assertThat(PostgresAddress.of(URI.create("postgresql://u@localhost:5433/d")).tls())
        .isEqualTo(Map.of("sslmode", "prefer"));
    assertThat(
            PostgresAddress.of(
                    URI.create("postgresql://u@db/d?sslmode=require&sslrootcert=/etc/a%20b"))
                .tls())
        .isEqualTo(Map.of("sslmode", "require", "sslrootcert", "/etc/a b"));
  }

  @Test
  void aServerWithoutTlsIsRefusedWhereItsNameIsToBeProved() throws Exception {
    TablePlace.Server plain = PostgresServer.shared().place();
    PostgresAddress strict =
        PostgresAddress.of(
            URI.create(
                PostgresServer.shared().address(plain.address().database())
                    + "?sslmode=verify-full"));

    assertThatThrownBy(() -> open(new TablePlace.Server(strict, plain.password())))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("SSL");
    open(plain).close();
  }

  /** Until so many statements wait for a lock; false when one came to nothing meanwhile. */
  private static boolean awaitWaiting(
      PostgresServer server, String database, int count, Future<?> one) throws Exception {
    for (int i = 0; i < 1_000; i++) {
      String waiting =
          server.said(
              database,
              "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
                  + " AND datname = current_database()");
      if (Integer.parseInt(waiting) >= count) {
        return true;
      }
      if (one.isDone()) {
        return false;
      }
      Thread.sleep(10);
    }
    throw new AssertionError("nobody waits for the lock");
  }
}
