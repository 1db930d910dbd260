package dev.counterfoil.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.format.note.Checkpoint;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Checking a log and a token of it, as docs/operate/log.md tells an auditor. */
class LogProofCommandsTest {
  private static final int TOKENS = 700;

  @TempDir
  @SuppressWarnings("NullAway.Init") // made before each test
  private Path folder;

  @SuppressWarnings("NullAway.Init") // opened before each test
  private SampleLog log;

  @BeforeEach
  void issue() throws IOException {
    log = new SampleLog(folder, "log.example/logs/s1g1");
    log.issue(TOKENS);
  }

  @AfterEach
  void close() throws IOException {
    log.close();
  }

  private Path policy(String rest) throws IOException {
    return Files.writeString(folder.resolve("policy.txt"), "log " + log.key() + "\n" + rest);
  }

  @Test
  void aTokenIsProvedFromAPolicyAndAProofFileAlone() throws Exception {
    Path policy = policy("quorum none\n");
    Path proof = folder.resolve("token.tlog-proof");
    assertThat(
            CommandRun.of("log", "prove", log.token(321), "--from", log.published(), "--out", proof)
                .exitCode())
        .isZero();
    CommandRun proved =
        CommandRun.of("log", "verify-proof", "--json", "--policy", policy, log.token(321), proof);
    assertThat(proved.exitCode()).as(proved.out()).isZero();
    assertThat(proved.json().number("position")).isEqualTo(321);
    assertThat(proved.json().number("size")).isEqualTo(TOKENS);

    CommandRun other =
        CommandRun.of("log", "verify-proof", "--policy", policy, log.token(322), proof);
    assertThat(other.exitCode()).isEqualTo(1);
    assertThat(other.out()).startsWith("NOT PROVED");

    try (SampleLog stranger = new SampleLog(folder.resolve("stranger"), "log.example/logs/s1g1")) {
      Path another =
          Files.writeString(
              folder.resolve("another.txt"), "log " + stranger.key() + "\nquorum none\n");
      CommandRun unsigned =
          CommandRun.of("log", "verify-proof", "--policy", another, log.token(321), proof);
      assertThat(unsigned.exitCode()).isEqualTo(1);
      assertThat(unsigned.out()).contains("not signed by the log's key");
    }
  }

  @Test
  void aQuorumIsEnforced() throws Exception {
    Path policy = policy(log.witnessLine() + "quorum w1\n");
    Path proof = folder.resolve("token.tlog-proof");
    CommandRun.of("log", "prove", log.token(5), "--from", log.published(), "--out", proof);
    CommandRun alone =
        CommandRun.of("log", "verify-proof", "--policy", policy, log.token(5), proof);
    assertThat(alone.exitCode()).isEqualTo(1);
    assertThat(alone.out()).contains("quorum");

    log.cosign(1_764_028_900);
    CommandRun.of("log", "prove", log.token(5), "--from", log.published(), "--out", proof);
    CommandRun cosigned =
        CommandRun.of("log", "verify-proof", "--json", "--policy", policy, log.token(5), proof);
    assertThat(cosigned.exitCode()).as(cosigned.out()).isZero();
    assertThat(cosigned.json().strings("witnesses")).containsExactly("w1");
    assertThat(cosigned.json().number("cosigned_at")).isEqualTo(1_764_028_900);
  }

  @Test
  void aForgedTokenHasNoProof() throws Exception {
    String honest = log.tokens.get(10);
    int dot = honest.indexOf('.');
    Path forged =
        Files.writeString(
            folder.resolve("forged"), "eyJhbGciOiJFUzI1NiIgfQ" + honest.substring(dot));
    CommandRun run = CommandRun.of("log", "prove", "--json", forged, "--from", log.published());
    assertThat(run.exitCode()).isEqualTo(1);
    assertThat(run.json().string("reason")).contains("does not contain this token at position 10");
    CommandRun early =
        CommandRun.of("log", "prove", log.token(5), "--position", 700, "--from", log.published());
    assertThat(early.exitCode()).isEqualTo(1);
  }

  @Test
  void theLogIsCheckedAndAChangeIsFound() throws Exception {
    Path policy = policy("quorum none\n");
    Path kept = Files.write(folder.resolve("kept"), log.checkpoint());
    log.issue(300);
    CommandRun sound =
        CommandRun.of(
            "log",
            "check",
            log.published(),
            "--policy",
            policy,
            "--checkpoint",
            kept,
            "--journal",
            log.journal(),
            "--json");
    assertThat(sound.exitCode()).as(sound.out()).isZero();
    assertThat(sound.json().number("size")).isEqualTo(1000);
    assertThat(sound.json().number("counterfoils")).isEqualTo(1000);
    assertThat(sound.json().number("checkpoints")).isEqualTo(1);

    Path lie =
        Files.write(
            folder.resolve("lie"),
            log.sign(new Checkpoint(log.key().name(), 700, Hash.sha256(new byte[1]))));
    CommandRun fork =
        CommandRun.of(
            "log",
            "check",
            log.published(),
            "--policy",
            policy,
            "--checkpoint",
            kept,
            "--checkpoint",
            lie,
            "--json");
    assertThat(fork.exitCode()).isEqualTo(1);
    assertThat(fork.json().string("kind")).isEqualTo("not-consistent");

    byte[] hashes = Files.readAllBytes(log.published().resolve("level-1"));
    hashes[32 * 2] ^= 1;
    Files.write(log.published().resolve("level-1"), hashes);
    CommandRun changed =
        CommandRun.of("log", "check", log.published(), "--key", log.key(), "--json");
    assertThat(changed.exitCode()).isEqualTo(1);
    assertThat(changed.json().string("where")).isEqualTo("tile/1/000.p/3 hash 2");
    assertThat(changed.json().number("position")).isEqualTo(512);
  }

  @Test
  void aPolicysQuorumIsAskedOfTheCheckToo() throws Exception {
    Path policy = policy(log.witnessLine() + "quorum w1\n");
    CommandRun alone = CommandRun.of("log", "check", log.published(), "--policy", policy, "--json");
    assertThat(alone.exitCode()).isEqualTo(1);
    assertThat(alone.json().string("kind")).isEqualTo("cosigned-invalid");
    log.cosign(1_764_028_900);
    assertThat(CommandRun.of("log", "check", log.published(), "--policy", policy).exitCode())
        .isZero();
  }

  @Test
  void aKeptCheckpointIsProvedToBeExtended() throws Exception {
    Path policy = policy("quorum none\n");
    Path kept = Files.write(folder.resolve("kept"), log.checkpoint());
    log.issue(77);
    Path proof = folder.resolve("consistency");
    assertThat(
            CommandRun.of(
                    "log",
                    "prove-consistency",
                    kept,
                    "--from",
                    log.published(),
                    "--policy",
                    policy,
                    "--out",
                    proof)
                .exitCode())
        .isZero();
    assertThat(Files.readString(proof)).startsWith("old 700\n");
    CommandRun good = CommandRun.of("log", "verify-consistency", "--policy", policy, kept, proof);
    assertThat(good.exitCode()).as(good.out()).isZero();

    String changed = Files.readString(proof).replaceFirst("\n[^\n]+\n", "\n");
    Files.write(proof, changed.getBytes(StandardCharsets.UTF_8));
    assertThat(
            CommandRun.of("log", "verify-consistency", "--policy", policy, kept, proof).exitCode())
        .isEqualTo(1);
    Path lie =
        Files.write(
            folder.resolve("lie"),
            log.sign(new Checkpoint(log.key().name(), 700, Hash.sha256(new byte[1]))));
    Path forked =
        Files.writeString(folder.resolve("forked"), "old 700\n\n" + Files.readString(lie));
    CommandRun two = CommandRun.of("log", "verify-consistency", "--policy", policy, kept, forked);
    assertThat(two.exitCode()).isEqualTo(1);
    assertThat(two.out()).contains("the log signed two histories: the two checkpoints of size 700");
    assertThat(
            CommandRun.of(
                    "log", "prove-consistency", lie, "--from", log.published(), "--policy", policy)
                .exitCode())
        .isEqualTo(1);
  }
}
