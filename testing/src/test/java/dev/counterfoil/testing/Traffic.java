package dev.counterfoil.testing;

import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.format.keys.TokenId;
import dev.counterfoil.format.token.CompactToken;
import dev.counterfoil.testing.verdicts.Accusations;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;

/**
 * Clients that get tokens all the time, and show each at once: whoever runs it knows which tokens
 * were issued.
 */
final class Traffic implements AutoCloseable {
  private static final int CLIENTS = 2;
  private static final Duration PACE = Duration.ofMillis(15);

  /**
   * A token that the authority gave out.
   *
   * @param refused the code with which it was refused when it was first shown; empty where it
   *     passed
   */
  record Issued(String text, Hash digest, TokenId id, Instant at, Optional<String> refused) {
    static Issued of(String text, Optional<String> refused) throws FormatException {
      CompactToken token = CompactToken.parse(text);
      return new Issued(
          text,
          token.digest(),
          TokenId.parse(token.claims().string("jti")),
          Instant.now(),
          refused);
    }

    String log() {
      return id.log();
    }
  }

  private final DemoClient demo;
  private final SpoolingGuard guard;
  private final Queue<Issued> issued = new ConcurrentLinkedQueue<>();
  private final Set<Hash> digests = ConcurrentHashMap.newKeySet();
  private final List<String> falsehoods = new CopyOnWriteArrayList<>();
  private final ExecutorService clients = Executors.newFixedThreadPool(CLIENTS);
  private volatile boolean isOver;

  Traffic(DemoClient demo, SpoolingGuard guard) {
    this.demo = demo;
    this.guard = guard;
    for (int i = 0; i < CLIENTS; i++) {
      clients.execute(this::ask);
    }
  }

  private void ask() {
    while (!isOver) {
      try {
        Optional<String> token = demo.tokenIfServed();
        if (token.isPresent()) {
          show(token.get());
        }
        TimeUnit.NANOSECONDS.sleep(PACE.toNanos());
      } catch (IOException | FormatException e) {
        falsehoods.add("an honest token, or how it is shown: " + e);
        return;
      } catch (InterruptedException e) {
        return;
      }
    }
  }

  private void show(String token) throws IOException, InterruptedException, FormatException {
    // Before it is shown: what shows up of it is judged by whoever looks.
    digests.add(CompactToken.parse(token).digest());
    Issued one = Issued.of(token, guard.present(token));
    issued.add(one);
    one.refused()
        .filter(Accusations.REFUSAL_CODES::contains)
        .ifPresent(code -> falsehoods.add("an honest token is refused as " + code + ": " + one));
  }

  /** Verdicts of the service that are not so. */
  List<String> falsehoods() {
    return falsehoods;
  }

  boolean isIssued(Hash digest) {
    return digests.contains(digest);
  }

  /** Those that were issued up to now. */
  List<Issued> issued() {
    return List.copyOf(issued);
  }

  /** The last one of a log. */
  Issued lastOf(String log) {
    return issued.stream()
        .filter(token -> token.log().equals(log))
        .reduce((earlier, later) -> later)
        .orElseThrow(() -> new AssertionError("no token of " + log));
  }

  @Override
  public void close() {
    isOver = true;
    clients.close();
  }
}
