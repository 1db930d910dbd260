package dev.counterfoil.authority.settings;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.format.note.CosignerKey;
import dev.counterfoil.format.note.NoteKey;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * Other people's witness: {@code sigsum-witness} of Debian's package sigsum-go. It cosigns one log,
 * whose origin is {@code sigsum.org/v1/tree/<SHA-256 of its key>}, and names itself by its own key.
 */
public final class SigsumWitness implements AutoCloseable {
  private static final byte[] SSH_ED25519 = "ssh-ed25519".getBytes(StandardCharsets.US_ASCII);

  private final Process process;
  private final int port;
  private final CosignerKey key;

  private SigsumWitness(Process process, int port, CosignerKey key) {
    this.process = process;
    this.port = port;
    this.key = key;
  }

  /** The origin that it wants a log with a key to have. */
  public static String origin(Hash publicKey) {
    return "sigsum.org/v1/tree/" + Hash.sha256(publicKey.bytes()).hex();
  }

  /** Starts one with a new key, for a log. */
  public static SigsumWitness start(Path folder, NoteKey log)
      throws IOException, InterruptedException, FormatException {
    Files.createDirectories(folder);
    Files.writeString(folder.resolve("log.pub"), openSsh(log));
    run(folder, "sigsum-key", "generate", "-o", "key");
    CosignerKey made =
        CosignerKey.parse(
            run(folder, "sigsum-key", "to-vkey", "-k", "key.pub", "-n", "w", "-t", "cosignature/v1")
                .strip());
    CosignerKey key =
        new CosignerKey(
            "sigsum.org/v1/witness/" + Hash.sha256(made.publicKey()).hex(),
            made.algorithm(),
            made.publicKey());
    int port;
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      port = socket.getLocalPort();
    }
    ProcessBuilder builder =
        new ProcessBuilder(
                "sigsum-witness",
                "-k",
                "key",
                "--log-key",
                "log.pub",
                "--state-file",
                "state",
                "127.0.0.1:" + port)
            .directory(folder.toFile())
            .redirectErrorStream(true)
            .redirectOutput(folder.resolve("witness.log").toFile());
    // Debian's build of its HTTP library wants the routes of Go before 1.22.
    builder.environment().put("GODEBUG", "httpmuxgo121=0");
    SigsumWitness witness = new SigsumWitness(builder.start(), port, key);
    while (!witness.accepts()) {
      assertThat(witness.process.waitFor(20, TimeUnit.MILLISECONDS))
          .as(Files.readString(folder.resolve("witness.log")))
          .isFalse();
    }
    return witness;
  }

  private boolean accepts() throws IOException {
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
      return socket.isConnected();
    } catch (ConnectException e) {
      return false;
    }
  }

  /** The public key in OpenSSH's format (RFC 4253 6.6). */
  private static String openSsh(NoteKey key) {
    byte[] blob =
        ByteBuffer.allocate(4 + SSH_ED25519.length + 4 + Hash.BYTES)
            .putInt(SSH_ED25519.length)
            .put(SSH_ED25519)
            .putInt(Hash.BYTES)
            .put(key.publicKey().bytes())
            .array();
    return "ssh-ed25519 " + Base64.getEncoder().encodeToString(blob) + " log\n";
  }

  private static String run(Path folder, String... command)
      throws IOException, InterruptedException {
    Process process =
        new ProcessBuilder(command).directory(folder.toFile()).redirectErrorStream(true).start();
    String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).as("%s: %s", List.of(command), out).isZero();
    return out;
  }

  public CosignerKey key() {
    return key;
  }

  public CosignerEntry entry() {
    return new CosignerEntry(
        key.name(),
        key.toString(),
        CosignerEntry.Kind.WITNESS,
        URI.create("http://127.0.0.1:" + port),
        Duration.ZERO);
  }

  @Override
  public void close() {
    process.destroyForcibly().onExit().join();
  }
}
