package dev.counterfoil.witness;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterfoil.format.note.AddCheckpoint;
import dev.counterfoil.format.note.Checkpoint;
import dev.counterfoil.format.note.Cosignature;
import dev.counterfoil.format.note.CosignerKey.Algorithm;
import dev.counterfoil.format.note.SignedNote;
import dev.counterfoil.format.note.TestCosigner;
import dev.counterfoil.verifier.SettableClock;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Everybody else's logs: origins that are no names, and keys of every type that logs sign with. */
class ForeignLogsTest {
  private static final Instant NOW = Instant.parse("2026-11-25T12:00:00Z");

  /** The key of Go's checksum database, as every Go installation has it. */
  private static final String SUMDB_KEY =
      "sum.golang.org+033de0ae+Ac4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8";

  /** Two of its checkpoints. */
  private static final String SUMDB =
      """
      go.sum database tree
      15368405
      /g9am3I6YWNKaZX/jkne1fqd9zEyjss+JXyPXG0WfkY=

      — sum.golang.org Az3grqJGUaSGukG9p8nI2vKgiFn7qGHxn0W+mrwyI6Gz3F0t1J3LzmWk/p96Ybf295EjwdSwlzgijq5WA9d1Ded7owM=
      """;

  private static final String LATER_SUMDB =
      """
      go.sum database tree
      59045944
      LE6Lx+GNVyuFBv/jKcFIiPkG1WC7DHwG0clpfN/TBlA=

      — sum.golang.org Az3grk9ctaTv+CITXOwxCEHU3APAw5X7Ck14+fvFlh0GCktwX15+XPzy//GgL2G50ZgY05e8eXFTWcvW6pN5tozsLQQ=
      """;

  /** A checkpoint of Rekor, which signs with ECDSA. */
  private static final String REKOR =
      """
      rekor.sigstore.dev - 1193050959916656506
      25232885
      wfIuS5NLOf+4rU8wVjPaezQYEVVpf3aF1G/BfRYMXew=

      — rekor.sigstore.dev wNI9ajBFAiAj+8BDcU0CKq9AJ1uOND6fCQ/ugLsk1xnSz0IpXoaE+AIhALUXqsTZ40Mt2X30WNlk6baivF1KA4V4rrjbPNVo9eFC
      """;

  @TempDir Path folder;

  private TestWitness start(String list) throws Exception {
    Files.writeString(folder.resolve("logs.txt"), list);
    return TestWitness.start(folder, new SettableClock(NOW));
  }

  private static byte[] request(long oldSize, String note) {
    return ("old " + oldSize + "\n\n" + note).getBytes(StandardCharsets.UTF_8);
  }

  @Test
  void gosChecksumDatabaseIsCosigned() throws Exception {
    try (TestWitness witness = start("log " + SUMDB_KEY + "\norigin go.sum database tree\n")) {
      HttpResponse<byte[]> answer = witness.post(request(0, SUMDB));
      assertThat(answer.statusCode()).as(TestWitness.text(answer)).isEqualTo(200);
      SignedNote cosigned = SignedNote.parse(text(SUMDB), answer.body());
      assertThat(witness.witness().keys())
          .hasSize(2)
          .allSatisfy(key -> assertThat(Cosignature.find(cosigned, key)).isPresent());
      assertThat(witness.get("/" + hash("go.sum database tree") + "/checkpoint").body())
          .startsWith(SUMDB);
      // Without a proof it does not go on; with another size behind it, it says which it holds.
      assertThat(witness.post(request(15_368_405, LATER_SUMDB)).statusCode()).isEqualTo(422);
      assertThat(witness.post(request(0, LATER_SUMDB)).statusCode()).isEqualTo(409);
      String changed = SUMDB.replace("15368405", "15368406");
      assertThat(witness.post(request(15_368_405, changed)).statusCode()).isEqualTo(403);
    }
  }

  private static String text(String note) {
    return note.substring(0, note.indexOf("\n\n") + 1);
  }

  private static String hash(String origin) {
    return CheckpointStore.originHash(origin);
  }

  @Test
  void anOriginThatIsNotListedIsUnknownAndNotMalformed() throws Exception {
    // The line log alone lists the log whose origin is its key's name.
    try (TestWitness witness = start("log " + SUMDB_KEY + "\n")) {
      assertThat(witness.post(request(0, SUMDB)).statusCode()).isEqualTo(404);
      assertThat(witness.post(request(0, REKOR)).statusCode()).isEqualTo(404);
      String plus = SUMDB.replace("go.sum database tree", "a+b");
      assertThat(witness.post(request(0, plus)).statusCode()).isEqualTo(404);
      String control = SUMDB.replace("go.sum database tree", "a\u0007b");
      assertThat(witness.post(request(0, control)).statusCode()).isEqualTo(400);
      String empty = SUMDB.replace("go.sum database tree", "");
      assertThat(witness.post(request(0, empty)).statusCode()).isEqualTo(400);
    }
  }

  @ParameterizedTest
  @EnumSource
  void aLogThatSignsWithCosignaturesIsCosigned(Algorithm algorithm) throws Exception {
    TestLog log = TestLog.of("log.example/foreign", 20);
    TestCosigner key = new TestCosigner("log.example/foreign", algorithm, 7);
    try (TestWitness witness = start("log " + key.key() + "\n")) {
      assertThat(witness.post(request(log, key, 0, 5, 0)).statusCode()).isEqualTo(200);
      assertThat(witness.post(request(log, key, 5, 12, 0)).statusCode()).isEqualTo(200);
      assertThat(witness.post(request(log, key, 12, 20, 1)).statusCode()).isEqualTo(403);
      TestCosigner other = new TestCosigner("log.example/foreign", algorithm, 8);
      assertThat(witness.post(request(log, other, 12, 20, 0)).statusCode()).isEqualTo(403);
      assertThat(witness.post(log.request(12, 20)).statusCode()).isEqualTo(403);
      assertThat(witness.post(request(log, key, 12, 20, 0)).statusCode()).isEqualTo(200);
    }
  }

  /** A request whose log line says another time than was signed, by so many seconds. */
  private static AddCheckpoint request(
      TestLog log, TestCosigner key, int oldSize, int newSize, int secondsOff) throws Exception {
    Checkpoint checkpoint = log.checkpoint(newSize);
    long signedAt = NOW.getEpochSecond();
    Cosignature line = Cosignature.make(checkpoint.text(), signedAt, key);
    byte[] body = java.util.Base64.getDecoder().decode(line.line().base64());
    body[4 + 7] += (byte) secondsOff;
    SignedNote note =
        new SignedNote(
            checkpoint.text(),
            List.of(
                new SignedNote.NoteSignature(
                    line.line().name(),
                    line.line().keyId(),
                    java.util.Base64.getEncoder().encodeToString(body))));
    return AddCheckpoint.of(oldSize, log.proof(oldSize, newSize), note);
  }
}
