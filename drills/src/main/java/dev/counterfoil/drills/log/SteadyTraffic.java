package dev.counterfoil.drills.log;

import dev.counterfoil.drills.domain.IssuerClient;
import dev.counterfoil.drills.domain.IssuerClient.Credentials;
import dev.counterfoil.format.bytes.Base64Url;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.bytes.StrictJson;
import dev.counterfoil.format.keys.TokenId;
import dev.counterfoil.format.word.Sighting;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Clients that ask for tokens all the time, whatever happens to the issuer, and keep every one they
 * get: what was acknowledged to somebody may not be lost.
 */
public final class SteadyTraffic implements AutoCloseable {
  private static final int CLIENTS = 4;
  private static final Duration PAUSE = Duration.ofMillis(10);
  private static final Duration PAUSE_AFTER_REFUSAL = Duration.ofMillis(50);
  private static final int CLAIMS_BYTES_MAX = 16 * 1024;

  private final IssuerClient issuer;
  private final Credentials client;
  private final String scope;
  private final Duration pause;
  private final List<Acknowledged> acknowledged = new ArrayList<>();
  private final AtomicLong refusals = new AtomicLong();
  private final List<Thread> threads = new ArrayList<>();
  private volatile boolean closing;

  /**
   * A token that somebody got.
   *
   * @param token as it is presented
   * @param claims what it says
   * @param id its place in the log
   * @param at when it came
   */
  public record Acknowledged(String token, JsonObject claims, TokenId id, Instant at) {
    /** Leaves the token out. */
    @Override
    public String toString() {
      return "Acknowledged[" + id.log() + "." + id.position() + "]";
    }

    public Hash digest() {
      return Hash.sha256(signingInput());
    }

    byte[] signingInput() {
      return token.substring(0, token.lastIndexOf('.')).getBytes(StandardCharsets.US_ASCII);
    }

    /** That a service which checks signatures only let it in. */
    Sighting sighting(Instant now) {
      try {
        return new Sighting(
            now,
            Sighting.ACCEPTED,
            Sighting.Grade.DIGEST,
            new Sighting.Token(
                digest(),
                null,
                claims.string("iss"),
                claims.string("tenant"),
                claims.string("sub"),
                claims.string("client_id"),
                id.toString(),
                claims.number("iat"),
                claims.number("exp")),
            Sighting.Use.at(LogStage.AUDIENCE),
            1,
            null,
            false);
      } catch (FormatException e) {
        throw new IllegalStateException("an honest token lacks a claim", e);
      }
    }
  }

  private SteadyTraffic(IssuerClient issuer, Credentials client, String scope, Duration pause) {
    this.issuer = issuer;
    this.client = client;
    this.scope = scope;
    this.pause = pause;
  }

  /** Starts. */
  static SteadyTraffic start(IssuerClient issuer, Credentials client, String scope) {
    return start(issuer, client, scope, PAUSE);
  }

  /**
   * Starts.
   *
   * @param pause of each client after a token
   */
  public static SteadyTraffic start(
      IssuerClient issuer, Credentials client, String scope, Duration pause) {
    var traffic = new SteadyTraffic(issuer, client, scope, pause);
    for (int i = 0; i < CLIENTS; i++) {
      traffic.threads.add(Thread.ofVirtual().name("traffic-" + i).start(traffic::run));
    }
    return traffic;
  }

  private void run() {
    try {
      while (!closing) {
        Optional<Acknowledged> got = ask();
        if (got.isPresent()) {
          synchronized (acknowledged) {
            acknowledged.add(got.get());
            acknowledged.notifyAll();
          }
          Thread.sleep(pause);
        } else {
          refusals.incrementAndGet();
          Thread.sleep(PAUSE_AFTER_REFUSAL);
        }
      }
    } catch (InterruptedException e) {
      // The drill is over.
      Thread.currentThread().interrupt();
    }
  }

  private Optional<Acknowledged> ask() throws InterruptedException {
    try {
      return Optional.of(read(issuer.token(client, scope)));
    } catch (IOException e) {
      // While there is no signer the authority says so, and that is no token.
      return Optional.empty();
    }
  }

  private static Acknowledged read(String token) throws IOException {
    try {
      JsonObject claims =
          StrictJson.object(Base64Url.decode(token.split("\\.", 3)[1]), CLAIMS_BYTES_MAX);
      return new Acknowledged(token, claims, TokenId.parse(claims.string("jti")), Instant.now());
    } catch (FormatException e) {
      throw new IOException("a token cannot be read", e);
    }
  }

  /** All that were got so far. */
  public List<Acknowledged> acknowledged() {
    synchronized (acknowledged) {
      return List.copyOf(acknowledged);
    }
  }

  /** Waits until so many more came than there are now; whether they did in time. */
  public boolean awaitMore(int more, Duration within) throws InterruptedException {
    long end = System.nanoTime() + within.toNanos();
    synchronized (acknowledged) {
      int wanted = acknowledged.size() + more;
      while (acknowledged.size() < wanted) {
        long left = (end - System.nanoTime()) / 1_000_000;
        if (left <= 0) {
          return false;
        }
        acknowledged.wait(left);
      }
      return true;
    }
  }

  /** Waits for the first token of another log; empty when none comes in time. */
  public Optional<Acknowledged> awaitOtherLog(String log, Duration within)
      throws InterruptedException {
    long end = System.nanoTime() + within.toNanos();
    while (true) {
      synchronized (acknowledged) {
        for (Acknowledged one : acknowledged.reversed()) {
          if (!one.id().log().equals(log)) {
            return Optional.of(one);
          }
        }
        long left = (end - System.nanoTime()) / 1_000_000;
        if (left <= 0) {
          return Optional.empty();
        }
        acknowledged.wait(left);
      }
    }
  }

  /** The longest time without a token among those that ended after some time. */
  public Duration longestGapAfter(Instant time) {
    List<Acknowledged> got = acknowledged();
    Duration longest = Duration.ZERO;
    for (int i = 1; i < got.size(); i++) {
      if (got.get(i).at().isAfter(time)) {
        Duration gap = Duration.between(got.get(i - 1).at(), got.get(i).at());
        longest = gap.compareTo(longest) > 0 ? gap : longest;
      }
    }
    return longest;
  }

  /** Requests that brought no token. */
  public long refusals() {
    return refusals.get();
  }

  @Override
  public void close() {
    closing = true;
    threads.forEach(Thread::interrupt);
  }
}
