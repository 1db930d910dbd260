package dev.counterfoil.authority;

import dev.counterfoil.format.AddCheckpoint;
import dev.counterfoil.format.Checkpoint;
import dev.counterfoil.format.ConsistencyProof;
import dev.counterfoil.format.Cosignature;
import dev.counterfoil.format.CosignatureSigner;
import dev.counterfoil.format.CosignerKey;
import dev.counterfoil.format.FormatException;
import dev.counterfoil.format.Hash;
import dev.counterfoil.format.SignedNote;
import dev.counterfoil.format.TreeHasher;
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
import org.jspecify.annotations.Nullable;

/** A witness, or a custodian, that does what a test wants. */
final class FakeWitness implements CosignatureSigner, AutoCloseable {
  private final KeyPair pair;
  private final CosignerKey key;
  private final WebServer server;
  private volatile long held;
  private volatile Hash root = TreeHasher.EMPTY_ROOT;
  volatile @Nullable SignedNote note;
  volatile boolean silent;
  volatile boolean signsBadly;
  volatile int refusesWith;
  volatile int asked;

  FakeWitness(String name) throws Exception {
    pair = KeyPairGenerator.getInstance("Ed25519").generateKeyPair();
    key = CosignerKey.of(name, CosignerKey.Algorithm.ED25519, pair.getPublic());
    server =
        WebServer.builder()
            .host("127.0.0.1")
            .port(0)
            .shutdownHook(false)
            .routing(routing -> routing.any(this::handle))
            .build()
            .start();
  }

  CosignerEntry entry(CosignerEntry.Kind kind, Duration interval) {
    return new CosignerEntry(
        key.name(),
        key.toString(),
        kind,
        URI.create("http://127.0.0.1:" + server.port()),
        interval);
  }

  /** Has cosigned a tree before, and shows this note of it. */
  void remembers(SignedNote checkpoint) throws FormatException {
    Checkpoint parsed = Checkpoint.parse(checkpoint.text());
    held = parsed.size();
    root = parsed.root();
    note = checkpoint;
  }

  long held() {
    return held;
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

  @SuppressWarnings("NonAtomicVolatileUpdate") // one question at a time
  private void handle(ServerRequest request, ServerResponse response) {
    asked++;
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
        SignedNote last = note;
        if (last == null) {
          answer(response, 404, "nothing");
        } else {
          boolean fresh = request.path().path().endsWith("/held");
          answer(
              response,
              200,
              new String((fresh ? cosign(last) : last).bytes(), StandardCharsets.UTF_8));
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
    if (request.oldSize() != held) {
      answer(response, 409, held + "\n");
    } else if (!new ConsistencyProof(held, checkpoint.size(), request.proof())
        .proves(root, checkpoint.root())) {
      answer(response, 422, "inconsistent");
    } else {
      held = checkpoint.size();
      root = checkpoint.root();
      note = request.note();
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
