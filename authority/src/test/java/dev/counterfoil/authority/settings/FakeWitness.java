package dev.counterfoil.authority.settings;

import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.format.note.AddCheckpoint;
import dev.counterfoil.format.note.Checkpoint;
import dev.counterfoil.format.note.Cosignature;
import dev.counterfoil.format.note.CosignatureSigner;
import dev.counterfoil.format.note.CosignerKey;
import dev.counterfoil.format.note.SignedNote;
import dev.counterfoil.format.tree.ConsistencyProof;
import dev.counterfoil.format.tree.TreeHasher;
import io.helidon.http.Status;
import io.helidon.webserver.WebServer;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.Signature;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;

/** A witness, or a custodian, that does what a test wants. */
public final class FakeWitness implements CosignatureSigner, AutoCloseable {
  private final KeyPair pair;
  private final CosignerKey key;
  private final WebServer server;

  /** The last checkpoint of each log, by its origin. */
  private final Map<String, SignedNote> notes = new ConcurrentHashMap<>();

  /** Origin of a log that it does not know; empty for none. */
  public volatile String unknown = "";

  public volatile boolean silent;
  public volatile boolean signsBadly;
  public volatile int refusesWith;
  public final AtomicInteger asked = new AtomicInteger();

  private final String algorithm;

  public FakeWitness(String name) throws Exception {
    this(name, CosignerKey.Algorithm.ED25519);
  }

  public FakeWitness(String name, CosignerKey.Algorithm of) throws Exception {
    algorithm = of == CosignerKey.Algorithm.ED25519 ? "Ed25519" : "ML-DSA-44";
    pair = KeyPairGenerator.getInstance(algorithm).generateKeyPair();
    key = CosignerKey.of(name, of, pair.getPublic());
    server =
        WebServer.builder()
            .host("127.0.0.1")
            .port(0)
            .shutdownHook(false)
            .routing(routing -> routing.any(this::handle))
            .build()
            .start();
  }

  public CosignerEntry entry(CosignerEntry.Kind kind, Duration interval) {
    return new CosignerEntry(
        key.name(),
        key.toString(),
        kind,
        URI.create("http://127.0.0.1:" + server.port()),
        interval);
  }

  /** Has cosigned a tree before, and shows this note of it. */
  public void remembers(SignedNote checkpoint) throws FormatException {
    notes.put(Checkpoint.parse(checkpoint.text()).origin(), checkpoint);
  }

  /** Size of the last tree of a log. */
  public long held(String origin) {
    return last(origin).size();
  }

  private Checkpoint last(String origin) {
    SignedNote last = notes.get(origin);
    try {
      return last == null
          ? new Checkpoint(origin, 0, TreeHasher.EMPTY_ROOT)
          : Checkpoint.parse(last.text());
    } catch (FormatException e) {
      throw new IllegalStateException(e);
    }
  }

  private Optional<SignedNote> noteAt(String path) {
    return notes.entrySet().stream()
        .filter(
            one -> path.contains(Hash.sha256(one.getKey().getBytes(StandardCharsets.UTF_8)).hex()))
        .map(Map.Entry::getValue)
        .findFirst();
  }

  @Override
  public CosignerKey key() {
    return key;
  }

  @Override
  public byte[] sign(byte[] message) throws GeneralSecurityException {
    Signature signature = Signature.getInstance(algorithm);
    signature.initSign(pair.getPrivate());
    signature.update(message);
    byte[] bytes = signature.sign();
    if (signsBadly) {
      bytes[5] ^= (byte) 1;
    }
    return bytes;
  }

  SignedNote cosign(SignedNote checkpoint) {
    try {
      Cosignature line = Cosignature.make(checkpoint.text(), Instant.now().getEpochSecond(), this);
      return new SignedNote(checkpoint.text(), List.of(line.line()));
    } catch (GeneralSecurityException | FormatException e) {
      throw new IllegalStateException(e);
    }
  }

  private void handle(ServerRequest request, ServerResponse response) {
    asked.incrementAndGet();
    try {
      if (silent) {
        Thread.sleep(Duration.ofSeconds(60));
      } else if (refusesWith != 0) {
        answer(response, refusesWith, "no");
      } else if (request.prologue().method().text().equals("POST")) {
        try (InputStream body = request.content().inputStream()) {
          add(response, AddCheckpoint.parse(body.readAllBytes()));
        }
      } else {
        Optional<SignedNote> last = noteAt(request.path().path());
        if (last.isEmpty()) {
          answer(response, 404, "nothing");
        } else {
          boolean fresh = request.path().path().endsWith("/held");
          SignedNote shown = fresh ? cosign(last.get()) : last.get();
          answer(response, 200, new String(shown.bytes(), StandardCharsets.UTF_8));
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (FormatException | IOException e) {
      answer(response, 400, String.valueOf(e.getMessage()));
    }
  }

  private synchronized void add(ServerResponse response, AddCheckpoint request) {
    Checkpoint checkpoint = request.checkpoint();
    Checkpoint last = last(checkpoint.origin());
    if (checkpoint.origin().equals(unknown)) {
      answer(response, 404, "unknown");
    } else if (request.oldSize() != last.size()) {
      answer(response, 409, last.size() + "\n");
    } else if (!new ConsistencyProof(last.size(), checkpoint.size(), request.proof())
        .proves(last.root(), checkpoint.root())) {
      answer(response, 422, "inconsistent");
    } else {
      notes.put(checkpoint.origin(), request.note());
      String cosigned = new String(cosign(request.note()).bytes(), StandardCharsets.UTF_8);
      answer(response, 200, cosigned.substring(cosigned.indexOf("\n\n") + 2));
    }
  }

  private static void answer(ServerResponse response, int status, String body) {
    response.status(Status.create(status)).send(body.getBytes(StandardCharsets.UTF_8));
  }

  @Override
  public void close() {
    server.stop();
  }
}
