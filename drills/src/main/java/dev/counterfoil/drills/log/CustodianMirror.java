package dev.counterfoil.drills.log;

import dev.counterfoil.drills.log.SteadyTraffic.Acknowledged;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.format.note.Checkpoint;
import dev.counterfoil.format.note.Cosignature;
import dev.counterfoil.format.note.CosignerKey;
import dev.counterfoil.format.note.NoteKey;
import dev.counterfoil.format.policy.TlogProof;
import dev.counterfoil.format.tree.Leaf;
import java.io.IOException;
import java.net.ConnectException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HexFormat;

/** The custodian's side as anybody reads it: proofs over HTTP, checked with public keys alone. */
final class CustodianMirror implements AutoCloseable {
  private static final Duration TIMEOUT = Duration.ofSeconds(60);
  private static final Duration LOOK_EVERY = Duration.ofMillis(100);

  private final URI custodian;
  private final CosignerKey key;
  private final HttpClient http = HttpClient.newBuilder().connectTimeout(TIMEOUT).build();

  CustodianMirror(URI custodian, CosignerKey key) {
    this.custodian = custodian;
    this.key = key;
  }

  /** Prefix of a log's mirror. */
  URI of(NoteKey log) {
    byte[] origin = log.name().getBytes(StandardCharsets.UTF_8);
    return URI.create(custodian + "/logs/" + HexFormat.of().formatHex(Hash.sha256(origin).bytes()));
  }

  /**
   * Whether it proves a token: an inclusion proof under a checkpoint that the log signed and the
   * custodian cosigned.
   */
  boolean proves(Acknowledged token, NoteKey log) throws IOException, InterruptedException {
    HttpResponse<byte[]> answer = proof(URI.create(of(log) + "/proof/" + token.id().position()));
    if (answer.statusCode() != 200) {
      return false;
    }
    try {
      TlogProof proof = TlogProof.parse(answer.body());
      Checkpoint covering = proof.verify(Leaf.of(token.signingInput()), log);
      return proof.index() == token.id().position()
          && covering.size() > proof.index()
          && Cosignature.find(proof.checkpoint(), key).isPresent();
    } catch (FormatException e) {
      // A proof that proves nothing.
      return false;
    }
  }

  /** Asks for it; again for a while where nobody listens, as while a custodian starts again. */
  private HttpResponse<byte[]> proof(URI of) throws IOException, InterruptedException {
    HttpRequest request = HttpRequest.newBuilder(of).timeout(TIMEOUT).build();
    long end = System.nanoTime() + TIMEOUT.toNanos();
    while (true) {
      try {
        return http.send(request, HttpResponse.BodyHandlers.ofByteArray());
      } catch (ConnectException e) {
        if (System.nanoTime() > end) {
          throw e;
        }
        Thread.sleep(LOOK_EVERY);
      }
    }
  }

  @Override
  public void close() {
    http.close();
  }
}
