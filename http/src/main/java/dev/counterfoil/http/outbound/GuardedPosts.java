package dev.counterfoil.http.outbound;

import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.util.Map;

/**
 * Posts to addresses that others registered, as {@link GuardedAsks} does. Of the answer the status
 * is read and nothing more; a redirect is an answer like others.
 */
public final class GuardedPosts {
  private final GuardedAsks asks;

  /**
   * Posts within limits.
   *
   * @param within for a whole exchange, names included
   */
  public GuardedPosts(OutboundGuard guard, GuardedConnections connections, Duration within) {
    this.asks = new GuardedAsks(connections, guard::objection, within, 0);
  }

  /**
   * Posts once.
   *
   * @return the status of the answer, 200 to 599
   * @throws IOException when there is no answer, or nothing may be sent there; the message says why
   */
  public int post(URI target, String contentType, byte[] body)
      throws IOException, InterruptedException {
    return asks.status("POST", target, Map.of("Content-Type", contentType, "Accept", "*/*"), body);
  }
}
