package dev.counterfoil.http.answers;

import dev.counterfoil.http.listener.Problem;
import io.helidon.webserver.http.ServerRequest;
import java.util.HashMap;
import java.util.Map;

/**
 * How many bytes of requests' bodies are in memory at one time, of all callers and of one: a body
 * that is taken apart takes a multiple of its length, and a caller may have as many connections as
 * he likes. Whoever finds no room is told to come again.
 */
public final class BodyRoom {
  private final long bytesMax;
  private final long callerBytesMax;
  private final Map<String, Long> held = new HashMap<>();
  private long all;

  /**
   * Makes room.
   *
   * @param bytesMax for the bodies of all callers together
   * @param callerBytesMax for those of one
   */
  BodyRoom(long bytesMax, long callerBytesMax) {
    this.bytesMax = bytesMax;
    this.callerBytesMax = callerBytesMax;
  }

  /** Room for eight of the largest bodies, two of them of one caller. */
  public static BodyRoom forBodiesOf(int bytes) {
    return new BodyRoom(8L * bytes, 2L * bytes);
  }

  /** Room that is taken; given back once. */
  public interface Taken extends AutoCloseable {
    @Override
    void close();
  }

  /**
   * Takes room for a body.
   *
   * @param caller whose it is
   * @param bytes its length, or the longest that it may have
   * @throws RefusedRequestException when there is none: 503, come again
   */
  public Taken take(String caller, long bytes) throws RefusedRequestException {
    synchronized (this) {
      long own = held.getOrDefault(caller, 0L) + bytes;
      if (all + bytes > bytesMax || own > callerBytesMax) {
        throw new RefusedRequestException(
            new Problem(503, "busy", "too many requests are in progress. Send the same again"));
      }
      all += bytes;
      held.put(caller, own);
    }
    return () -> giveBack(caller, bytes);
  }

  /** How long a body may turn out to be. */
  public static long lengthAtMost(ServerRequest request, int bytesMax) {
    return Math.min(bytesMax, request.headers().contentLength().orElse(bytesMax));
  }

  private synchronized void giveBack(String caller, long bytes) {
    all -= bytes;
    held.computeIfPresent(caller, (_, own) -> own == bytes ? null : own - bytes);
  }
}
