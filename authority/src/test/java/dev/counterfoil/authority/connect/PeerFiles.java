package dev.counterfoil.authority.connect;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterfoil.authority.settings.PeersEntry;
import dev.counterfoil.configuration.HostPort;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;

/** The certificates of two authorities, and how each names the other. */
record PeerFiles(Path folder) {
  static HostPort free() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return new HostPort("127.0.0.1", socket.getLocalPort());
    }
  }

  /** As docs/operate/postgresql.md has it. */
  void certificate(String name) throws Exception {
    Process openssl =
        new ProcessBuilder(
                "openssl",
                "req",
                "-x509",
                "-newkey",
                "ec",
                "-pkeyopt",
                "ec_paramgen_curve:prime256v1",
                "-noenc",
                "-days",
                "3650",
                "-subj",
                "/CN=authority-" + name,
                "-keyout",
                folder.resolve("key-" + name).toString(),
                "-out",
                folder.resolve("certificate-" + name).toString())
            .redirectErrorStream(true)
            .start();
    String said = new String(openssl.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(openssl.waitFor()).as(said).isZero();
    Files.setPosixFilePermissions(
        folder.resolve("key-" + name), PosixFilePermissions.fromString("rw-------"));
  }

  PeersEntry entry(int own, HostPort listen, int other, HostPort at) {
    return new PeersEntry(
        own,
        listen,
        folder.resolve("certificate-" + own),
        folder.resolve("key-" + own),
        List.of(new PeersEntry.Peer(other, at, folder.resolve("certificate-" + other))));
  }
}
