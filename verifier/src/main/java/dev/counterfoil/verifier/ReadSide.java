package dev.counterfoil.verifier;

import java.io.IOException;
import java.net.URI;

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
}
