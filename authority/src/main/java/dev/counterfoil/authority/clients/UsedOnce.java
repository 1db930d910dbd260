package dev.counterfoil.authority.clients;

import dev.counterfoil.authority.http.RequestRefusedException;
import dev.counterfoil.log.disk.Disk;
import java.io.IOException;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Optional;

/**
 * What was used and may not be used again, of one kind: in memory, and on disk too where its {@code
 * iat} is still to come, see {@link IssueTimes}.
 */
public final class UsedOnce implements AutoCloseable {
  /** Whether something may be used. */
  public enum Use {
    FIRST,
    REPEATED,
    /** Nothing more can be remembered for this user until some of it has expired. */
    FULL,
    /** Nothing more that lies ahead can be remembered for this user now. */
    AHEAD_FULL
  }

  /** Most entries of a user that lie ahead, in a period. */
  static final int AHEAD_OF_USER_MAX = 500;

  /** Most entries that lie ahead, in a period: some 5 MB at most. */
  static final int AHEAD_ENTRIES_MAX = 10_000;

  /** What lies ahead is written down until its {@code iat} has come. */
  static final UsesOnDisk.Limits AHEAD =
      new UsesOnDisk.Limits(
          IssueTimes.AHEAD_MAX.multipliedBy(2), AHEAD_OF_USER_MAX, AHEAD_ENTRIES_MAX);

  private static final System.Logger LOG = System.getLogger(UsedOnce.class.getName());

  /** Where something is remembered that other authorities of the domain may be shown, too. */
  @FunctionalInterface
  public interface Elsewhere {
    /**
     * Marks as used where that is another authority.
     *
     * @return empty when it is this one
     * @throws RequestRefusedException when the other one does not answer: it is not used then
     */
    Optional<Use> use(String user, String id, Instant issued, Instant until)
        throws RequestRefusedException;
  }

  private volatile Elsewhere elsewhere = (user, id, issued, until) -> Optional.empty();
  private final ReplayGuard memory;
  private final UsesOnDisk ahead;
  private final InstantSource clock;

  /**
   * Takes over what the last process wrote down.
   *
   * @param files the name of the files, without their last letter
   * @throws IOException when it cannot be read
   */
  public static UsedOnce open(Disk disk, String files, InstantSource clock) throws IOException {
    return new UsedOnce(
        new ReplayGuard(clock, ReplayGuard.ENTRIES_MAX),
        UsesOnDisk.open(disk, files, AHEAD, clock.instant()),
        clock);
  }

  UsedOnce(ReplayGuard memory, UsesOnDisk ahead, InstantSource clock) {
    this.memory = memory;
    this.ahead = ahead;
    this.clock = clock;
    ahead.found().forEach(one -> memory.use(one.user(), one.id(), one.until()));
  }

  /**
   * Marks as used, before it takes effect.
   *
   * @param user whose it is, without a line feed
   * @param id which of the user's it is
   * @param issued its {@code iat}
   * @param until the first instant at which it would be refused anyway
   */
  Use use(String user, String id, Instant issued, Instant until) throws RequestRefusedException {
    Optional<Use> there = elsewhere.use(user, id, issued, until);
    return there.isPresent() ? there.get() : useHere(user, id, issued, until);
  }

  /** Has some of it remembered by other authorities. */
  public void sharedWith(Elsewhere others) {
    elsewhere = others;
  }

  /** The same of what is remembered here. */
  public Use useHere(String user, String id, Instant issued, Instant until) {
    switch (memory.use(user, id, until)) {
      case REPEATED -> {
        return Use.REPEATED;
      }
      case FULL -> {
        return Use.FULL;
      }
      case FIRST -> {
        // Nobody used it before.
      }
    }
    Instant now = clock.instant();
    if (!issued.isAfter(now)) {
      return Use.FIRST;
    }
    try {
      return ahead.write(new UsesOnDisk.Entry(user, id, issued, until), now)
          ? Use.FIRST
          : Use.AHEAD_FULL;
    } catch (IOException e) {
      LOG.log(
          System.Logger.Level.ERROR,
          "cannot write down what was used before its time: clients whose clock is ahead are"
              + " refused",
          e);
      return Use.AHEAD_FULL;
    }
  }

  /** How much is remembered in memory. */
  public int remembered() {
    return memory.size();
  }

  @Override
  public void close() throws IOException {
    ahead.close();
  }
}
