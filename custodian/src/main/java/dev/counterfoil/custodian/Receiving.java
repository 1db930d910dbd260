package dev.counterfoil.custodian;

import dev.counterfoil.custodian.following.CustodianThreads;
import dev.counterfoil.custodian.following.LogFollower;
import dev.counterfoil.custodian.issuer.IssuerUnavailableException;
import dev.counterfoil.custodian.issuer.RecordStream;
import java.io.IOException;
import java.util.Optional;

/** Takes in a log's streams, one after another, on a thread of its own. */
final class Receiving {
  private static final System.Logger LOG = System.getLogger(Receiving.class.getName());

  private Receiving() {}

  static void forever(LogFollower follower, CustodianThreads threads)
      throws IOException, InterruptedException {
    boolean more = true;
    while (more && !threads.isStopping()) {
      more = stream(follower, threads) || threads.pause(Custodian.PAUSE_WHEN_STUCK);
    }
  }

  /** Takes one stream to its end; whether something came, so that another may follow at once. */
  private static boolean stream(LogFollower follower, CustodianThreads threads) throws IOException {
    try {
      Optional<RecordStream> opened = follower.open();
      if (opened.isEmpty()) {
        return false;
      }
      boolean useful = false;
      try (RecordStream stream = opened.get()) {
        LogFollower.Received received = LogFollower.Received.LEVEL;
        while (!threads.isStopping() && received != LogFollower.Received.BROKEN) {
          received = follower.receive(stream);
          useful |= received == LogFollower.Received.MORE;
        }
      }
      return useful;
    } catch (IssuerUnavailableException e) {
      LOG.log(System.Logger.Level.DEBUG, "log {0}: {1}", follower.log().name(), e.getMessage());
      return false;
    }
  }
}
