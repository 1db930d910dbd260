package dev.counterfoil.signer;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterfoil.format.NoteKey;
import dev.counterfoil.log.FileDisk;
import dev.counterfoil.log.LogCheck;
import dev.counterfoil.log.LogChecker;
import dev.counterfoil.log.LogReader;
import dev.counterfoil.signerprotocol.Answer;
import dev.counterfoil.signerprotocol.Request;
import dev.counterfoil.signerprotocol.SignerClient;
import dev.counterfoil.signerprotocol.SignerUnavailableException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.concurrent.ConcurrentHashMap;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** {@code kill -9} under load, at moments that a seed chooses. */
class KilledProcessTest {
  private static final int CALLERS = 64;

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

  /** After a restart: every answered token has its record, at its position, without a hole. */
  private static long check(TestDomain domain, Map<Long, String> answered, long before)
      throws Exception {
    Process signer = domain.startSigner();
    domain.awaitSigner();
    List<Answer.Counterfoil> records = new ArrayList<>();
    try (SignerClient client = domain.signer()) {
      domain.await("a connection", client::isConnected);
      while (true) {
        Answer.Records some =
            (Answer.Records)
                client.ask(
                    new Request.ReadRecords("s1g1", records.size(), 5_000), TestDomain.TIMEOUT);
        if (some.records().isEmpty()) {
          break;
        }
        records.addAll(some.records());
      }
    }
    for (int i = 0; i < records.size(); i++) {
      assertThat(records.get(i).position()).isEqualTo(i);
    }
    answered.forEach(
        (position, token) ->
            assertThat(token).startsWith(records.get(position.intValue()).signingInput() + "."));
    // More records than answers: what was recorded when the signer died was signed for nobody.
    assertThat((long) records.size()).isGreaterThanOrEqualTo(before);
    assertThat(records.size() - answered.size()).isBetween(0, CALLERS * 110);
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
}
