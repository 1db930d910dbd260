package dev.counterfoil.signer.door;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.keylog.KeySet;
import dev.counterfoil.format.note.NoteKey;
import dev.counterfoil.format.tree.Leaf;
import dev.counterfoil.hardening.ProcessExitCode;
import dev.counterfoil.log.disk.FileDisk;
import dev.counterfoil.log.read.LogReader;
import dev.counterfoil.log.tools.LogCheck;
import dev.counterfoil.log.tools.LogChecker;
import dev.counterfoil.signer.Strace;
import dev.counterfoil.signer.TestDomain;
import dev.counterfoil.signerprotocol.Answer;
import dev.counterfoil.signerprotocol.Commands;
import dev.counterfoil.signerprotocol.RecordDigests;
import dev.counterfoil.signerprotocol.SignerClient;
import dev.counterfoil.signerprotocol.SignerUnavailableException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The record door of a real signer: killed under load, without its disk, replaced. */
@Tag("turn-1")
class RecordDoorProcessTest {
  private static final int SOURCES = 8;
  private static final String DOORS =
      """
      record-logs:
        - name: d1
          sources: [legacy]
          digests-per-second: 10000000
        - name: d2
          sources: [other]
      """;

  @Test
  void noAnsweredDigestIsWithoutItsPosition() throws Exception {
    kill(1, 2);
  }

  @Test
  @Tag("full")
  void noAnsweredDigestIsWithoutItsPositionInManyKills() throws Exception {
    kill(2, 60);
  }

  private static void kill(long seed, int kills) throws Exception {
    SplittableRandom random = new SplittableRandom(seed);
    try (TestDomain domain = new TestDomain();
        SignerClient client = domain.signer()) {
      domain.signerExtra = DOORS;
      Map<Hash, Long> answered = new ConcurrentHashMap<>();
      domain.startAll().destroyForcibly().waitFor();
      for (int i = 0; i < kills; i++) {
        Process signer = domain.startSigner();
        domain.awaitSigner();
        domain.await("a connection", client::isConnected);
        long wanted = answered.size() + random.nextLong(1, 20_000);
        List<Thread> sources = new ArrayList<>();
        for (int source = 0; source < SOURCES; source++) {
          SplittableRandom own = random.split();
          sources.add(Thread.ofVirtual().start(() -> handIn(client, own, answered)));
        }
        domain.await("digests", () -> answered.size() >= wanted);
        signer.destroyForcibly().waitFor();
        for (Thread source : sources) {
          source.join();
        }
        check(domain, client, answered);
      }
      assertThat(answered.size()).isGreaterThan(kills);
    }
  }

  private static Hash digest(long number) {
    return Hash.sha256(ByteBuffer.allocate(8).putLong(number).array());
  }

  private static void handIn(
      SignerClient client, SplittableRandom random, Map<Hash, Long> answered) {
    try {
      while (true) {
        List<Hash> some =
            random
                .ints(random.nextInt(1, 300), 0, 40_000)
                .mapToObj(RecordDoorProcessTest::digest)
                .toList();
        if (ask(client, some) instanceof Answer.Recorded recorded) {
          for (int i = 0; i < some.size(); i++) {
            Long other = answered.putIfAbsent(some.get(i), recorded.positions().get(i));
            assertThat(other).isIn(null, recorded.positions().get(i));
          }
        }
      }
    } catch (SignerUnavailableException | InterruptedException e) {
      // The signer was killed: that is what this test is about.
    }
  }

  private static Answer ask(SignerClient client, List<Hash> digests)
      throws SignerUnavailableException, InterruptedException {
    return client.ask(
        new RecordDigests("d1g1", "legacy", "ab".repeat(16), 0, digests), TestDomain.TIMEOUT);
  }

  /** After a restart: every answered digest stands where it was said, and is told so again. */
  private static void check(TestDomain domain, SignerClient client, Map<Hash, Long> answered)
      throws Exception {
    Process signer = domain.startSigner();
    domain.awaitSigner();
    domain.await("a connection", client::isConnected);
    List<Hash> all = List.copyOf(answered.keySet());
    for (int from = 0; from < all.size(); from += RecordDigests.COUNT_MAX) {
      List<Hash> some = all.subList(from, Math.min(all.size(), from + RecordDigests.COUNT_MAX));
      assertThat(((Answer.Recorded) ask(client, some)).positions())
          .isEqualTo(some.stream().map(answered::get).toList());
    }
    JsonObject door = door(domain, 0);
    long size = door.number("size");
    NoteKey key = NoteKey.parse(door.string("vkey"));
    domain.await("the checkpoint", () -> published(domain, "d1g1") >= size);
    try (LogReader reader = new LogReader(FileDisk.toRead(domain.path("log/d1g1")))) {
      LogCheck verdict =
          new LogChecker(
                  reader,
                  key,
                  Optional.empty(),
                  Optional.of(FileDisk.toRead(domain.path("signer/g1/record-d1/journal"))),
                  (entries, total) -> {})
              .check();
      assertThat(verdict).isInstanceOf(LogCheck.Sound.class);
      for (Map.Entry<Hash, Long> one : answered.entrySet()) {
        assertThat(reader.leaf(one.getValue())).contains(new Leaf(one.getKey()));
      }
    }
    signer.destroyForcibly().waitFor();
  }

  private static JsonObject door(TestDomain domain, int index) throws Exception {
    Answer.Done status = (Answer.Done) domain.ask("signer/service.sock", Commands.status());
    return status.result().objects("record_logs").get(index);
  }

  private static Optional<NoteKey> statedKey(TestDomain domain, String log) {
    try {
      return domain.keySet().log(log).map(KeySet.StatedLog::key);
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }

  private static long published(TestDomain domain, String log) {
    try (LogReader reader = new LogReader(FileDisk.toRead(domain.path("log").resolve(log)))) {
      return reader.published().map(p -> p.checkpoint().size()).orElse(-1L);
    } catch (IOException e) {
      return -1;
    }
  }

  @Test
  void aReplacedSignerEndsItsRecordLogsAndBeginsNewOnes() throws Exception {
    try (TestDomain domain = new TestDomain();
        SignerClient client = domain.signer()) {
      domain.signerExtra = DOORS;
      Process signer = domain.startAll();
      domain.await("a connection", client::isConnected);
      assertThat(ask(client, List.of(digest(1)))).isEqualTo(new Answer.Recorded(List.of(0L)));
      NoteKey key = NoteKey.parse(door(domain, 0).string("vkey"));
      domain.await("the statement of d1g1", () -> statedKey(domain, "d1g1").isPresent());
      assertThat(statedKey(domain, "d1g1")).contains(key);
      assertThat(client.ask(Commands.recordLog("other"), TestDomain.TIMEOUT))
          .isInstanceOfSatisfying(
              Answer.Done.class, done -> assertThat(done.result().get("log")).isEqualTo("d2g1"));
      assertThat(client.ask(Commands.recordLog("stranger"), TestDomain.TIMEOUT))
          .isInstanceOfSatisfying(
              Answer.Refused.class,
              refused -> assertThat(refused.code()).isEqualTo(Answer.Code.OUT_OF_SCOPE));
      assertThat(domain.ask("signer/admin.sock", Commands.replace()))
          .isInstanceOf(Answer.Done.class);
      assertThat(signer.waitFor(30, TimeUnit.SECONDS)).isTrue();
      assertThat(domain.path("signer/g1/record-d1/journal/sealed")).exists();
      assertThat(domain.path("signer/g1/record-d2/journal/sealed")).exists();
      domain.startSigner();
      domain.awaitSigner();
      domain.await("a connection", client::isConnected);
      assertThat(((Answer.Refused) ask(client, List.of(digest(1)))).code())
          .isEqualTo(Answer.Code.CONFLICT);
      RecordDigests successor =
          new RecordDigests("d1g2", "legacy", "ab".repeat(16), 0, List.of(digest(1)));
      assertThat(client.ask(successor, TestDomain.TIMEOUT))
          .isEqualTo(new Answer.Recorded(List.of(0L)));
      domain.await("the end of d2g1", () -> isEnded(domain, "d2g1"));
    }
  }

  /** The private folder was put back, the public one was not: tokens go on, the door does not. */
  @Test
  void aRecordLogThatWasPutBackTakesNothingAndTokensGoOn() throws Exception {
    try (TestDomain domain = new TestDomain();
        SignerClient client = domain.signer()) {
      domain.signerExtra = DOORS;
      Process signer = domain.startAll();
      domain.await("a connection", client::isConnected);
      ask(client, List.of(digest(1)));
      domain.await("the checkpoint", () -> published(domain, "d1g1") == 1);
      signer.destroyForcibly().waitFor();
      Path journal = domain.path("signer/g1/record-d1/journal");
      for (String name : List.of("00000000000000000000.segment", "spare", "frontier")) {
        Files.deleteIfExists(journal.resolve(name));
      }
      domain.startSigner();
      domain.awaitSigner();
      domain.await("a connection", client::isConnected);
      assertThat(((Answer.Refused) ask(client, List.of(digest(2)))).code())
          .isEqualTo(Answer.Code.SEALED);
      assertThat(client.ask(TestDomain.request(), TestDomain.TIMEOUT))
          .isInstanceOf(Answer.Issued.class);
      RecordDigests other =
          new RecordDigests("d2g1", "other", "ab".repeat(16), 0, List.of(digest(2)));
      assertThat(client.ask(other, TestDomain.TIMEOUT)).isEqualTo(new Answer.Recorded(List.of(0L)));
      assertThat(door(domain, 1).string("broken")).contains("record");
      assertThat(domain.log("signer")).contains("record log d1g1 accepts nothing");
    }
  }

  private static boolean isEnded(TestDomain domain, String log) {
    try {
      return domain.keySet().endedLogs().stream().anyMatch(ended -> ended.log().equals(log));
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }

  @Test
  void aFailedSyncStopsTheSignerAndNothingIsAnswered() throws Exception {
    Strace.assumeInstalled();
    try (TestDomain domain = new TestDomain()) {
      domain.signerExtra = DOORS;
      domain.startAll().destroyForcibly().waitFor();
      domain.signerPrefix =
          Strace.injecting(
              "fdatasync",
              "error=EIO:when=4+",
              "-P",
              domain.path("signer/g1/record-d1/journal/00000000000000000000.segment").toString());
      Process failing = domain.startSigner();
      domain.awaitSigner();
      Map<Hash, Long> answered = new ConcurrentHashMap<>();
      try (SignerClient client = domain.signer()) {
        domain.await("a connection", client::isConnected);
        handIn(client, new SplittableRandom(4), answered);
      }
      assertThat(failing.waitFor(60, TimeUnit.SECONDS)).isTrue();
      assertThat(failing.exitValue()).isEqualTo(ProcessExitCode.JOURNAL_FAILED.code());
      assertThat(domain.log("signer")).contains("the journal failed");
      domain.signerPrefix = List.of();
      try (SignerClient client = domain.signer()) {
        check(domain, client, answered);
      }
    }
  }
}
