package dev.counterfoil.installation.layout;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Why a process is not reached. Users that may not are in the test under several users. */
class SocketReachTest {
  @TempDir
  @SuppressWarnings("NullAway.Init") // injected
  private Path folder;

  @Test
  void whoMayIsNamed() {
    Path file = Path.of("/run/x");
    assertThat(SocketReach.who("alice", file, "counterfoil-signer", Optional.of("ops")))
        .contains("user alice may not use /run/x")
        .contains("users root and counterfoil-signer and group ops");
    assertThat(SocketReach.who("alice", file, "root", Optional.of("root")))
        .contains("Only user root may.");
  }

  @Test
  void aRegistrarWhoseKeyLogConflictsIsToldFromOneThatDoesNotRun() throws Exception {
    Path socket = Files.createDirectory(folder.resolve("registrar")).resolve("admin.sock");
    assertThat(SocketReach.why(socket)).contains("no socket", "code 76", "keys restore-log first");
    Files.createFile(socket.resolveSibling("key-log-conflict"));
    assertThat(SocketReach.why(socket))
        .contains("registrar/key-log-conflict", "counterfoil keys restore-log, then start it")
        .doesNotContain("counterfoil up");
    // The control: another process has no key log.
    assertThat(SocketReach.why(folder.resolve("signer.sock"))).doesNotContain("restore-log");
  }

  @Test
  void oneThatDoesNotRunIsToldFromOneThatRefusesAndOneThatIsSilent() throws Exception {
    Path socket = folder.resolve("s");
    assertThat(SocketReach.denied(socket)).isEmpty();
    assertThat(SocketReach.why(socket)).contains("is not running", "no socket");
    try (ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
      server.bind(UnixDomainSocketAddress.of(socket));
      assertThat(SocketReach.why(socket)).contains("does not answer");
      Thread closing =
          Thread.ofVirtual()
              .start(
                  () -> {
                    try {
                      // The first is of the look before.
                      server.accept().close();
                      server.accept().close();
                    } catch (java.io.IOException e) {
                      throw new java.io.UncheckedIOException(e);
                    }
                  });
      assertThat(SocketReach.why(socket)).contains("refuses user", "admin-users");
      closing.join();
    }
    assertThat(SocketReach.why(socket)).contains("nothing listens");
  }
}
