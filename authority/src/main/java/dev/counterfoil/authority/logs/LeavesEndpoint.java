package dev.counterfoil.authority.logs;

import dev.counterfoil.authority.http.OAuthError;
import dev.counterfoil.authority.http.RequestRefusedException;
import dev.counterfoil.authority.keys.HeadWaiters;
import dev.counterfoil.authority.settings.AudienceMarks;
import dev.counterfoil.format.bytes.Decimal;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.format.keys.TokenId;
import dev.counterfoil.format.leaf.LeafBatch;
import dev.counterfoil.format.leaf.LeafPart;
import dev.counterfoil.http.listener.LongPolls;
import dev.counterfoil.log.read.LogReader;
import io.helidon.http.HeaderNames;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Leaf hashes in batches (spec/leaves.md), for verifiers that receive every one, or those of the
 * tokens for one audience: held back until a log grows. Thousands of verifiers wait for the same
 * leaves, so that those of the last few answers are kept.
 */
public final class LeavesEndpoint implements AutoCloseable {
  /** Answers kept, 2.3 MB each at most: most that is asked for is one of the last few. */
  private static final int ANSWERS_MAX = 8;

  /** Leaves in an answer when too many large ones are under way to clients that read slowly. */
  private static final int LEAVES_FEW = 2_048;

  /** Large answers under way at one time: 74 MB. */
  private static final int LARGE_MAX = 32;

  private record Asked(
      String log, @Nullable String audience, long from, long size, int leavesMax) {}

  private final Semaphore large = new Semaphore(LARGE_MAX);

  private final PublicLogs logs;
  private final AudienceMarks audiences;
  private final LongPolls polls;
  private final Function<String, HeadWaiters> watch;
  private final Map<String, HeadWaiters> waiters = new ConcurrentHashMap<>();
  private final Map<Asked, byte[]> answers =
      new LinkedHashMap<>() {
        @Override
        protected boolean removeEldestEntry(Map.Entry<Asked, byte[]> eldest) {
          return size() > ANSWERS_MAX;
        }
      };

  /**
   * Serves the leaves of all logs.
   *
   * @param audiences says whose they are
   * @param polls of the listener
   * @param watch starts to watch a log by its name
   */
  public LeavesEndpoint(
      PublicLogs logs,
      AudienceMarks audiences,
      LongPolls polls,
      Function<String, HeadWaiters> watch) {
    this.logs = logs;
    this.audiences = audiences;
    this.polls = polls;
    this.watch = watch;
  }

  void answer(String log, ServerRequest request, ServerResponse response)
      throws RequestRefusedException, InterruptedException {
    long from;
    Duration wait;
    try {
      from =
          Decimal.parse(
              request.query().first("from").orElseThrow(LeavesEndpoint::malformed),
              TokenId.POSITION_LIMIT - 1);
      wait = LogEndpoint.wait(request.query().first("wait").orElse("0s"));
    } catch (FormatException e) {
      throw malformed();
    }
    String audience = request.query().first("audience").orElse(null);
    if (audience != null && !audiences.isMarked(audience)) {
      throw LogEndpoint.notFound();
    }
    try {
      Optional<LogReader.Published> published = await(log, from, wait);
      LogReader reader = logs.log(log).orElseThrow(LogEndpoint::notFound);
      LogReader.Published there = published.orElseThrow(LogEndpoint::notFound);
      send(log, audience, reader, there, from, response);
    } catch (IOException e) {
      throw new UncheckedIOException("log " + log + " cannot be read", e);
    }
  }

  private void send(
      String log,
      @Nullable String audience,
      LogReader reader,
      LogReader.Published published,
      long from,
      ServerResponse response)
      throws IOException {
    boolean isLarge = published.checkpoint().size() - from > LEAVES_FEW && large.tryAcquire();
    try {
      response
          .header(HeaderNames.CONTENT_TYPE, "application/octet-stream")
          .header(HeaderNames.CACHE_CONTROL, "no-store")
          .send(
              batch(
                  reader,
                  published,
                  new Asked(
                      log,
                      audience,
                      from,
                      published.checkpoint().size(),
                      isLarge ? LeafBatch.LEAVES_MAX : LEAVES_FEW)));
    } finally {
      if (isLarge) {
        large.release();
      }
    }
  }

  /** What is published, once it is larger than what the client has; empty for no such log. */
  private Optional<LogReader.Published> await(String log, long from, Duration wait)
      throws IOException, InterruptedException {
    Optional<LogReader> reader = logs.log(log);
    if (reader.isEmpty()) {
      return Optional.empty();
    }
    Optional<LogReader.Published> published = reader.get().published();
    if (published.isEmpty() || published.get().checkpoint().size() > from || wait.isZero()) {
      return published;
    }
    try (LongPolls.Poll poll = polls.begin(wait)) {
      waiters.computeIfAbsent(log, watch).await(from, poll.granted());
    }
    return reader.get().published();
  }

  private byte[] batch(LogReader reader, LogReader.Published published, Asked asked)
      throws IOException {
    byte[] known;
    synchronized (answers) {
      known = answers.get(asked);
    }
    if (known != null) {
      return known;
    }
    int count = (int) Math.min(asked.leavesMax, Math.max(0, asked.size - asked.from));
    byte[] leaves = count == 0 ? new byte[0] : reader.leafHashes(asked.from, count);
    if (leaves.length != count * Hash.BYTES) {
      throw new IOException("leaves are missing");
    }
    byte[] note = published.note().bytes();
    byte[] batch =
        asked.audience == null
            ? LeafBatch.write(asked.from, note, leaves)
            : LeafPart.write(asked.from, note, leaves, audiences.of(asked.log, asked.audience));
    synchronized (answers) {
      answers.put(asked, batch);
    }
    return batch;
  }

  /** How many wait. */
  public int waiting() {
    return waiters.values().stream().mapToInt(HeadWaiters::waiting).sum();
  }

  private static RequestRefusedException malformed() {
    return new RequestRefusedException(
        OAuthError.invalidRequest("from is a position, and wait a time such as 5s or 500ms"));
  }

  @Override
  public void close() {
    waiters.values().forEach(HeadWaiters::close);
  }
}
