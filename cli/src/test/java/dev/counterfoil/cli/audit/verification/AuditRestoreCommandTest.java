package dev.counterfoil.cli.audit.verification;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import dev.counterfoil.cli.AuditedIssuer;
import dev.counterfoil.cli.CommandRun;
import dev.counterfoil.cli.command.ExitCode;
import dev.counterfoil.format.note.CosignerKey;
import dev.counterfoil.format.note.TestCosigner;
import dev.counterfoil.log.disk.Disk;
import dev.counterfoil.log.disk.FileDisk;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** An audit log's folder is not made under a monitor that runs. */
final class AuditRestoreCommandTest {
  @TempDir
  @SuppressWarnings("NullAway.Init") // injected
  private Path folder;

  private CommandRun restore() throws Exception {
    // Nobody listens there.
    return restore("audit", URI.create("http://127.0.0.1:1"));
  }

  private CommandRun restore(String name, URI custodian) throws Exception {
    Files.writeString(folder.resolve("token"), "a-token");
    Files.writeString(
        folder.resolve("log.vkey"),
        AuditedIssuer.key(AuditedIssuer.FIRST, "ours").key().toString());
    return CommandRun.of(
        "audit",
        "restore",
        "--custodian",
        custodian,
        "--custodian-key",
        new TestCosigner("custodian.example/c1", CosignerKey.Algorithm.ED25519, 1).key(),
        "--access-token",
        folder.resolve("token"),
        "--keys",
        folder,
        "--folder",
        folder.resolve(name));
  }

  @Test
  void whileTheMonitorRunsItIsRefused() throws Exception {
    try (Disk.DiskLock running = FileDisk.privateFolder(folder).lock()) {
      assertThat(running).isNotNull();
      CommandRun refused = restore();
      assertThat(refused.exitCode()).isEqualTo(ExitCode.ENVIRONMENT);
      assertThat(refused.err()).contains("the monitor is running. Stop it first");
    }
    CommandRun stopped = restore();
    assertThat(stopped.exitCode()).as(stopped.err()).isEqualTo(ExitCode.UNAVAILABLE);
    assertThat(stopped.err()).contains("cannot restore").doesNotContain("the monitor is running");
    // It is let go again, and stays where it was.
    assertThat(folder.resolve(FileDisk.LOCK)).exists();
    try (Disk.DiskLock next = FileDisk.privateFolder(folder).lock()) {
      assertThat(next).isNotNull();
    }
  }

  @Test
  void aMonitorThatNeverRanDoesNotStartMeanwhile() throws Exception {
    AtomicReference<String> start = new AtomicReference<>("nobody was asked");
    HttpServer custodian =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    custodian.createContext(
        "/",
        request -> {
          // As a monitor's start does it.
          try (Disk.DiskLock _ = FileDisk.privateFolder(folder).lock()) {
            start.set("started");
          } catch (Disk.FolderInUseException e) {
            start.set("refused");
          }
          request.sendResponseHeaders(404, -1);
          request.close();
        });
    custodian.start();
    try {
      URI address = URI.create("http://127.0.0.1:" + custodian.getAddress().getPort());
      assertThat(restore("audit", address).exitCode()).isNotZero();
      assertThat(start.get()).isEqualTo("refused");
      // A folder of another name is none of a monitor's.
      assertThat(folder.resolve(FileDisk.LOCK)).doesNotExist();
      assertThat(restore("audit-copy", address).exitCode()).isNotZero();
      assertThat(start.get()).isEqualTo("started");
    } finally {
      custodian.stop(0);
    }
  }

  @Test
  void whereNoMonitorWritesNothingIsLaidDown() throws Exception {
    for (String name : new String[] {"audit-copy", "audit"}) {
      assertThat(restore(name, URI.create("http://127.0.0.1:1")).exitCode())
          .isEqualTo(ExitCode.UNAVAILABLE);
      assertThat(folder.resolve(FileDisk.LOCK)).doesNotExist();
    }
  }
}
