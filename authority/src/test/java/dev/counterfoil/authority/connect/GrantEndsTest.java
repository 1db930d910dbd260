package dev.counterfoil.authority.connect;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterfoil.auditclient.EventFeed.NumberedEvent;
import dev.counterfoil.auditclient.Operation;
import dev.counterfoil.auditclient.Spool;
import dev.counterfoil.authority.RunningDomain;
import dev.counterfoil.authority.connect.grants.Grant;
import dev.counterfoil.authority.connect.grants.Grants;
import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.bytes.StrictJson;
import dev.counterfoil.log.disk.FileDisk;
import dev.counterfoil.signin.sessions.Session;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The end of each grant is on the record, with what ended it. */
class GrantEndsTest {
  @TempDir Path folder;
  private RunningDomain domain;
  private Spool spool;

  @BeforeEach
  void start() throws Exception {
    domain = new RunningDomain(folder, "enterprise", "http://127.0.0.1:8480", List.of());
    spool = domain.server().audit().client().spool();
  }

  @AfterEach
  void stop() throws Exception {
    domain.close();
  }

  /** What the events of ends say since one of the spool. */
  private List<JsonObject> ends(long since) throws Exception {
    List<JsonObject> ends = new ArrayList<>();
    for (NumberedEvent event : spool.waiting(since, 5_000, 1 << 24)) {
      JsonObject json = StrictJson.object(event.line().getBytes(StandardCharsets.UTF_8), 1 << 16);
      if (Operation.GRANT_END.code().equals(json.object("metadata").get("event_code"))) {
        ends.add(json);
      }
    }
    return ends;
  }

  private long granted(String name) throws Exception {
    new SignedInPerson(domain, name).allow();
    return spool.size();
  }

  @Test
  void theReasonIsTheClientsEnd() throws Exception {
    long since = granted("alice");
    assertThat(ends(since)).isEmpty();
    domain.admin.admit("alice", false);
    assertThat(ends(since))
        .singleElement()
        .satisfies(
            end -> {
              assertThat(end.get("message")).isEqualTo("the client was disabled or removed");
              assertThat(end.toString()).contains("\"grant\"");
            });
    long again = granted("bob");
    domain.admin.remove("bob");
    assertThat(ends(again)).hasSize(1);
  }

  @Test
  void theReasonIsWhatHappenedToThePerson() throws Exception {
    long since = granted("alice");
    domain.admin.people().admit("alice", false);
    assertThat(ends(since))
        .singleElement()
        .satisfies(end -> assertThat(end.get("message")).isEqualTo("the person is disabled"));
    long reset = granted("bob");
    domain.admin.people().reset("bob");
    assertThat(ends(reset))
        .singleElement()
        .satisfies(end -> assertThat(end.get("message")).isEqualTo("the person was reset"));
    long signedOut = spool.size();
    SignedInPerson carol = new SignedInPerson(domain, "carol");
    carol.allow();
    carol.signOut();
    assertThat(ends(signedOut))
        .singleElement()
        .satisfies(end -> assertThat(end.get("message")).isEqualTo("the session ended"));
  }

  @Test
  void ofAClientWithManyGrantsOneEventSaysHowManyMoreEnded() throws Exception {
    try (Grants grants =
            Grants.open(
                FileDisk.privateFolder(folder.resolve("grants")),
                Hash::sha256,
                new SecureRandom(),
                InstantSource.system());
        GrantEnds ends = GrantEnds.start(grants, ended -> null, domain.server().audit())) {
      for (int i = 0; i < GrantEnds.OF_CLIENT_MAX + 3; i++) {
        var _ = grants.begin(grants.newId(), allowed("person" + i % 10), false);
      }
      long since = spool.size();
      ends.clientEnded("many");
      List<JsonObject> all = ends(since);
      assertThat(all).hasSize(GrantEnds.OF_CLIENT_MAX + 1);
      assertThat(all.getLast().get("message"))
          .isEqualTo("the client was disabled or removed: 3 more grants ended");
    }
  }

  @Test
  void aRegistrarThatHangsHoldsUpOneRequestAndNotEachGrant() throws Exception {
    AtomicInteger asked = new AtomicInteger();
    AtomicBoolean hangs = new AtomicBoolean(true);
    GrantEnds.Revoking revoking =
        ended -> {
          asked.incrementAndGet();
          if (!hangs.get()) {
            return null;
          }
          Thread.sleep(GrantEnds.SLOW.plusMillis(50));
          return "the registrar does not answer";
        };
    try (Grants grants =
            Grants.open(
                FileDisk.privateFolder(folder.resolve("grants")),
                Hash::sha256,
                new SecureRandom(),
                InstantSource.system());
        GrantEnds ends = GrantEnds.start(grants, revoking, domain.server().audit())) {
      for (int i = 0; i < 20; i++) {
        beginWithTokens(grants);
      }
      assertThat(ends.personEnded("alice", "the person is disabled"))
          .contains("the registrar does not answer");
      // The thread beside asks too, once at a time.
      assertThat(asked.get()).isBetween(1, 4);
      hangs.set(false);
      while (!grants.toRevoke().isEmpty()) {
        Thread.sleep(20);
      }
    }
  }

  @Test
  void theEndOfAPersonAsksForEachGrantOnce() throws Exception {
    Thread ending = Thread.currentThread();
    AtomicInteger asked = new AtomicInteger();
    GrantEnds.Revoking revoking =
        ended -> {
          // The thread beside asks too.
          if (Thread.currentThread() == ending) {
            asked.incrementAndGet();
          }
          return "the registrar is busy";
        };
    try (Grants grants =
            Grants.open(
                FileDisk.privateFolder(folder.resolve("grants")),
                Hash::sha256,
                new SecureRandom(),
                InstantSource.system());
        GrantEnds ends = GrantEnds.start(grants, revoking, domain.server().audit())) {
      beginWithTokens(grants);
      assertThat(ends.personEnded("alice", "the person is disabled"))
          .contains("the registrar is busy");
      assertThat(asked.get()).isEqualTo(1);
      // None ends this time, and that one is not revoked yet.
      assertThat(ends.personEnded("alice", "the person is disabled"))
          .contains("the registrar is busy");
      assertThat(asked.get()).isEqualTo(2);
    }
  }

  private static void beginWithTokens(Grants grants) throws Exception {
    String code = grants.begin(grants.newId(), allowed("alice"), false);
    try (Grants.Turn turn = grants.take(code).orElseThrow()) {
      // A grant without access tokens has none to revoke.
      assertThat(turn.pass(null, Duration.ofMinutes(5))).isPresent();
    }
  }

  @Test
  void theReasonIsThatASessionIsHeldByTwo() throws Exception {
    try (Grants grants =
            Grants.open(
                FileDisk.privateFolder(folder.resolve("grants")),
                Hash::sha256,
                new SecureRandom(),
                InstantSource.system());
        GrantEnds ends = GrantEnds.start(grants, ended -> null, domain.server().audit())) {
      var _ = grants.begin(grants.newId(), allowed("alice"), false);
      long since = spool.size();
      ends.sessionHeldByTwo(
          new Session("session", "alice", Instant.EPOCH, List.of(), Session.PASSWORD));
      assertThat(ends(since))
          .singleElement()
          .satisfies(
              end ->
                  assertThat(end.get("message")).isEqualTo("the session's secret was used by two"));
      assertThat(grants.ofSubject("alice")).isEmpty();
    }
  }

  private static Grant.Allowed allowed(String subject) {
    return new Grant.Allowed(
        "many",
        subject,
        "acme",
        "session",
        false,
        true,
        "openid",
        List.of(RunningDomain.AUDIENCE),
        "https://app.example/cb",
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Instant.EPOCH,
        List.of("pwd"),
        "",
        Grant.NOTHING);
  }
}
