package dev.counterfoil.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.bytes.StrictJson;
import dev.counterfoil.format.note.Checkpoint;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Following a log, and copying it, by command. */
class LogWatchCommandsTest {
  @TempDir
  @SuppressWarnings("NullAway.Init") // made before each test
  private Path folder;

  @SuppressWarnings("NullAway.Init") // opened before each test
  private SampleLog log;

  @BeforeEach
  void issue() throws IOException {
    log = new SampleLog(folder, "log.example/logs/s1g1");
    log.issue(300);
  }

  @AfterEach
  void close() throws IOException {
    log.close();
  }

  private CommandRun watch() {
    return CommandRun.of(
        "log",
        "watch",
        log.published(),
        "--once",
        "--json",
        "--key",
        log.key(),
        "--state",
        folder.resolve("state.json"),
        "--evidence",
        folder.resolve("evidence"));
  }

  @Test
  void aRollbackIsCriedAtAcrossRunsAndItsEvidenceHoldsBothCheckpoints() throws Exception {
    byte[] earlier = log.checkpoint();
    CommandRun first = watch();
    assertThat(first.exitCode()).as(first.out()).isZero();
    log.issue(300);
    assertThat(watch().json().number("size")).isEqualTo(600);

    Files.write(log.published().resolve("checkpoint"), earlier);
    CommandRun cried = watch();
    assertThat(cried.exitCode()).isEqualTo(1);
    assertThat(cried.json().string("what")).isEqualTo("rollback");
    Path evidence = Path.of(cried.json().string("evidence"));
    JsonObject kept = StrictJson.object(Files.readAllBytes(evidence), 1 << 20);
    assertThat(kept.strings("notes")).hasSize(2);
    long[] sizes =
        kept.strings("notes").stream()
            .mapToLong(
                note -> {
                  try {
                    return Checkpoint.verify(note.getBytes(StandardCharsets.UTF_8), log.key())
                        .size();
                  } catch (FormatException e) {
                    throw new AssertionError(e);
                  }
                })
            .toArray();
    assertThat(sizes).containsExactly(600, 300);
  }

  @Test
  void aForkIsCriedAt() throws Exception {
    assertThat(watch().exitCode()).isZero();
    Files.write(
        log.published().resolve("checkpoint"),
        log.sign(new Checkpoint(log.key().name(), 300, Hash.sha256(new byte[1]))));
    CommandRun cried = watch();
    assertThat(cried.exitCode()).isEqualTo(1);
    assertThat(cried.json().string("what")).isEqualTo("fork");
  }

  @Test
  void aLogIsExportedLostAndRestored() throws Exception {
    Path archive = folder.resolve("log.zip");
    CommandRun exported =
        CommandRun.of(
            "log",
            "export",
            log.published(),
            "--journal",
            log.journal(),
            "--out",
            archive,
            "--key",
            log.key(),
            "--json");
    assertThat(exported.exitCode()).as(exported.out()).isZero();
    assertThat(exported.json().number("counterfoils")).isEqualTo(300);
    Path restored = folder.resolve("restored");
    CommandRun run =
        CommandRun.of("log", "restore", archive, "--to", restored, "--key", log.key(), "--json");
    assertThat(run.exitCode()).as(run.out()).isZero();
    assertThat(run.json().number("counterfoils")).isEqualTo(300);
    assertThat(
            CommandRun.of(
                    "log",
                    "check",
                    restored,
                    "--journal",
                    restored.resolve("journal"),
                    "--key",
                    log.key())
                .exitCode())
        .isZero();

    byte[] bytes = Files.readAllBytes(archive);
    Path broken = Files.write(folder.resolve("broken.zip"), Arrays.copyOf(bytes, 5000));
    CommandRun refused =
        CommandRun.of("log", "restore", broken, "--to", folder.resolve("r2"), "--key", log.key());
    assertThat(refused.exitCode()).isEqualTo(1);
    assertThat(folder.resolve("r2")).doesNotExist();
  }

  @Test
  void aCopyIsPublishedCheckedAndProvedFrom() throws Exception {
    Path copy = folder.resolve("copy");
    CommandRun run =
        CommandRun.of(
            "log", "publish", log.published(), "--to", copy, "--key", log.key(), "--json");
    assertThat(run.exitCode()).as(run.out()).isZero();
    assertThat(run.json().number("size")).isEqualTo(300);
    assertThat(CommandRun.of("log", "check", copy, "--key", log.key()).exitCode()).isZero();
    Path proof = folder.resolve("p");
    assertThat(
            CommandRun.of("log", "prove", log.token(299), "--from", copy, "--out", proof)
                .exitCode())
        .isZero();
    Path policy =
        Files.writeString(folder.resolve("policy"), "log " + log.key() + "\nquorum none\n");
    assertThat(
            CommandRun.of("log", "verify-proof", "--policy", policy, log.token(299), proof)
                .exitCode())
        .isZero();

    log.issue(10);
    byte[] digests = Files.readAllBytes(log.published().resolve("digests"));
    digests[32 * 305] ^= 1;
    Files.write(log.published().resolve("digests"), digests);
    assertThat(
            CommandRun.of("log", "publish", log.published(), "--to", copy, "--key", log.key())
                .exitCode())
        .isEqualTo(1);
    assertThat(CommandRun.of("log", "check", copy, "--key", log.key()).exitCode()).isZero();
  }
}
