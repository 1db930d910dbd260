package dev.counterfoil.verifier.leaves;

import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;

/** Reads over the network, as a verifier's {@code ReadSide} does. */
public interface LeafReads {
  /** The body of an answer of no more than a length. */
  byte[] get(URI uri, int bytesMax) throws IOException;

  /** The same of something that the other side holds back until it has news. */
  CompletableFuture<byte[]> await(URI uri, int bytesMax, Duration hold);
}
