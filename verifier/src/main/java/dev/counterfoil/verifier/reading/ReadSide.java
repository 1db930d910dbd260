package dev.counterfoil.verifier.reading;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/**
 * What a verifier reads over the network: key sets, checkpoints, tiles, proofs. Nothing of it is
 * trusted, so proxies, caches and mirrors are fine.
 */
@FunctionalInterface
public interface ReadSide {
  /**
   * The body of an answer with status 200.
   *
   * @param bytesMax longest body taken
   * @throws java.io.FileNotFoundException when there is no such thing: status 404 or 410
   * @throws IOException for another status, a longer body, or no answer in time
   */
  byte[] get(URI uri, int bytesMax) throws IOException;

  /**
   * The same of something that the other side holds back until it has news, without holding the
   * caller up. Fails as {@link #get} does; cancelling it gives the connection back. A way of
   * reading that cannot wait fails with {@link FileNotFoundException}, and what is wanted is read
   * again and again instead.
   *
   * @param hold how long the other side was asked to hold back at most
   */
  default CompletableFuture<byte[]> await(URI uri, int bytesMax, Duration hold) {
    return CompletableFuture.failedFuture(
        new FileNotFoundException("this way of reading does not wait"));
  }

  /**
   * How far the other side's clock is ahead of this host's, by the {@code Date} of its last answer
   * (RFC 9110 6.6.1): negative where it is behind, empty where that is not known. Nobody vouches
   * for it, so it explains and decides nothing.
   */
  default Optional<Duration> clockAhead(URI uri) {
    return Optional.empty();
  }
}
