package dev.counterfoil.custodian;

import dev.counterfoil.custodian.following.CustodianThreads;
import dev.counterfoil.custodian.following.LogFollower;
import dev.counterfoil.custodian.held.CustodyLog;
import java.io.IOException;
import java.time.Duration;
import java.util.Optional;

/**
 * Tells a monitor now and then how many events of each tenant its audit log has by what is held
 * here, so that it stands in what its tenants export (spec/audit-bundle.md).
 */
public final class CountsTeller {
  private static final System.Logger LOG = System.getLogger(CountsTeller.class.getName());

  /** A statement costs as much as there are tenants, here and there. */
  private static final Duration EVERY = Duration.ofSeconds(10);

  private static final Duration WHILE_NOTHING_IS_TOLD = Duration.ofMillis(500);
  private static final int TAKEN = 202;

  private final LogFollower follower;
  private final CustodyStatements statements;
  private final Monitor monitor;
  private long told;

  /** Where it is told. */
  @FunctionalInterface
  public interface Monitor {
    /** Sends a statement; gives the answer's status. */
    int counts(byte[] statement) throws IOException, InterruptedException;
  }

  public CountsTeller(LogFollower follower, CustodyStatements statements, Monitor monitor) {
    this.follower = follower;
    this.statements = statements;
    this.monitor = monitor;
  }

  /** Tells until the process stops, or this log is held no further. */
  void run(CustodianThreads threads) throws InterruptedException {
    while (!follower.isAbandoned() && threads.pause(tell() ? EVERY : WHILE_NOTHING_IS_TOLD)) {
      // The next one.
    }
  }

  /** Tells what is new; whether it was taken, or there was nothing to tell. */
  private boolean tell() throws InterruptedException {
    Optional<CustodyLog.Vouched> vouched = follower.custody().vouched();
    long size = vouched.map(known -> known.checkpoint().size()).orElse(0L);
    if (size == 0) {
      return false;
    }
    if (size == told) {
      return true;
    }
    try {
      int status = monitor.counts(statements.forMonitor(follower, vouched.orElseThrow()));
      if (status == TAKEN) {
        told = size;
        return true;
      }
      LOG.log(
          System.Logger.Level.DEBUG,
          "counts of {0} are not taken: {1}",
          follower.log().name(),
          status);
      // One that is older, or too busy, will not be another one in a moment.
      return status < 500;
    } catch (IOException e) {
      LOG.log(
          System.Logger.Level.DEBUG,
          "counts of {0} are not taken: {1}",
          follower.log().name(),
          e.getMessage());
      return false;
    }
  }
}
