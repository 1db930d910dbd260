package dev.counterfoil.signer.issuing;

import dev.counterfoil.keystore.pkcs11.HsmAwayException;
import dev.counterfoil.signer.privatekeys.PrivateKeys;
import dev.counterfoil.signer.rotation.TokenKey;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Signs what was recorded, on threads of its own, while the journal already syncs the next batch.
 * Takes work without a lock. What waits is bounded by {@link Issuance#UNANSWERED_BYTES_MAX}.
 */
public final class SigningThreads {
  /** Work that was recorded. */
  interface Recorded {
    /** The key that it is for. */
    TokenKey key();

    /** Signs. */
    void sign(PrivateKeys.Signing signing) throws java.security.GeneralSecurityException;

    /** The key went away after it was recorded: it will never be signed. */
    void unsigned(HsmAwayException why);

    /** Hands out what was signed; {@link #flush} is called soon after. */
    void release();

    /** Has what was handed out sent. */
    void flush();
  }

  /**
   * Most tokens that a thread signs before it releases them together, a quarter of a millisecond's
   * work: waking a connection's writer costs half as much as a signature.
   */
  private static final int RUN_MAX = 16;

  /** Keys that a thread keeps ready: the active one, its predecessor and the next. */
  private static final int KEYS_MAX = 4;

  private final ConcurrentLinkedQueue<Recorded> work = new ConcurrentLinkedQueue<>();
  private final Worker[] workers;
  private final Consumer<Throwable> onFailure;
  private volatile boolean closing;

  public SigningThreads(int count, Consumer<Throwable> onFailure) {
    this.onFailure = onFailure;
    this.workers = new Worker[count];
    for (int i = 0; i < count; i++) {
      workers[i] = new Worker();
      workers[i].setName("signing-" + i);
      workers[i].setDaemon(true);
    }
    for (Worker worker : workers) {
      worker.start();
    }
  }

  /** Hands work over; called by the sequencer's thread. */
  void add(Recorded recorded) {
    work.add(recorded);
    for (Worker worker : workers) {
      if (worker.idle) {
        LockSupport.unpark(worker);
        return;
      }
    }
  }

  /** Signs all that waits and ends. */
  public void finish() throws InterruptedException {
    closing = true;
    for (Worker worker : workers) {
      LockSupport.unpark(worker);
    }
    for (Worker worker : workers) {
      worker.join();
    }
  }

  private final class Worker extends Thread {
    private final Map<TokenKey, PrivateKeys.Signing> signings = new HashMap<>();
    private final List<Recorded> signed = new ArrayList<>(RUN_MAX);
    private volatile boolean idle;

    @Override
    public void run() {
      try {
        while (true) {
          @Nullable Recorded next = work.poll();
          if (next != null) {
            sign(next);
          }
          if (next == null || signed.size() == RUN_MAX) {
            signed.forEach(Recorded::release);
            signed.forEach(Recorded::flush);
            signed.clear();
          }
          if (next == null && closing) {
            drop();
            return;
          }
          if (next == null) {
            rest();
          }
        }
      } catch (Exception | Error e) {
        // A token is recorded and cannot be signed: the state of the key is unknown.
        onFailure.accept(e);
      }
    }

    private void sign(Recorded next) throws java.security.GeneralSecurityException {
      try {
        next.sign(signing(next.key()));
        signed.add(next);
      } catch (HsmAwayException e) {
        next.unsigned(e);
      }
    }

    private void drop() {
      signings.values().forEach(PrivateKeys.Signing::close);
      signings.clear();
    }

    private void rest() {
      idle = true;
      // Looked at again after the flag is up: who missed the flag has added before.
      if (work.isEmpty() && !closing) {
        LockSupport.park(this);
      }
      idle = false;
    }

    private PrivateKeys.Signing signing(TokenKey key)
        throws java.security.GeneralSecurityException {
      PrivateKeys.@Nullable Signing known = signings.get(key);
      if (known == null) {
        if (signings.size() >= KEYS_MAX) {
          drop();
        }
        known = key.held().newSigning();
        signings.put(key, known);
      }
      return known;
    }
  }
}
