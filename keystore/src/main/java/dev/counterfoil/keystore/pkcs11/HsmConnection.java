package dev.counterfoil.keystore.pkcs11;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * One log-in to a PKCS#11 token, equal to itself alone. Handles of its keys are good for it, and
 * for no later one.
 */
public final class HsmConnection {
  private final Cryptoki library;
  private final long slot;
  private final long session;
  private final Map<String, Long> keys = new ConcurrentHashMap<>();
  private final Map<String, Long> orphans = new ConcurrentHashMap<>();

  HsmConnection(Cryptoki library, long slot, long session) {
    this.library = library;
    this.slot = slot;
    this.session = session;
  }

  public Cryptoki library() {
    return library;
  }

  public long slot() {
    return slot;
  }

  /** In which keys are made and destroyed, by one thread at a time. */
  public long session() {
    return session;
  }

  /** Handles of private keys by their identifiers in hexadecimal. */
  public Map<String, Long> keys() {
    return keys;
  }

  /** The same of private keys that no file names. */
  public Map<String, Long> orphans() {
    return orphans;
  }
}
