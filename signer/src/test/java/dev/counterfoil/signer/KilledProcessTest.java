package dev.counterfoil.signer;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterfoil.format.keylog.KeySet;
import dev.counterfoil.format.note.NoteKey;
import dev.counterfoil.format.note.SignedNote;
import dev.counterfoil.log.disk.FileDisk;
import dev.counterfoil.log.read.LogReader;
import dev.counterfoil.log.record.Counterfoil;
import dev.counterfoil.log.tools.LogCheck;
import dev.counterfoil.log.tools.LogChecker;
import dev.counterfoil.signerprotocol.Answer;
import dev.counterfoil.signerprotocol.Commands;
import dev.counterfoil.signerprotocol.Request;
import dev.counterfoil.signerprotocol.SignerClient;
import dev.counterfoil.signerprotocol.SignerUnavailableException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** {@code kill -9} under load, at moments that a seed chooses. */
@Tag("turn-3")
class KilledProcessTest {
  private static final int CALLERS = 64;

  /** Kills at which every caller's token may have been recorded and not answered. */
  private static final int UNANSWERED_KILLS = 1_010;

  /** Tokens after which a life that was not killed ends. */
  private static final int LIFE_TOKENS = 4_000;

  @Test
  void noAnsweredTokenIsWithoutItsRecord() throws Exception {
    kill(1, 4);
  }

  @Test
  @Tag("full")
  void noAnsweredTokenIsWithoutItsRecordInManyKills() throws Exception {
    kill(2, 100);
  }

  private static void kill(long seed, int kills) throws Exception {
    SplittableRandom random = new SplittableRandom(seed);
    try (TestDomain domain = new TestDomain();
        SignerClient client = domain.signer()) {
      Map<Long, String> answered = new ConcurrentHashMap<>();
      domain.startAll().destroyForcibly().waitFor();
      long before = 0;
      for (int i = 0; i < kills; i++) {
        Process signer = domain.startSigner();
        domain.awaitSigner();
        domain.await("a connection", client::isConnected);
        long wanted = answered.size() + random.nextLong(1, 2_000);
        List<Thread> callers = callers(client, answered);
        domain.await("tokens", () -> answered.size() >= wanted);
        signer.destroyForcibly().waitFor();
        for (Thread caller : callers) {
          caller.join();
        }
        before = check(domain, answered, before);
      }
      assertThat(answered.size()).isGreaterThan(kills);
    }
  }

  /** System calls that touch storage, and how many of a thread come before the kill at most. */
  private static final Map<String, Integer> CALLS =
      new TreeMap<>(Map.of("pwrite64", 40, "fdatasync", 25, "fsync", 6, "rename", 12));

  @Test
  void noAnsweredTokenIsWithoutItsRecordAtWhateverSystemCallTheSignerIsKilled() throws Exception {
    killAtSystemCalls(4, 4);
  }

  @Test
  @Tag("full")
  void noAnsweredTokenIsWithoutItsRecordAtManySystemCalls() throws Exception {
    killAtSystemCalls(5, Integer.getInteger("counterfoil.kills", 1_000));
  }

  /** strace kills the signer inside a start or under load; the next life starts on what is left. */
  private static void killAtSystemCalls(long seed, int lives) throws Exception {
    Strace.assumeInstalled();
    SplittableRandom random = new SplittableRandom(seed);
    List<String> calls = new ArrayList<>(CALLS.keySet());
    try (TestDomain domain = new TestDomain();
        SignerClient client = domain.signer()) {
      Map<Long, String> answered = new ConcurrentHashMap<>();
      domain.startAll().destroyForcibly().waitFor();
      long before = 0;
      int killed = 0;
      for (int life = 0; life < lives; life++) {
        String call = calls.get(life % calls.size());
        int when = random.nextInt(1, 1 + CALLS.getOrDefault(call, 1));
        domain.signerPrefix = Strace.killing(call, when);
        Process signer = domain.startSigner();
        if (liveUntilKilled(signer, client, answered)) {
          killed++;
        }
        domain.signerPrefix = List.of();
        if (life % 20 == 19 || life == lives - 1) {
          before = check(domain, answered, before);
        }
      }
      assertThat(killed).isGreaterThan(lives / 2);
      assertThat(answered).isNotEmpty();
    }
  }

  /** Asks for tokens until the signer dies; whether that was strace's doing. */
  private static boolean liveUntilKilled(
      Process signer, SignerClient client, Map<Long, String> answered) throws Exception {
    int wanted = answered.size() + LIFE_TOKENS;
    List<Thread> callers = new ArrayList<>();
    for (int i = 0; i < CALLERS; i++) {
      callers.add(Thread.ofVirtual().start(() -> askWhileAlive(signer, client, answered, wanted)));
    }
    for (Thread caller : callers) {
      caller.join();
    }
    boolean killed = !signer.isAlive();
    // What strace traces lives on without it.
    for (ProcessHandle traced : signer.descendants().toList()) {
      traced.destroyForcibly();
      traced.onExit().join();
    }
    signer.destroyForcibly().waitFor();
    return killed;
  }

  private static void askWhileAlive(
      Process signer, SignerClient client, Map<Long, String> answered, int wanted) {
    while (signer.isAlive() && answered.size() < wanted) {
      try {
        if (client.ask(TestDomain.request(), TestDomain.TIMEOUT) instanceof Answer.Issued issued) {
          String other = answered.put(issued.position(), issued.token());
          assertThat(other).as("a position given twice").isNull();
        }
      } catch (SignerUnavailableException e) {

        // Not up yet, or killed: the loop ends when it is.
        LockSupport.parkNanos(5_000_000);
      } catch (InterruptedException e) {
        return;
      }
    }
  }

  private static List<Thread> callers(SignerClient client, Map<Long, String> answered) {
    List<Thread> callers = new ArrayList<>();
    for (int i = 0; i < CALLERS; i++) {
      callers.add(
          Thread.ofVirtual()
              .start(
                  () -> {
                    try {
                      while (true) {
                        if (client.ask(TestDomain.request(), TestDomain.TIMEOUT)
                            instanceof Answer.Issued issued) {
                          String other = answered.put(issued.position(), issued.token());
                          assertThat(other).as("a position given twice").isNull();
                        }
                      }
                    } catch (SignerUnavailableException | InterruptedException e) {
                      // The signer was killed: that is what this test is about.
                    }
                  }));
    }
    return callers;
  }

  private static String signingInput(Counterfoil record) {
    return new String(record.signingInput(), StandardCharsets.US_ASCII);
  }

  /** After a restart: every answered token has its record, at its position, without a hole. */
  private static long check(TestDomain domain, Map<Long, String> answered, long before)
      throws Exception {
    Process signer = domain.startSigner();
    domain.awaitSigner();
    List<Counterfoil> records = new ArrayList<>();
    try (SignerClient client = domain.signer()) {
      domain.await("a connection", client::isConnected);
      while (true) {
        Answer.Records some =
            (Answer.Records)
                client.ask(
                    new Request.ReadRecords("s1g1", records.size(), 5_000), TestDomain.TIMEOUT);
        if (some.count() == 0) {
          break;
        }
        for (byte[] payload : some.payloads()) {
          records.add(Counterfoil.parse(payload));
        }
      }
    }
    for (int i = 0; i < records.size(); i++) {
      assertThat(records.get(i).position()).isEqualTo(i);
    }
    answered.forEach(
        (position, token) ->
            assertThat(token).startsWith(signingInput(records.get(position.intValue())) + "."));
    // More records than answers: what was recorded when the signer died was signed for nobody.
    assertThat((long) records.size()).isGreaterThanOrEqualTo(before);
    assertThat(records.size() - answered.size()).isBetween(0, CALLERS * UNANSWERED_KILLS);
    NoteKey key = domain.keySet().log("s1g1").orElseThrow().key();
    domain.await("the checkpoint", () -> published(domain) >= records.size());
    LogCheck verdict =
        new LogChecker(
                new LogReader(FileDisk.toRead(domain.path("log/s1g1"))),
                key,
                Optional.empty(),
                Optional.of(FileDisk.toRead(domain.path("signer/g1/journal"))),
                (entries, total) -> {})
            .check();
    assertThat(verdict).isInstanceOf(LogCheck.Sound.class);
    assertThat(((LogCheck.Sound) verdict).recordsChecked()).isEqualTo(records.size());
    signer.destroyForcibly().waitFor();
    return records.size();
  }

  private static long published(TestDomain domain) {
    try (LogReader reader = new LogReader(FileDisk.toRead(domain.path("log/s1g1")))) {
      return reader.published().map(p -> p.checkpoint().size()).orElse(-1L);
    } catch (java.io.IOException e) {
      return -1;
    }
  }

  @Test
  void noAnsweredRevocationIsLostWhenTheRegistrarIsKilled() throws Exception {
    SplittableRandom random = new SplittableRandom(3);
    try (TestDomain domain = new TestDomain();
        SignerClient client = domain.registrar()) {
      Process registrar = domain.startRegistrar();
      domain.delegate();
      domain.startSigner();
      domain.awaitSigner();
      Set<Long> answered = ConcurrentHashMap.newKeySet();
      AtomicLong positions = new AtomicLong();
      Instant until = Instant.now().plusSeconds(3_600);
      TestLog log = TestLog.make("s1g99");
      assertThat(domain.ask("registrar/s1.sock", Commands.stateLog(log.stated())))
          .isInstanceOf(Answer.Done.class);
      SignedNote large = log.checkpoint(1_000_000);
      for (int kill = 0; kill < 3; kill++) {
        domain.await("a connection", client::isConnected);
        long wanted = answered.size() + random.nextLong(1, 200);
        List<Thread> callers = new ArrayList<>();
        for (int i = 0; i < 8; i++) {
          callers.add(
              Thread.ofVirtual().start(() -> revoke(client, large, positions, until, answered)));
        }
        domain.await("revocations", () -> answered.size() >= wanted);
        registrar.destroyForcibly().waitFor();
        for (Thread caller : callers) {
          caller.join();
        }
        registrar = domain.startRegistrar();
        domain.awaitRegistrar();
        assertThat(domain.keySet().revokedTokens())
            .extracting(KeySet.RevokedToken::position)
            .containsAll(answered);
      }
      assertThat(domain.ask("signer/service.sock", TestDomain.request()))
          .isInstanceOf(Answer.Issued.class);
    }
  }

  private static void revoke(
      SignerClient client,
      SignedNote checkpoint,
      AtomicLong positions,
      Instant until,
      Set<Long> answered) {
    try {
      while (true) {
        long position = positions.getAndIncrement();
        Answer answer =
            client.ask(
                Commands.revokeToken("s1g99", position, until, checkpoint), TestDomain.TIMEOUT);
        assertThat(answer).isInstanceOf(Answer.Done.class);
        answered.add(position);
      }
    } catch (SignerUnavailableException | InterruptedException e) {
      // The registrar was killed: that is what this test is about.
    }
  }

  /** A replacement that was killed between the seal and the end is finished by the next start. */
  @Test
  void aReplacementThatWasKilledIsFinished() throws Exception {
    try (TestDomain domain = new TestDomain()) {
      Process signer = domain.startAll();
      assertThat(domain.ask("signer/service.sock", TestDomain.request()))
          .isInstanceOf(Answer.Issued.class);
      signer.destroyForcibly().waitFor();
      assertThat(domain.path("signer/g1/keys/k1.sealed")).exists();
      Files.writeString(domain.path("signer/g1/journal/sealed"), "1\n");
      domain.startSigner();
      domain.awaitSigner();
      assertThat(domain.path("signer/g1/keys/k1.sealed")).doesNotExist();
      Answer.Issued issued =
          (Answer.Issued) domain.ask("signer/service.sock", TestDomain.request());
      assertThat(issued.position()).isZero();
      assertThat(domain.keySet().logs())
          .extracting(KeySet.StatedLog::name)
          .containsExactly("s1g1", "s1g2");
    }
  }
}
