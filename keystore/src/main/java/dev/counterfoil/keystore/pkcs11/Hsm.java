package dev.counterfoil.keystore.pkcs11;

import java.io.IOException;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;

/**
 * Keeps a log-in to an HSM, and gets it back when it is lost: the library is ended and begun again,
 * the HSM looked for by its label, and its keys checked, every second until it is there. While it
 * is away nothing is signed and nothing takes its place.
 *
 * <p>A library may be ended only while nobody is in a call of it. So each user says when he is in
 * one ({@link Use}) and looks afterwards whether the connection still stands, and who ends it takes
 * the connection away first and looks for users afterwards.
 */
public final class Hsm implements AutoCloseable {
  private static final System.Logger LOG = System.getLogger(Hsm.class.getName());

  private static final Duration ROUND = Duration.ofSeconds(1);

  /** Longest time without a sign of life; making an RSA key takes a device some seconds. */
  private static final Duration SILENCE_MAX = Duration.ofSeconds(20);

  private static final Duration CLOSE_MAX = Duration.ofSeconds(5);

  /** Looks at an HSM that was just found, before it is used. */
  @FunctionalInterface
  public interface Inspection {
    /**
     * Looks at it.
     *
     * @throws GeneralSecurityException when it is not to be used as it is
     */
    void inspect(HsmConnection connection) throws IOException, GeneralSecurityException;
  }

  /** A user of the library on a thread of its own. */
  public static final class Use {
    private volatile boolean inCall;

    Use() {}
  }

  private final Cryptoki library;
  private final String label;
  private final HsmPin pin;
  private final Inspection inspection;
  private final List<Use> uses = new CopyOnWriteArrayList<>();
  private final Thread watch;
  private volatile @Nullable HsmConnection connection;
  private volatile String obstacle = "it was not looked for yet";
  private volatile long aliveNanos = System.nanoTime();
  private volatile boolean closed;

  private Hsm(Cryptoki library, HsmEntry entry, Inspection inspection) {
    this.library = library;
    this.label = entry.token();
    this.pin = new HsmPin(entry.pinFile());
    this.inspection = inspection;
    this.watch = Thread.ofPlatform().daemon().name("token-watch").unstarted(this::watch);
  }

  /**
   * Looks for the HSM. One that is away is waited for afterwards.
   *
   * @throws GeneralSecurityException when the HSM refuses the PIN: a person has to look at it
   */
  public static Hsm start(Cryptoki library, HsmEntry entry, Inspection inspection)
      throws GeneralSecurityException {
    Hsm hsm = new Hsm(library, entry, inspection);
    hsm.tryToConnect();
    if (hsm.pin.wasRefused()) {
      throw new GeneralSecurityException(hsm.obstacle);
    }
    hsm.watch.start();
    return hsm;
  }

  /** Why it cannot be used now; empty when it can. */
  public Optional<String> obstacle() {
    if (connection == null) {
      return Optional.of("PKCS#11 token " + label + " is away: " + obstacle);
    }
    return System.nanoTime() - aliveNanos > SILENCE_MAX.toNanos()
        ? Optional.of("PKCS#11 token " + label + " is away: a call of its library does not return")
        : Optional.empty();
  }

  /** The log-in as it stands. */
  public HsmConnection connected() throws HsmAwayException {
    HsmConnection now = connection;
    if (now == null) {
      throw away();
    }
    return now;
  }

  public HsmAwayException away() {
    return new HsmAwayException(obstacle().orElse("PKCS#11 token " + label + " was away"));
  }

  /** For a new user of it. */
  public Use newUse() {
    Use use = new Use();
    uses.add(use);
    return use;
  }

  public void forget(Use use) {
    uses.remove(use);
  }

  /** To be called before each row of calls; {@link #leave} comes after it in any case. */
  public void enter(Use use, HsmConnection expected) throws HsmAwayException {
    use.inCall = true;
    if (connection != expected) {
      use.inCall = false;
      throw away();
    }
  }

  public void leave(Use use) {
    use.inCall = false;
  }

  /** A call failed that cannot fail while the HSM is there: it is looked for again. */
  public void lost(HsmConnection lost, Exception by) {
    synchronized (this) {
      if (connection != lost) {
        return;
      }
      connection = null;
      say(String.valueOf(by.getMessage()));
      notifyAll();
    }
  }

  private void say(String why) {
    if (!why.equals(obstacle)) {
      obstacle = why;
      LOG.log(
          System.Logger.Level.WARNING,
          "PKCS#11 token {0} is away: {1}. Its keys sign nothing until it is back",
          label,
          why);
    }
  }

  private void watch() {
    while (!closed) {
      if (connection == null) {
        tryToConnect();
      } else {
        checkConnection();
      }
      synchronized (this) {
        try {
          if (!closed) {
            wait(ROUND.toMillis());
          }
        } catch (InterruptedException e) {
          return;
        }
      }
    }
  }

  /** An HSM that nobody uses can be lost, too. */
  private synchronized void checkConnection() {
    HsmConnection now = connection;
    if (now == null) {
      return;
    }
    try {
      List<Long> slots = library.slotsOf(label);
      if (!slots.equals(List.of(now.slot()))) {
        throw new GeneralSecurityException("it is not in its slot any more");
      }
      for (long key : now.keys().values()) {
        byte[] _ = HsmAlgorithm.id(library, now.session(), key);
      }
      aliveNanos = System.nanoTime();
    } catch (GeneralSecurityException | RuntimeException e) {
      lost(now, e);
    }
  }

  /** Not while keys at rest are opened with the same library. */
  private synchronized void tryToConnect() {
    if (closed || uses.stream().anyMatch(use -> use.inCall) || !library.alone().tryLock()) {
      return;
    }
    try {
      connect();
    } finally {
      library.alone().unlock();
    }
  }

  private void connect() {
    try {
      if (pin.isRefused()) {
        return;
      }
      library.end();
      library.initialize();
      List<Long> slots = library.slotsOf(label);
      if (slots.size() != 1) {
        say(
            slots.isEmpty()
                ? "no token of that label is there"
                : slots.size() + " tokens have that label, which has to be of one");
        return;
      }
      long session = library.openSession(slots.getFirst(), true);
      pin.login(library, session);
      HsmConnection found = new HsmConnection(library, slots.getFirst(), session);
      inspection.inspect(found);
      aliveNanos = System.nanoTime();
      connection = found;
      obstacle = "";
      LOG.log(System.Logger.Level.INFO, "PKCS#11 token {0} is back", label);
    } catch (IOException | GeneralSecurityException e) {
      say(String.valueOf(e.getMessage()));
    } catch (RuntimeException e) {
      // Of a library, or a file, that is not as anybody expects: the watch goes on all the same.
      say(e.toString());
    }
  }

  /** Logs out; nobody uses it any more. */
  @Override
  public void close() {
    synchronized (this) {
      closed = true;
      connection = null;
      obstacle = "the signer is stopping";
      notifyAll();
    }
    try {
      watch.join(CLOSE_MAX.toMillis());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    // Nobody may be in a call of a library that is ended; one who hangs there ends with the
    // process.
    if (!watch.isAlive() && uses.stream().noneMatch(use -> use.inCall)) {
      end();
    }
  }

  private void end() {
    library.alone().lock();
    try {
      library.end();
    } finally {
      library.alone().unlock();
    }
  }
}
