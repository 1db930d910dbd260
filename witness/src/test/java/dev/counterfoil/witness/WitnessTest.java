package dev.counterfoil.witness;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.format.keys.KeyHint;
import dev.counterfoil.format.note.AddCheckpoint;
import dev.counterfoil.format.note.Checkpoint;
import dev.counterfoil.format.note.CosignerKey;
import dev.counterfoil.format.note.CosignerKey.Algorithm;
import dev.counterfoil.format.note.SignedNote;
import dev.counterfoil.log.disk.Disk;
import dev.counterfoil.verifier.SettableClock;
import dev.counterfoil.witness.WitnessConfiguration.Cosigning;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Each answer of c2sp.org/tlog-witness, over HTTP, beside an honest request that passes. */
class WitnessTest {
  private static final Instant NOW = Instant.parse("2026-11-25T12:00:00Z");
  private static final String ORIGIN = "log.example/logs/s1g1";

  @TempDir Path folder;
  private final SettableClock clock = new SettableClock(NOW);
  private TestLog log;
  private TestWitness witness;

  @BeforeEach
  void start() throws Exception {
    log = TestLog.of(ORIGIN, 100);
    TestWitness.accept(folder, log);
    witness = TestWitness.start(folder, clock);
  }

  @AfterEach
  void stop() throws Exception {
    witness.close();
    assertThat(witness.stopped.get()).isNull();
  }

  private void restart() throws Exception {
    witness.close();
    witness = TestWitness.start(folder, clock);
  }

  /** Brings the witness to a size. */
  private void hold(int oldSize, int size) throws Exception {
    assertThat(witness.post(log.request(oldSize, size)).statusCode()).isEqualTo(200);
  }

  private static void assertStatus(HttpResponse<byte[]> response, int status) {
    assertThat(response.statusCode()).as(TestWitness.text(response)).isEqualTo(status);
    if (status != 200 && status != 409) {
      assertThat(response.headers().firstValue("Content-Type"))
          .contains("text/plain; charset=utf-8");
    }
  }

  private static void assertHolds(HttpResponse<byte[]> response, int size) {
    assertStatus(response, 409);
    assertThat(response.headers().firstValue("Content-Type")).contains("text/x.tlog.size");
    assertThat(TestWitness.text(response)).isEqualTo(size + "\n");
  }

  @Test
  void aGrowingLogIsCosignedWithBothKeys() throws Exception {
    int size = 0;
    for (int next : List.of(0, 0, 1, 2, 3, 8, 8, 64, 65, 100)) {
      AddCheckpoint request = log.request(size, next);
      HttpResponse<byte[]> response = witness.post(request);
      assertStatus(response, 200);
      assertThat(witness.cosigned(request, response))
          .satisfies(
              cosigned -> {
                assertThat(cosigned.names()).containsExactlyInAnyOrder("ED25519", "ML_DSA_44");
                assertThat(cosigned.quorumTimestamp()).hasValue(clock.instant().getEpochSecond());
              });
      size = next;
      clock.advance(Duration.ofSeconds(1));
    }
  }

  @Test
  void theHeldCheckpointIsServedUnderTheOriginsHash() throws Exception {
    String path = "/" + Hash.sha256(ORIGIN.getBytes(StandardCharsets.UTF_8)).hex() + "/checkpoint";
    assertThat(witness.get(path).statusCode()).isEqualTo(404);
    hold(0, 10);
    hold(10, 20);
    HttpResponse<String> response = witness.get(path);
    assertThat(response.statusCode()).isEqualTo(200);
    assertThat(witness.policy(log).verify(response.body().getBytes(StandardCharsets.UTF_8)))
        .isEqualTo(log.checkpoint(20));
    assertThat(witness.get("/" + "0".repeat(64) + "/checkpoint").statusCode()).isEqualTo(404);
    assertThat(witness.get("/xyz/checkpoint").statusCode()).isEqualTo(404);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "old 0\n", "old 00\n\n", "old 0\n\nnonsense\n", "old 0 \n\n"})
  void malformedRequestsAre400(String body) throws Exception {
    assertStatus(witness.post(body.getBytes(StandardCharsets.UTF_8)), 400);
    assertStatus(witness.post(log.request(0, 5)), 200);
  }

  @Test
  void anOldSizeAboveTheCheckpointsIs400() throws Exception {
    hold(0, 10);
    assertStatus(witness.post(AddCheckpoint.of(10, List.of(), log.signed(9))), 400);
    assertStatus(witness.post(log.request(10, 11)), 200);
  }

  @Test
  void anUnknownOriginIs404() throws Exception {
    assertStatus(witness.post(TestLog.of("other.example", 5).request(0, 5)), 404);
    assertStatus(witness.post(log.request(0, 5)), 200);
  }

  @Test
  void aCheckpointThatTheLogDidNotSignIs403() throws Exception {
    TestLog thief = TestLog.of(ORIGIN, 10);
    assertStatus(witness.post(thief.request(0, 5)), 403);
    SignedNote good = log.signed(5);
    SignedNote other = log.signed(6);
    // A bad line of a known key spoils the note, even beside a good one (c2sp.org/signed-note).
    assertStatus(witness.post(AddCheckpoint.of(0, List.of(), good.with(other.signatures()))), 403);
    // Lines of unknown keys are ignored.
    assertStatus(
        witness.post(AddCheckpoint.of(0, List.of(), good.with(thief.signed(5).signatures()))), 200);
    String served = witness.get("/" + CheckpointStore.originHash(ORIGIN) + "/checkpoint").body();
    assertThat(SignedNote.parse(served.getBytes(StandardCharsets.UTF_8)).signatures()).hasSize(3);
  }

  @Test
  void anotherOldSizeIs409AndSaysWhichIsHeld() throws Exception {
    assertHolds(witness.post(log.request(3, 5)), 0);
    hold(0, 10);
    assertHolds(witness.post(log.request(0, 20)), 10);
    assertHolds(witness.post(log.request(5, 10)), 10);
    assertHolds(witness.post(log.request(0, 10)), 10);
    hold(10, 20);
  }

  @Test
  void aProofThatDoesNotLeadThereIs422() throws Exception {
    hold(0, 10);
    TestLog fork = log.forkedAt(5);
    for (AddCheckpoint bad :
        List.of(
            fork.request(10, 20),
            AddCheckpoint.of(10, List.of(), log.signed(20)),
            AddCheckpoint.of(10, log.proof(9, 20), log.signed(20)),
            AddCheckpoint.of(10, log.proof(10, 20), fork.signed(20)),
            AddCheckpoint.of(10, log.proof(10, 20), log.signed(10)),
            AddCheckpoint.of(
                10,
                Stream.concat(log.proof(10, 20).stream(), Stream.of(Hash.sha256())).toList(),
                log.signed(20)))) {
      assertStatus(witness.post(bad), 422);
    }
    hold(10, 20);
  }

  @Test
  void aFirstCheckpointHasAnEmptyProofAndAnEmptyTreeItsRoot() throws Exception {
    assertStatus(witness.post(AddCheckpoint.of(0, log.proof(5, 9), log.signed(9))), 422);
    SignedNote wrongEmpty = new Checkpoint(ORIGIN, 0, log.checkpoint(1).root()).sign(log);
    assertStatus(witness.post(AddCheckpoint.of(0, List.of(), wrongEmpty)), 422);
    assertStatus(witness.post(log.request(0, 0)), 200);
    assertStatus(witness.post(log.request(0, 9)), 200);
  }

  @Test
  void twoRootsOfOneSizeAre422AndKeptAsProof() throws Exception {
    String path = "/" + CheckpointStore.originHash(ORIGIN) + "/fork";
    hold(0, 10);
    assertThat(witness.get(path).statusCode()).isEqualTo(404);
    TestLog fork = log.forkedAt(5);
    assertStatus(witness.post(AddCheckpoint.of(10, List.of(), fork.signed(10))), 422);
    String proof = witness.get(path).body();
    assertThat(proof).contains(log.checkpoint(10).text()).contains(fork.checkpoint(10).text());
    hold(10, 20);
    assertThat(witness.get("/metrics").body())
        .contains("counterfoil_witness_requests_total{result=\"fork\"} 1.0")
        .contains("counterfoil_witness_requests_total{result=\"cosigned\"} 2.0");
  }

  @Test
  void figuresAreForThisHostAndNobodyForWhomAProxyAsks() throws Exception {
    assertThat(witness.get("/metrics").statusCode()).isEqualTo(200);
    assertThat(witness.get("/metrics", "X-Forwarded-For", "192.0.2.7"))
        .returns(403, HttpResponse::statusCode)
        .returns(false, answer -> answer.body().contains("counterfoil_witness"));
    assertThat(witness.get("/health/live", "X-Forwarded-For", "192.0.2.7").statusCode())
        .isEqualTo(200);
  }

  @Test
  void severalKeysOfOneOriginMayEachSign() throws Exception {
    TestLog second = TestLog.of(ORIGIN, 100);
    TestWitness.accept(folder, log, second);
    assertStatus(witness.post(log.request(0, 10)), 200);
    assertStatus(witness.post(second.request(10, 20)), 200);
  }

  @Test
  void theListOfLogsIsReadAgainAndAWrongOneChangesNothing() throws Exception {
    TestLog second = TestLog.of("second.example", 10);
    assertStatus(witness.post(second.request(0, 5)), 404);
    TestWitness.accept(folder, log, second);
    assertStatus(witness.post(second.request(0, 5)), 200);
    Files.writeString(folder.resolve("logs.txt"), "log nonsense\n");
    assertStatus(witness.post(second.request(5, 6)), 200);
    assertThat(witness.get("/metrics").body()).contains("counterfoil_witness_logs_current 0.0");
    TestWitness.accept(folder, second);
    assertStatus(witness.post(log.request(0, 5)), 404);
    assertThat(witness.get("/health/ready").statusCode()).isEqualTo(200);
    TestWitness.accept(folder);
    assertStatus(witness.post(second.request(6, 7)), 404);
    assertThat(witness.get("/health/ready").statusCode()).isEqualTo(503);
    assertThat(witness.get("/health/live").statusCode()).isEqualTo(200);
  }

  @Test
  void aRepeatedCheckpointGetsTheSameLinesWithinASecondAndFreshOnesLater() throws Exception {
    hold(0, 10);
    byte[] first = witness.post(log.request(10, 10)).body();
    assertThat(witness.post(log.request(10, 10)).body()).isEqualTo(first);
    clock.advance(Duration.ofSeconds(1));
    AddCheckpoint again = log.request(10, 10);
    HttpResponse<byte[]> fresh = witness.post(again);
    assertThat(witness.cosigned(again, fresh).quorumTimestamp()).hasValue(NOW.getEpochSecond() + 1);
  }

  @Test
  void aClockThatWentBackSignsNothing() throws Exception {
    hold(0, 10);
    clock.set(NOW.minusSeconds(1));
    assertStatus(witness.post(log.request(10, 20)), 503);
    clock.set(NOW);
    hold(10, 20);
  }

  @Test
  void stateAndKeysSurviveARestart() throws Exception {
    List<CosignerKey> keys = witness.witness().keys();
    hold(0, 10);
    restart();
    assertThat(witness.witness().keys()).isEqualTo(keys);
    assertThat(keys)
        .extracting(CosignerKey::algorithm)
        .containsExactly(Algorithm.ED25519, Algorithm.ML_DSA_44);
    assertThat(witness.get("/").body()).isEqualTo(keys.get(0) + "\n" + keys.get(1) + "\n");
    assertHolds(witness.post(log.request(0, 20)), 10);
    hold(10, 20);
  }

  /** By which the dump gate finds the keys in an image of the process's memory. */
  @Test
  void hintsLieBesideTheKeysAlsoOfThoseThatHadNone() throws Exception {
    Path data = folder.resolve("data");
    assertHint(data, "ed25519", "EdDSA");
    assertHint(data, "ml-dsa-44", "ML-DSA-44");
    Files.delete(data.resolve("ed25519.hint"));
    Files.writeString(data.resolve("ml-dsa-44.hint"), "another key's");
    restart();
    assertHint(data, "ed25519", "EdDSA");
    assertHint(data, "ml-dsa-44", "ML-DSA-44");
  }

  private static void assertHint(Path data, String label, String algorithm) throws Exception {
    KeyHint hint = KeyHint.of(Files.readAllBytes(data.resolve(label + ".key")), algorithm);
    assertThat(data.resolve(label + ".hint")).hasContent(hint.text());
  }

  @Test
  void onlyTheOwnerReadsKeysAndDatabase() throws Exception {
    try (Stream<Path> files = Files.walk(folder.resolve("data"))) {
      assertThat(files)
          .allSatisfy(
              file ->
                  assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
                      .as(file.toString())
                      .endsWith("------"));
    }
  }

  @Test
  void aSecondProcessOnTheFolderIsRefused() throws Exception {
    assertThatThrownBy(() -> TestWitness.start(folder, clock)).hasMessageContaining("lock");
    hold(0, 5);
  }

  @Test
  void keysWithoutTheirDatabaseDoNotSignAgain() throws Exception {
    hold(0, 10);
    witness.close();
    Path database = folder.resolve("data").resolve(CheckpointStore.FILE);
    Path aside = folder.resolve("aside.db");
    Files.move(database, aside);
    for (int start = 0; start < 2; start++) {
      assertThatThrownBy(() -> TestWitness.start(folder, clock))
          .hasMessageContaining("must not sign again");
    }
    Files.move(aside, database, StandardCopyOption.REPLACE_EXISTING);
    witness = TestWitness.start(folder, clock);
    hold(10, 20);
  }

  @Test
  void oneKeyIsEnoughWhereOneIsConfigured() throws Exception {
    witness.close();
    witness = TestWitness.start(folder, clock, Cosigning.ML_DSA_44, Duration.ofSeconds(30));
    AddCheckpoint request = log.request(0, 10);
    assertThat(witness.cosigned(request, witness.post(request)).names())
        .containsExactly("ML_DSA_44");
  }

  @Test
  void requestsHaveLimits() throws Exception {
    byte[] tooLong = new byte[AddCheckpoint.BYTES_MAX + 1];
    assertStatus(witness.post(tooLong), 413);
    assertThat(witness.get("/add-checkpoint").statusCode()).isEqualTo(405);
    assertThat(witness.get("/nothing").statusCode()).isEqualTo(404);
    hold(0, 5);
  }

  @Test
  void aSecondProcessOnOneFolderIsRefused() throws Exception {
    assertThatThrownBy(() -> TestWitness.start(folder, clock))
        .isInstanceOf(Disk.FolderInUseException.class)
        .hasMessageContaining("another process");
    // The first one goes on, and when it has ended the folder is free.
    hold(0, 5);
    restart();
    hold(5, 10);
  }
}
