package dev.counterfoil.authority.clients;

import dev.counterfoil.format.bytes.Hash;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Remembers what may be used once (assertions, RFC 7523 3; DPoP proofs, RFC 9449 11.1) until it is
 * expired anyway. Only in memory: {@link IssueTimes} says why a restart forgets nothing that could
 * be used again.
 *
 * <p>What is remembered has one size however long the text was. No user may hold more than what is
 * still free, so that one alone gets half of the room, two get a third each, and there is always
 * room for the next: a client that fills its share locks out itself and nobody else. A fixed share
 * would have to be small to hold against many, and then too small for an honest client that is
 * alone.
 */
public final class ReplayGuard {
  /** Most that is remembered: some 75 bytes each. */
  public static final int ENTRIES_MAX = 1_000_000;

  private static final Duration SWEEP_PERIOD = Duration.ofSeconds(10);
  private static final byte[] SEPARATOR = {'\n'};

  /** Whether something may be used. */
  public enum Use {
    FIRST,
    REPEATED,
    /** Nothing more can be remembered for this user until some of it has expired. */
    FULL
  }

  /** Whose something is, and how much of it is remembered; changed under the map's lock. */
  private static final class User {
    private final String name;
    private final AtomicInteger marks = new AtomicInteger();
    private volatile Mark latest;

    private User(String name) {
      this.name = name;
      this.latest = new Mark(this, 0);
    }

    /** What is used in one second mostly ends in one second, too: such uses share their mark. */
    private Mark until(long second) {
      Mark mark = latest;
      if (mark.untilSecond != second) {
        mark = new Mark(this, second);
        latest = mark;
      }
      return mark;
    }
  }

  private record Mark(User user, long untilSecond) {}

  /** The first 128 bits of a SHA-256: what a user makes collide refuses a use of his own. */
  private record Key(long high, long low) {
    private static Key of(Hash hash) {
      ByteBuffer bytes = ByteBuffer.wrap(hash.bytes());
      return new Key(bytes.getLong(), bytes.getLong());
    }
  }

  private final InstantSource clock;
  private final int entriesMax;
  private final Map<Key, Mark> marks = new ConcurrentHashMap<>();
  private final Map<String, User> users = new ConcurrentHashMap<>();
  private final AtomicLong nextSweepSecond = new AtomicLong();

  public ReplayGuard(InstantSource clock, int entriesMax) {
    this.clock = clock;
    this.entriesMax = entriesMax;
  }

  /**
   * Marks as used.
   *
   * @param user whose it is, without a line feed
   * @param id which of the user's it is
   * @param until the first instant at which it would be refused anyway
   */
  public Use use(String user, String id, Instant until) {
    sweep();
    Key key = key(user, id);
    if (marks.containsKey(key)) {
      return Use.REPEATED;
    }
    User holder =
        users.compute(
            user,
            (name, known) -> {
              User counted = known == null ? new User(name) : known;
              counted.marks.incrementAndGet();
              return counted;
            });
    if (holder.marks.get() > entriesMax - marks.size()) {
      release(holder);
      return Use.FULL;
    }
    if (marks.putIfAbsent(key, holder.until(until.getEpochSecond() + 1)) != null) {
      release(holder);
      return Use.REPEATED;
    }
    return Use.FIRST;
  }

  /** Forgets a use that took no effect. */
  public void forget(String user, String id) {
    Mark mark = marks.remove(key(user, id));
    if (mark != null) {
      release(mark.user);
    }
  }

  private static Key key(String user, String id) {
    return Key.of(
        Hash.sha256(
            user.getBytes(StandardCharsets.UTF_8), SEPARATOR, id.getBytes(StandardCharsets.UTF_8)));
  }

  /** How much is remembered. */
  int size() {
    return marks.size();
  }

  private void release(User holder) {
    users.computeIfPresent(
        holder.name, (name, counted) -> counted.marks.decrementAndGet() == 0 ? null : counted);
  }

  private void sweep() {
    long now = clock.instant().getEpochSecond();
    long due = nextSweepSecond.get();
    if (now < due || !nextSweepSecond.compareAndSet(due, now + SWEEP_PERIOD.toSeconds())) {
      return;
    }
    marks.forEach(
        (key, mark) -> {
          if (mark.untilSecond < now && marks.remove(key, mark)) {
            release(mark.user);
          }
        });
  }
}
