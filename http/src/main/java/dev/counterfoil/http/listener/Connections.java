package dev.counterfoil.http.listener;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;

/**
 * Which connections have a place. There are so many in all, and of one address a quarter of them;
 * where none is left, the one that has waited longest between two requests gives way, first of
 * those that never said anything. So whoever opens thousands and sends nothing keeps nobody out.
 *
 * <p>This host's own connections and those of trusted proxies stand for many clients and are
 * counted in all only. Addresses of IPv6 count by their first 64 bits, which one client has.
 */
final class Connections implements AutoCloseable {
  private static final Duration LOOK_EVERY = Duration.ofMillis(500);
  private static final int SHARE_OF_ONE_ADDRESS = 4;

  /** How long a connection waits for a place while all are busy. */
  private static final Duration WAIT_MAX = Duration.ofSeconds(5);

  private static final long LOOK_AGAIN_MS = 100;

  /** A connection as it is seen here. */
  interface Held {
    /** The other end; none where it is no IP address. */
    @Nullable InetAddress address();

    /** Whether anything ever came. */
    boolean hasSpoken();

    /** Whether it waits for a request to begin. */
    boolean isBetweenRequests();

    /** Whether it has had its time and ends, whoever else wants its place. */
    boolean isOverdue();

    /** Since when it waits, as {@link System#nanoTime} gives it. */
    long waitsSinceNanos();

    /** Ends it. */
    void end();
  }

  private final int max;
  private final int perAddressMax;
  private final Predicate<InetAddress> isForMany;
  private final CountDownLatch closed = new CountDownLatch(1);

  /** Guarded by this, as the counts. */
  private final Set<Held> all = new LinkedHashSet<>();

  private final Map<Object, Integer> counts = new HashMap<>();

  /**
   * Starts to watch.
   *
   * @param max most connections
   * @param isForMany whether an address stands for many clients
   */
  Connections(int max, Predicate<InetAddress> isForMany) {
    this.max = max;
    this.perAddressMax = Math.max(1, max / SHARE_OF_ONE_ADDRESS);
    this.isForMany = isForMany;
    Thread.ofVirtual().name("connections").start(this::watch);
  }

  /**
   * Gives a connection a place, for which another may have to go.
   *
   * @return whether there is one; where all are busy, it waits a little for one
   */
  boolean enter(Held connection) throws InterruptedException {
    Optional<Held> gone;
    synchronized (this) {
      Object source = source(connection);
      if (counts.getOrDefault(source, 0) >= perAddressMax) {
        gone = idlest(held -> source.equals(source(held)));
        if (gone.isEmpty()) {
          // At once: who has used up his share does not stand in the way of those who wait.
          return false;
        }
      } else {
        gone = roomForOne();
        if (gone.isEmpty() && all.size() >= max) {
          return false;
        }
      }
      gone.ifPresent(this::leave);
      all.add(connection);
      if (!(source instanceof Many)) {
        counts.merge(source, 1, Integer::sum);
      }
    }
    // Not within: to close may take a moment.
    gone.ifPresent(Held::end);
    return true;
  }

  private synchronized Optional<Held> roomForOne() throws InterruptedException {
    long end = System.nanoTime() + WAIT_MAX.toNanos();
    while (all.size() >= max) {
      Optional<Held> gone = idlest(held -> true);
      if (gone.isPresent() || System.nanoTime() - end > 0) {
        return gone;
      }
      wait(LOOK_AGAIN_MS);
    }
    return Optional.empty();
  }

  private Optional<Held> idlest(Predicate<Held> of) {
    ToLongFunction<Held> waited = held -> System.nanoTime() - held.waitsSinceNanos();
    return all.stream()
        .filter(of)
        .filter(Held::isBetweenRequests)
        .max(
            Comparator.<Held, Boolean>comparing(held -> !held.hasSpoken())
                .thenComparingLong(waited));
  }

  /** Takes a place back. */
  synchronized void leave(Held connection) {
    if (all.remove(connection)) {
      counts.computeIfPresent(source(connection), (_, count) -> count > 1 ? count - 1 : null);
      notifyAll();
    }
  }

  /** Those whose addresses are not counted. */
  private enum Many {
    CLIENTS
  }

  private Object source(Held connection) {
    InetAddress address = connection.address();
    if (address == null || address.isLoopbackAddress() || isForMany.test(address)) {
      return Many.CLIENTS;
    }
    return address instanceof Inet6Address inet6
        ? ByteBuffer.wrap(Arrays.copyOf(inet6.getAddress(), Long.BYTES))
        : address;
  }

  private void watch() {
    try {
      while (!closed.await(LOOK_EVERY.toMillis(), TimeUnit.MILLISECONDS)) {
        Set<Held> now;
        synchronized (this) {
          now = new LinkedHashSet<>(all);
        }
        for (Held held : now) {
          if (held.isOverdue()) {
            held.end();
          }
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @Override
  public void close() {
    closed.countDown();
  }
}
