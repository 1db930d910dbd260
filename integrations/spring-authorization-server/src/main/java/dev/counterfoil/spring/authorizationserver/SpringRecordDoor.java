package dev.counterfoil.spring.authorizationserver;

import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.bytes.StrictJson;
import dev.counterfoil.verifier.reading.HttpReadSide;
import dev.counterfoil.verifier.reporting.AccessTokenSource;
import dev.counterfoil.verifier.reporting.PrivateKeyJwtTokenSource;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.springframework.security.oauth2.core.OAuth2AuthenticationException;
import org.springframework.security.oauth2.core.OAuth2Error;

/**
 * Hands in digests at a record door (docs/integrate/record-door.md). The thread that comes first
 * sends what has gathered by then, for all; the others wait for that answer. It has no thread of
 * its own.
 */
public final class SpringRecordDoor {
  private static final int BATCH_MAX = 1_000;
  private static final int WAITING_MAX = 10_000;
  private static final int ANSWER_BYTES_MAX = 64 * 1024;
  private static final Duration AGAIN_AFTER = Duration.ofMillis(100);
  private static final String SCOPE = "counterfoil:record";

  /** A digest whose caller waits; the thread that sends sets its fields. */
  private static final class Waiting {
    private final Hash digest;
    private volatile boolean recorded;

    Waiting(Hash digest) {
      this.digest = digest;
    }
  }

  private final URI door;
  private final AccessTokenSource tokens;
  private final Duration wait;
  private final HttpClient http;
  private final BlockingQueue<Waiting> queue = new ArrayBlockingQueue<>(WAITING_MAX);
  private final ReentrantLock sending = new ReentrantLock();

  /**
   * A door.
   *
   * @param issuer the issuer that has it
   * @param tokens access tokens with that issuer as their audience, and scope {@code
   *     counterfoil:record}
   * @param wait how long a token waits for the door before it is refused
   */
  public SpringRecordDoor(String issuer, AccessTokenSource tokens, Duration wait, HttpClient http) {
    this.door = URI.create(issuer + "/record");
    this.tokens = tokens;
    this.wait = wait;
    this.http = http;
  }

  /**
   * A door for a source that proves itself by its key. A token waits three seconds at most.
   *
   * @param clientKey the source's private P-256 key, a JWK file
   * @throws IOException when the key cannot be read; the message says what to do
   */
  public static SpringRecordDoor of(String issuer, String clientId, Path clientKey)
      throws IOException {
    HttpClient http = HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(3)).build();
    AccessTokenSource tokens =
        new PrivateKeyJwtTokenSource(
            issuer,
            clientId,
            clientKey,
            Map.of("audience", issuer, "scope", SCOPE),
            http,
            InstantSource.system(),
            new SecureRandom());
    return new SpringRecordDoor(issuer, tokens, Duration.ofSeconds(3), http);
  }

  /**
   * Returns when a compact JWS may be released.
   *
   * @throws OAuth2AuthenticationException when it may not: the door did not record it in time
   */
  public void record(String token) {
    Waiting own = new Waiting(digest(token));
    if (!queue.offer(own)) {
      throw refusal(WAITING_MAX + " tokens wait for the record door already");
    }
    long end = System.nanoTime() + wait.toNanos();
    String why = "the record door takes too long";
    try {
      for (long left = wait.toNanos(); left > 0; left = end - System.nanoTime()) {
        if (!sending.tryLock(left, TimeUnit.NANOSECONDS)) {
          break;
        }
        try {
          String failed = own.recorded ? null : send(end - System.nanoTime());
          if (own.recorded) {
            return;
          }
          why = failed == null ? why : failed;
        } finally {
          sending.unlock();
        }
        TimeUnit.NANOSECONDS.sleep(Math.max(0, Math.min(AGAIN_AFTER.toNanos(), left)));
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      why = "interrupted";
    } finally {
      // Nobody waits for it any longer. What is recorded has left the queue, which can be long.
      if (!own.recorded) {
        queue.remove(own);
      }
    }
    if (own.recorded) {
      return;
    }
    throw refusal(why);
  }

  private static Hash digest(String token) {
    int dot = token.lastIndexOf('.');
    if (dot < 0 || token.indexOf('.') == dot || token.indexOf('.', token.indexOf('.') + 1) != dot) {
      throw refusal("only a compact JWS can be recorded: an encrypted token hides its own");
    }
    return Hash.sha256(token.substring(0, dot).getBytes(StandardCharsets.US_ASCII));
  }

  private static OAuth2AuthenticationException refusal(String why) {
    // The token endpoint answers with this error (RFC 6749 5.2); of any other it makes a log-in
    // page.
    return new OAuth2AuthenticationException(
        new OAuth2Error("temporarily_unavailable", "the token could not be recorded", null),
        "token is not recorded, so it is not released: " + why);
  }

  /** Sends what waits; gives what went wrong, after which the digests wait again. */
  private @Nullable String send(long nanos) {
    List<Waiting> batch = new ArrayList<>();
    if (queue.drainTo(batch, BATCH_MAX) == 0) {
      return "too many tokens wait for the record door";
    }
    String problem = "unknown";
    try {
      problem = post(batch.stream().map(waiting -> waiting.digest).toList(), nanos);
      if (problem == null) {
        batch.forEach(waiting -> waiting.recorded = true);
      }
    } catch (IOException e) {
      problem = door + ": " + e.getMessage();
    } finally {
      // Whether they were recorded is not known. Handed in again they get the same places.
      if (problem != null) {
        queue.addAll(batch.subList(0, Math.min(batch.size(), queue.remainingCapacity())));
      }
    }
    return problem;
  }

  private @Nullable String post(List<Hash> digests, long nanos) throws IOException {
    long end = System.nanoTime() + nanos;
    byte[] body = new byte[digests.size() * Hash.BYTES];
    for (int i = 0; i < digests.size(); i++) {
      digests.get(i).write(body, i * Hash.BYTES);
    }
    int status = 0;
    for (int attempt = 0; attempt < 2; attempt++) {
      HttpRequest request =
          HttpRequest.newBuilder(door)
              .header("Content-Type", "application/vnd.counterfoil.digests")
              .header("Authorization", "Bearer " + tokens.accessToken(attempt > 0))
              .POST(HttpRequest.BodyPublishers.ofByteArray(body))
              .build();
      // The thread that sends holds the turn of all others, so an answer that never ends must end
      // here.
      long left = Math.max(1_000_000, end - System.nanoTime());
      HttpResponse<byte[]> response =
          HttpReadSide.send(http, request, ANSWER_BYTES_MAX, Duration.ofNanos(left));
      status = response.statusCode();
      if (status == 200) {
        return positions(response.body()) == digests.size()
            ? null
            : door + " answers 200 without the digests' places";
      }
      if (status != 401) {
        break;
      }
    }
    return door + " answers " + status;
  }

  /** A proxy's page with status 200 records nothing. */
  private static int positions(byte[] answer) {
    try {
      JsonObject json = StrictJson.object(answer, ANSWER_BYTES_MAX);
      return json.get("positions") instanceof List<?> list ? list.size() : -1;
    } catch (FormatException e) {
      return -1;
    }
  }
}
