package dev.counterfoil.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterfoil.format.CosignerKey;
import dev.counterfoil.format.TestCosigner;
import dev.counterfoil.log.Disk;
import dev.counterfoil.log.FileDisk;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** An audit log's folder is not made under a monitor that runs. */
final class AuditRestoreCommandTest {
  @TempDir
  @SuppressWarnings("NullAway.Init") // injected
  private Path folder;

  private CommandRun restore() throws Exception {
    Files.writeString(folder.resolve("token"), "a-token");
    Files.writeString(
        folder.resolve("log.vkey"),
        AuditedIssuer.key(AuditedIssuer.FIRST, "ours").key().toString());
    return CommandRun.of(
        "audit",
        "restore",
        "--custodian",
        // Nobody listens there.
        "http://127.0.0.1:1",
        "--custodian-key",
        new TestCosigner("custodian.example/c1", CosignerKey.Algorithm.ED25519, 1).key(),
        "--access-token",
        folder.resolve("token"),
        "--keys",
        folder,
        "--folder",
        folder.resolve("audit"));
  }

  @Test
  void whileTheMonitorRunsItIsRefused() throws Exception {
    try (Disk.DiskLock running = FileDisk.privateFolder(folder).lock()) {
      assertThat(running).isNotNull();
      CommandRun refused = restore();
      assertThat(refused.exitCode()).isEqualTo(ExitCode.ENVIRONMENT);
      assertThat(refused.err()).contains("the monitor runs: stop it first");
    }
    CommandRun stopped = restore();
    assertThat(stopped.exitCode()).as(stopped.err()).isEqualTo(ExitCode.UNAVAILABLE);
    assertThat(stopped.err()).contains("cannot restore").doesNotContain("the monitor runs");
    // It is let go again.
    try (Disk.DiskLock next = FileDisk.privateFolder(folder).lock()) {
      assertThat(next).isNotNull();
    }
  }

  @Test
  void whereNoMonitorEverRanNothingIsLaidDown() throws Exception {
    assertThat(restore().exitCode()).isEqualTo(ExitCode.UNAVAILABLE);
    assertThat(folder.resolve(FileDisk.LOCK)).doesNotExist();
  }
}
