package dev.counterfoil.auditserver.custody;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import dev.counterfoil.audit.Auditor;
import dev.counterfoil.audit.access.Fence;
import dev.counterfoil.audit.access.Reader;
import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.format.note.AddCheckpoint;
import dev.counterfoil.format.note.Checkpoint;
import dev.counterfoil.format.note.Cosignature;
import dev.counterfoil.format.note.CosignatureSigner;
import dev.counterfoil.format.note.CosignerKey;
import dev.counterfoil.format.note.SignedNote;
import dev.counterfoil.format.policy.LogPolicy;
import dev.counterfoil.format.policy.TrustPolicy;
import dev.counterfoil.format.root.RootPin;
import dev.counterfoil.log.LogWitnesses;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.http.HttpClient;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.SecureRandom;
import java.security.Signature;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The audit log before a witness: cosigned as it grows, and found out when it was put back. */
class AuditWitnessesTest {
  @TempDir Path folder;

  private final Witness witness = new Witness();
  private final List<String> contradicted = new ArrayList<>();

  @SuppressWarnings("NullAway.Init") // each test starts with one
  private HttpServer server;

  /** Cosigns whatever goes on from what it cosigned. */
  private static final class Witness implements CosignatureSigner {
    private final KeyPair pair;
    private final CosignerKey key;
    private long size;
    private Hash root = Hash.sha256();
    private byte[] last = {};

    Witness() {
      try {
        pair = KeyPairGenerator.getInstance("Ed25519").generateKeyPair();
      } catch (GeneralSecurityException e) {
        throw new IllegalStateException(e);
      }
      key = CosignerKey.of("witness.example/w1", CosignerKey.Algorithm.ED25519, pair.getPublic());
    }

    @Override
    public CosignerKey key() {
      return key;
    }

    @Override
    public byte[] sign(byte[] message) throws GeneralSecurityException {
      Signature signature = Signature.getInstance("Ed25519");
      signature.initSign(pair.getPrivate());
      signature.update(message);
      return signature.sign();
    }

    synchronized Answer add(byte[] request) throws Exception {
      AddCheckpoint asked = AddCheckpoint.parse(request);
      Checkpoint checkpoint = Checkpoint.parse(asked.note().text());
      if (asked.oldSize() != size) {
        return new Answer(409, (size + "\n").getBytes(StandardCharsets.UTF_8));
      }
      size = checkpoint.size();
      root = checkpoint.root();
      SignedNote.NoteSignature line =
          Cosignature.make(
                  asked.note().text(), InstantSource.system().instant().getEpochSecond(), this)
              .line();
      List<SignedNote.NoteSignature> lines = new ArrayList<>(asked.note().signatures());
      lines.add(line);
      last = new SignedNote(asked.note().text(), lines).bytes();
      String whole =
          new String(
              new SignedNote(asked.note().text(), List.of(line)).bytes(), StandardCharsets.UTF_8);
      return new Answer(
          200, whole.substring(whole.indexOf("\n\n") + 2).getBytes(StandardCharsets.UTF_8));
    }
  }

  @SuppressWarnings("ArrayRecordComponent") // never compared
  private record Answer(int status, byte[] body) {}

  @BeforeEach
  void serve() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext(
        "/",
        exchange -> {
          try (exchange) {
            Answer answer =
                exchange.getRequestURI().getPath().equals("/add-checkpoint")
                    ? witness.add(exchange.getRequestBody().readAllBytes())
                    : new Answer(200, witness.last);
            exchange.sendResponseHeaders(answer.status(), answer.body().length);
            exchange.getResponseBody().write(answer.body());
          } catch (Exception e) {
            throw new IOException(e);
          }
        });
    server.start();
  }

  @AfterEach
  void stop() {
    server.stop(0);
  }

  private static Auditor open(Path where) throws IOException {
    return Auditor.start(
        new Auditor.Settings(where, "monitor.example/audit", 1000),
        InstantSource.system(),
        new SecureRandom(),
        failure -> {});
  }

  private LogWitnesses witnesses(Auditor auditor, HttpClient http) {
    TrustPolicy policy =
        new TrustPolicy(
            "trial",
            "https://login.example",
            new RootPin(1, Hash.sha256()),
            new LogPolicy(
                List.of(),
                List.of(
                    new LogPolicy.Witness(
                        "w1",
                        witness.key(),
                        Optional.of("http://127.0.0.1:" + server.getAddress().getPort()))),
                List.of(),
                "w1"));
    return new LogWitnesses(
        List.of(policy),
        auditor.reader(),
        auditor.key().name(),
        auditor::cosigning,
        new Object(),
        http,
        InstantSource.system(),
        contradicted::add);
  }

  /** An event, and a checkpoint over it. */
  private static void grow(Auditor auditor) throws Exception {
    auditor.hold(
        new Fence("trial", "acme"),
        "a case",
        new Reader("counterfoil", Optional.of("root"), Optional.empty()));
    while (auditor
        .reader()
        .published()
        .filter(now -> now.checkpoint().size() >= auditor.size())
        .isEmpty()) {
      Thread.sleep(5);
    }
  }

  @Test
  void isCosignedAsItGrowsAndFoundOutWhenItWasPutBack() throws Exception {
    try (HttpClient http = LogWitnesses.http()) {
      try (Auditor auditor = open(folder.resolve("a"))) {
        LogWitnesses rounds = witnesses(auditor, http);
        for (int size = 1; size <= 3; size++) {
          grow(auditor);
          rounds.round();
          SignedNote note = SignedNote.parse(auditor.reader().cosigned().orElseThrow());
          assertThat(Checkpoint.parse(note.text()).size()).isEqualTo(size);
          assertThat(Cosignature.find(note, witness.key())).isPresent();
        }
        assertThat(witness.root)
            .isEqualTo(auditor.reader().published().orElseThrow().checkpoint().root());
      }
      assertThat(contradicted).isEmpty();
      // The same key and name, and fewer events than the witness saw.
      Files.createDirectories(folder.resolve("b"));
      for (String name : List.of("log.key", "log.vkey")) {
        Files.copy(folder.resolve("a").resolve(name), folder.resolve("b").resolve(name));
      }
      try (Auditor auditor = open(folder.resolve("b"))) {
        grow(auditor);
        witnesses(auditor, http).round();
        assertThat(contradicted).hasSize(1);
        assertThat(contradicted.getFirst()).contains("the disk was put back, and entries are lost");
      }
    }
  }
}
