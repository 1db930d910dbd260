package dev.counterfoil.authority.signers;

import dev.counterfoil.format.bytes.Hash;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.Map;

/**
 * Digests of the tokens that this process handed out last for one signer, and whether the signer is
 * there. A token is handed out a moment before a checkpoint covers it: should the signer's host be
 * lost in that moment, this list is what tells an honest token of that moment from a thief's. In
 * memory only; a start begins anew, and says since when.
 *
 * <p>Bounded in size and in time: a signer that issues pushes out what its checkpoints cover by
 * now, and of one that is gone nothing is kept for longer than {@link #KEPT_FOR}.
 */
public final class ReleasedTokens {
  /** Most digests: some 2 MB, and a second and more at full speed, where a moment is wanted. */
  static final int DIGESTS_MAX = 32_768;

  static final Duration KEPT_FOR = Duration.ofHours(24);

  private final InstantSource clock;
  private final Hash[] ring = new Hash[DIGESTS_MAX];
  private final Map<Hash, Long> releasedAt = new HashMap<>();
  private int next;
  private long completeSince;
  private boolean connected;
  private long since;

  /**
   * What is known of a signer and one token.
   *
   * @param connected whether the signer is there
   * @param since from when on it has been, or has been away
   * @param completeSince from when on the list has every token
   * @param released whether the list has the token
   */
  public record Word(boolean connected, Instant since, Instant completeSince, boolean released) {}

  ReleasedTokens(InstantSource clock) {
    this.clock = clock;
    this.completeSince = clock.millis();
    this.since = completeSince;
  }

  /** Notes a token that is about to be handed out. */
  void add(String token) {
    byte[] input = token.substring(0, token.lastIndexOf('.')).getBytes(StandardCharsets.US_ASCII);
    Hash digest = Hash.sha256(input);
    long now = clock.millis();
    synchronized (this) {
      Hash pushedOut = ring[next];
      if (pushedOut != null) {
        Long at = releasedAt.remove(pushedOut);
        completeSince = Math.max(completeSince, at == null ? now : at + 1);
      }
      ring[next] = digest;
      next = (next + 1) % DIGESTS_MAX;
      releasedAt.put(digest, now);
    }
  }

  /** Notes whether the signer is there; asked for often. */
  synchronized void see(boolean isConnected) {
    if (isConnected != connected) {
      connected = isConnected;
      since = clock.millis();
    }
  }

  public synchronized Word of(Hash digest) {
    long oldest = clock.instant().minus(KEPT_FOR).toEpochMilli();
    Long at = releasedAt.get(digest);
    return new Word(
        connected,
        Instant.ofEpochMilli(since),
        Instant.ofEpochMilli(Math.max(completeSince, oldest)),
        at != null && at >= oldest);
  }
}
