package dev.counterfoil.authority.administration;

import dev.counterfoil.authority.clients.ClientDirectory;
import dev.counterfoil.authority.clients.PendingRevocation;
import dev.counterfoil.authority.http.RequestRefusedException;
import dev.counterfoil.authority.token.RevocationRequests;
import dev.counterfoil.http.listener.LinePace;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jdbi.v3.core.JdbiException;

/**
 * Has the tokens of clients revoked that were taken out, or whose secret was stolen: at once, and
 * where the registrar is away, again and again until it has done so, also after a restart.
 */
public final class PendingRevocations implements AutoCloseable {
  private static final Duration PAUSE = Duration.ofSeconds(1);
  private static final System.Logger LOG = System.getLogger(PendingRevocations.class.getName());

  private final ClientDirectory clients;
  private final RevocationRequests revocations;
  private final LinePace failureLines = new LinePace(10, Duration.ofMinutes(1));
  private final CountDownLatch end = new CountDownLatch(1);
  private final Thread thread;

  private PendingRevocations(ClientDirectory clients, RevocationRequests revocations) {
    this.clients = clients;
    this.revocations = revocations;
    this.thread = Thread.ofVirtual().name("pending-revocations").unstarted(this::carryOnAll);
  }

  /** Begins with those that wait. */
  public static PendingRevocations start(ClientDirectory clients, RevocationRequests revocations) {
    PendingRevocations pending = new PendingRevocations(clients, revocations);
    pending.thread.start();
    return pending;
  }

  /**
   * Tries one now.
   *
   * @return why it has to be tried again; empty when it is done
   */
  Optional<String> attempt(PendingRevocation pending) {
    try {
      revocations.revoke(pending);
      forget(pending);
      return Optional.empty();
    } catch (RequestRefusedException e) {
      return Optional.of(e.error().description());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return Optional.of("this process ends");
    }
  }

  private void forget(PendingRevocation done) {
    try {
      clients.revoked(done);
    } catch (JdbiException e) {
      // Tried again, which changes nothing.
      LOG.log(System.Logger.Level.WARNING, "a revocation that is done stays on the list", e);
    }
  }

  private void carryOnOnce() {
    for (PendingRevocation pending : clients.pending()) {
      try {
        if (attempt(pending).isEmpty()) {
          LOG.log(System.Logger.Level.INFO, "the tokens of group {0} are revoked", pending.group());
        }
      } catch (RuntimeException e) {
        // The others are not to wait for this one, and it is tried again every second.
        if (failureLines.take(System.nanoTime())) {
          LOG.log(System.Logger.Level.ERROR, "revoking the tokens of a removed client failed", e);
        }
      }
    }
  }

  private void carryOnAll() {
    try {
      do {
        carryOnOnce();
      } while (!end.await(PAUSE.toMillis(), TimeUnit.MILLISECONDS));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @Override
  public void close() {
    end.countDown();
    thread.interrupt();
    try {
      thread.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
