package dev.counterfoil.witness;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.format.note.AddCheckpoint;
import dev.counterfoil.format.note.Cosignature;
import dev.counterfoil.format.note.CosignerKey;
import dev.counterfoil.format.note.NoteKey;
import dev.counterfoil.format.note.NoteSigner;
import dev.counterfoil.format.note.SignedNote;
import dev.counterfoil.format.policy.LogPolicy;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.Signature;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Other people's software: {@code sigsum-witness} of Debian's package sigsum-go cosigns a log of
 * ours, and we verify what it gave. It wants a log whose origin is {@code
 * sigsum.org/v1/tree/<SHA-256 of the key>}.
 */
@Timeout(120)
class OutsideWitnessTest {
  private static final byte[] SSH_ED25519 = "ssh-ed25519".getBytes(StandardCharsets.US_ASCII);
  private static final String WITNESS_NAME = "sigsum-witness.example/w1";

  @TempDir Path folder;
  private final HttpClient http = HttpClient.newHttpClient();

  private static NoteSigner sigsumLogKey() throws GeneralSecurityException {
    KeyPair pair = KeyPairGenerator.getInstance("Ed25519").generateKeyPair();
    Hash publicKey = NoteKey.of("k", pair.getPublic()).publicKey();
    NoteKey key =
        new NoteKey("sigsum.org/v1/tree/" + Hash.sha256(publicKey.bytes()).hex(), publicKey);
    return new NoteSigner() {
      @Override
      public NoteKey key() {
        return key;
      }

      @Override
      public byte[] sign(byte[] text) throws GeneralSecurityException {
        Signature signature = Signature.getInstance("Ed25519");
        signature.initSign(pair.getPrivate());
        signature.update(text);
        return signature.sign();
      }
    };
  }

  /** The public key in OpenSSH's format (RFC 4253 6.6). */
  private static String openSsh(NoteKey key) {
    byte[] blob =
        ByteBuffer.allocate(4 + SSH_ED25519.length + 4 + 32)
            .putInt(SSH_ED25519.length)
            .put(SSH_ED25519)
            .putInt(32)
            .put(key.publicKey().bytes())
            .array();
    return "ssh-ed25519 " + Base64.getEncoder().encodeToString(blob) + " log\n";
  }

  private String run(String... command) throws IOException, InterruptedException {
    Process process =
        new ProcessBuilder(command).directory(folder.toFile()).redirectErrorStream(true).start();
    String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).as("%s: %s", List.of(command), out).isZero();
    return out;
  }

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }

  private Process startWitness(int port) throws Exception {
    ProcessBuilder builder =
        new ProcessBuilder(
                "sigsum-witness",
                "-k",
                "witness-key",
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
    Process process = builder.start();
    while (!accepts(port)) {
      assertThat(process.waitFor(20, TimeUnit.MILLISECONDS))
          .as(Files.readString(folder.resolve("witness.log")))
          .isFalse();
    }
    return process;
  }

  private static boolean accepts(int port) throws IOException {
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
      return socket.isConnected();
    } catch (ConnectException e) {
      return false;
    }
  }

  private HttpResponse<byte[]> post(int port, AddCheckpoint request) throws Exception {
    return http.send(
        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + "/add-checkpoint"))
            .POST(HttpRequest.BodyPublishers.ofByteArray(request.bytes()))
            .build(),
        HttpResponse.BodyHandlers.ofByteArray());
  }

  @Test
  void sigsumWitnessCosignsOurLog() throws Exception {
    NoteSigner logKey = sigsumLogKey();
    Files.writeString(folder.resolve("log.pub"), openSsh(logKey.key()));
    run("sigsum-key", "generate", "-o", "witness-key");
    CosignerKey witnessKey =
        CosignerKey.parse(
            run(
                    "sigsum-key",
                    "to-vkey",
                    "-k",
                    "witness-key.pub",
                    "-n",
                    WITNESS_NAME,
                    "-t",
                    "cosignature/v1")
                .strip());
    int port = freePort();
    Process process = startWitness(port);
    try (OurLog log = new OurLog(folder, logKey)) {
      long size = 0;
      for (int entries : List.of(1, 2, 250, 300, 7)) {
        log.grow(entries);
        AddCheckpoint request = log.request(size);
        HttpResponse<byte[]> response = post(port, request);
        assertThat(response.statusCode())
            .as(new String(response.body(), StandardCharsets.UTF_8))
            .isEqualTo(200);
        checkCosignature(logKey.key(), witnessKey, request, response.body());
        size = request.checkpoint().size();
      }
      // What it refuses, our witness refuses alike.
      log.grow(5);
      assertThat(post(port, log.request(3)).statusCode()).isEqualTo(409);
      AddCheckpoint good = log.request(size);
      List<Hash> wrong = new ArrayList<>(good.proof());
      wrong.set(0, Hash.sha256());
      AddCheckpoint withWrongProof = AddCheckpoint.of(size, wrong, good.note());
      assertThat(post(port, withWrongProof).statusCode()).isEqualTo(422);
      assertThat(post(port, good).statusCode()).isEqualTo(200);
    } finally {
      process.destroyForcibly().waitFor();
    }
  }

  private static void checkCosignature(
      NoteKey logKey, CosignerKey witnessKey, AddCheckpoint request, byte[] lines)
      throws Exception {
    SignedNote answer = SignedNote.parse(request.note().text(), lines);
    // It names itself by its key; the name is not part of what Ed25519 signs.
    CosignerKey key =
        new CosignerKey(
            answer.signatures().get(0).name(), witnessKey.algorithm(), witnessKey.publicKey());
    Cosignature cosignature = Cosignature.find(answer, key).orElseThrow();
    assertThat(Instant.ofEpochSecond(cosignature.timestamp()))
        .isBetween(Instant.now().minusSeconds(60), Instant.now().plusSeconds(1));
    LogPolicy policy =
        new LogPolicy(
            List.of(new LogPolicy.PinnedLog(logKey)),
            List.of(new LogPolicy.Witness("w", key, Optional.empty())),
            List.of(),
            "w");
    assertThat(policy.verify(request.note().with(answer.signatures()).bytes()))
        .isEqualTo(request.checkpoint());
  }

  @Test
  void ourWitnessCosignsOurLog() throws Exception {
    NoteSigner logKey = sigsumLogKey();
    Files.writeString(folder.resolve("logs.txt"), "log " + logKey.key() + "\n");
    try (OurLog log = new OurLog(folder, logKey);
        TestWitness witness = TestWitness.start(folder, InstantSource.system())) {
      long size = 0;
      for (int entries : List.of(1, 2, 250, 300, 7)) {
        log.grow(entries);
        AddCheckpoint request = log.request(size);
        HttpResponse<byte[]> response = witness.post(request);
        assertThat(response.statusCode()).isEqualTo(200);
        assertThat(witness.cosigned(request, response).quorum()).isTrue();
        size = request.checkpoint().size();
      }
      log.grow(5);
      assertThat(witness.post(log.request(3)).statusCode()).isEqualTo(409);
      AddCheckpoint good = log.request(size);
      List<Hash> wrong = new ArrayList<>(good.proof());
      wrong.set(0, Hash.sha256());
      AddCheckpoint withWrongProof = AddCheckpoint.of(size, wrong, good.note());
      assertThat(witness.post(withWrongProof).statusCode()).isEqualTo(422);
      assertThat(witness.post(good).statusCode()).isEqualTo(200);
    }
  }
}
