package dev.counterfoil.verifier.leaves;

import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.leaf.LeafBatch;
import dev.counterfoil.format.leaf.LeafPart;
import dev.counterfoil.format.leaf.Leaves;
import dev.counterfoil.format.note.NoteKey;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.URI;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;

/**
 * Leaves in batches (spec/leaves.md), from the authority or from a neighbour on this host; or the
 * part of them that is one audience's, from the authority.
 */
public final class AskedLeaves implements LeafSource {
  /** How long an answer is held back while a log does not grow; the lag of an idle log. */
  public static final Duration HOLD = Duration.ofSeconds(1);

  private final LeafReads network;
  private final Supplier<URI> log;
  private final NoteKey key;
  private final Duration fetchTimeout;
  private final String whose;

  /**
   * Asks below a prefix.
   *
   * @param log the prefix of the log's paths there, without a trailing slash
   */
  public AskedLeaves(LeafReads network, Supplier<URI> log, NoteKey key, Duration fetchTimeout) {
    this(network, log, key, fetchTimeout, "");
  }

  private AskedLeaves(
      LeafReads network, Supplier<URI> log, NoteKey key, Duration fetchTimeout, String whose) {
    this.network = network;
    this.log = log;
    this.key = key;
    this.fetchTimeout = fetchTimeout;
    this.whose = whose;
  }

  /** Asks for the part that is one audience's. */
  public static AskedLeaves ofAudience(
      LeafReads network, Supplier<URI> log, NoteKey key, Duration fetchTimeout, String audience) {
    String whose = "&audience=" + URLEncoder.encode(audience, StandardCharsets.UTF_8);
    return new AskedLeaves(network, log, key, fetchTimeout, whose);
  }

  @Override
  public Leaves next(long first) throws IOException, FormatException {
    String question = log.get() + "/leaves?from=" + first + whose;
    byte[] bytes;
    try {
      bytes = awaited(URI.create(question + "&wait=" + HOLD.toMillis() + "ms"));
    } catch (FileNotFoundException e) {
      // Nothing lies there, or this way of reading does not wait.
      bytes = network.get(URI.create(question), bytesMax());
    }
    Leaves leaves = whose.isEmpty() ? LeafBatch.parse(bytes, key) : LeafPart.parse(bytes, key);
    if (leaves.first() != first) {
      throw new FormatException("leaves of another position than was asked for");
    }
    return leaves;
  }

  private int bytesMax() {
    return whose.isEmpty() ? LeafBatch.BYTES_MAX : LeafPart.BYTES_MAX;
  }

  private byte[] awaited(URI question) throws IOException {
    CompletableFuture<byte[]> answer = network.await(question, bytesMax(), HOLD);
    Duration longest = HOLD.plus(fetchTimeout.multipliedBy(2));
    try {
      return answer.get(longest.toMillis(), TimeUnit.MILLISECONDS);
    } catch (ExecutionException e) {
      if (e.getCause() instanceof FileNotFoundException gone) {
        throw gone;
      }
      throw new IOException("no leaves from " + log.get(), e.getCause());
    } catch (TimeoutException e) {
      answer.cancel(true);
      throw new IOException("no leaves within " + longest.toMillis() + " ms from " + log.get(), e);
    } catch (InterruptedException e) {
      answer.cancel(true);
      Thread.currentThread().interrupt();
      InterruptedIOException interrupted = new InterruptedIOException("interrupted while reading");
      interrupted.initCause(e);
      throw interrupted;
    }
  }

  @Override
  public String toString() {
    return log.get().toString();
  }
}
