package dev.counterfoil.log.read;

import dev.counterfoil.format.bytes.Decimal;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.format.keys.TokenId;
import dev.counterfoil.format.note.AddCheckpoint;
import dev.counterfoil.format.note.Cosignature;
import dev.counterfoil.format.note.CosignerKey;
import dev.counterfoil.format.note.SignedNote;
import dev.counterfoil.format.tree.ConsistencyProof;
import dev.counterfoil.log.checkpoint.Cosigning;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * Speaks to one cosigner: c2sp.org/tlog-witness to a witness, {@code held} to a custodian. What
 * comes back is checked here only so that the right one is blamed; {@link Cosigning} checks it
 * again. Belongs to one thread at a time.
 */
public final class CosignerClient {
  /** Longest time for an answer; only this cosigner's own cosignature waits for it. */
  public static final Duration TIME_MAX = Duration.ofSeconds(5);

  private static final int ANSWER_BYTES_MAX = SignedNote.BYTES_MAX;

  private final String prefix;
  private final CosignerKey key;
  private final HttpClient http;
  private String origin = "";
  private long known;

  /** What asking came to. */
  public sealed interface Outcome {
    /** A note with a good line of the cosigner. */
    record Cosigned(SignedNote note) implements Outcome {}

    /** The largest checkpoint that he has, larger than ours or contradicting it. */
    record Evidence(SignedNote note, String why) implements Outcome {}

    /** No cosignature. */
    record Failed(String why) implements Outcome {}
  }

  /**
   * Speaks to one cosigner.
   *
   * @param prefix where he is: of a witness the prefix of add-checkpoint and of its checkpoints, of
   *     a custodian the prefix of logs/
   */
  public CosignerClient(CosignerKey key, URI prefix, HttpClient http) {
    this.key = key;
    this.prefix = prefix.toString();
    this.http = http;
  }

  private URI at(String path) {
    return URI.create(prefix + path);
  }

  /** Asks a witness to cosign a published checkpoint. */
  public Outcome cosign(String logOrigin, LogReader log, LogReader.Published published)
      throws InterruptedException {
    if (!origin.equals(logOrigin)) {
      origin = logOrigin;
      known = 0;
    }
    try {
      // The second time with the size that the witness has, which the first answer tells.
      for (int attempt = 0; attempt < 2; attempt++) {
        long size = published.checkpoint().size();
        if (known > size) {
          return evidence("it cosigned a larger tree of this log");
        }
        HttpResponse<byte[]> answer = add(log, published, size);
        switch (answer.statusCode()) {
          case 200 -> {
            return cosigned(published.note(), size, answer.body());
          }
          case 409 -> known = size(answer.body());
          case 422 -> {
            return evidence("it holds another tree than the log shows");
          }
          default -> {
            return new Outcome.Failed(why(answer.statusCode()));
          }
        }
      }
      return known > published.checkpoint().size()
          ? evidence("it cosigned a larger tree of this log")
          : new Outcome.Failed("it says that it has another size each time");
    } catch (IOException e) {
      return new Outcome.Failed("it does not answer: " + e.getMessage());
    } catch (FormatException e) {
      return new Outcome.Failed("its answer is malformed: " + e.getMessage());
    }
  }

  private HttpResponse<byte[]> add(LogReader log, LogReader.Published published, long size)
      throws IOException, InterruptedException, FormatException {
    List<Hash> proof = log.consistency(known, size).map(ConsistencyProof::path).orElseGet(List::of);
    byte[] body = AddCheckpoint.of(known, proof, published.note()).bytes();
    return send(
        HttpRequest.newBuilder(at("/add-checkpoint"))
            .version(HttpClient.Version.HTTP_1_1)
            .POST(HttpRequest.BodyPublishers.ofByteArray(body))
            .build());
  }

  private Outcome cosigned(SignedNote own, long size, byte[] lines) throws FormatException {
    // The answer is signature lines only: a note's end, so it is parsed as one.
    SignedNote answered =
        SignedNote.parse(
            (own.text() + "\n" + new String(lines, StandardCharsets.UTF_8))
                .getBytes(StandardCharsets.UTF_8));
    if (Cosignature.find(answered, key).isEmpty()) {
      return new Outcome.Failed("its answer has no good signature of its key");
    }
    known = size;
    List<SignedNote.NoteSignature> all = new ArrayList<>(own.signatures());
    answered.signatures().stream()
        .filter(line -> line.name().equals(key.name()) && line.keyId() == key.id())
        .forEach(all::add);
    return new Outcome.Cosigned(new SignedNote(own.text(), all));
  }

  private static long size(byte[] body) throws FormatException {
    return Decimal.parse(new String(body, StandardCharsets.UTF_8).strip(), TokenId.POSITION_LIMIT);
  }

  private static String why(int status) {
    return switch (status) {
      case 403 -> "it knows another key of this log (403)";
      case 404 -> "it does not know this log (404): its operator has to add the log's vkey";
      default -> "it answers " + status;
    };
  }

  /** What the cosigner itself published last: whoever was larger is decided by signatures. */
  private Outcome evidence(String why) throws IOException, InterruptedException, FormatException {
    known = 0;
    HttpResponse<byte[]> answer = get(at("/" + hash(origin) + "/checkpoint"));
    return answer.statusCode() == 200
        ? new Outcome.Evidence(SignedNote.parse(answer.body()), why)
        : new Outcome.Failed(why + ", and does not show it (" + answer.statusCode() + ")");
  }

  /** Asks a custodian what he holds of a log. */
  public Outcome held(String logOrigin) throws InterruptedException {
    try {
      HttpResponse<byte[]> answer = get(at("/logs/" + hash(logOrigin) + "/held"));
      if (answer.statusCode() != 200) {
        return new Outcome.Failed(why(answer.statusCode()));
      }
      SignedNote note = SignedNote.parse(answer.body());
      return Cosignature.find(note, key).isPresent()
          ? new Outcome.Cosigned(note)
          : new Outcome.Failed("its answer has no good signature of its key");
    } catch (IOException e) {
      return new Outcome.Failed("it does not answer: " + e.getMessage());
    } catch (FormatException e) {
      return new Outcome.Failed("its answer is malformed: " + e.getMessage());
    }
  }

  private HttpResponse<byte[]> get(URI uri) throws IOException, InterruptedException {
    return send(HttpRequest.newBuilder(uri).version(HttpClient.Version.HTTP_1_1).build());
  }

  /** The time is for the whole answer: whoever sends it byte by byte is given up too. */
  private HttpResponse<byte[]> send(HttpRequest request) throws IOException, InterruptedException {
    CompletableFuture<HttpResponse<byte[]>> answer =
        http.sendAsync(
            request,
            HttpResponse.BodyHandlers.limiting(
                HttpResponse.BodyHandlers.ofByteArray(), ANSWER_BYTES_MAX));
    try {
      return answer.get(TIME_MAX.toMillis(), TimeUnit.MILLISECONDS);
    } catch (TimeoutException e) {
      answer.cancel(true);
      throw new IOException("no answer within " + TIME_MAX.toSeconds() + " s", e);
    } catch (ExecutionException e) {
      throw new IOException(String.valueOf(e.getCause()), e);
    }
  }

  private static String hash(String origin) {
    return HexFormat.of().formatHex(Hash.sha256(origin.getBytes(StandardCharsets.UTF_8)).bytes());
  }
}
