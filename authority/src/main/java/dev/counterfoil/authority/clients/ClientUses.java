package dev.counterfoil.authority.clients;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * When clients and their credentials were last used, to a {@link #SLOT}. Requests only touch
 * memory; once a minute what is new goes to the database. A crash loses a minute at most, so a
 * client can look less used than it is by that much.
 */
public final class ClientUses implements AutoCloseable {
  /** How exact a time is: of the uses in one slot, its beginning is kept. */
  public static final Duration SLOT = Duration.ofMinutes(15);

  private static final Duration PAUSE = Duration.ofMinutes(1);

  /** Most uses of one transaction, so that no change to a client waits long for it. */
  private static final int WRITTEN_AT_ONCE_MAX = 2_000;

  private static final System.Logger LOG = System.getLogger(ClientUses.class.getName());

  private final ClientStore store;
  private final InstantSource clock;
  // At most one entry for each credential that counts; those of past slots go when they are stored.
  private final ConcurrentHashMap<Use, Long> slots = new ConcurrentHashMap<>();
  private final Map<Use, Long> stored = new HashMap<>();
  private final CountDownLatch end = new CountDownLatch(1);
  private final Thread thread;

  /** A credential of a client. */
  record Use(String clientId, String credential) {}

  /**
   * What is known of a client.
   *
   * @param registeredAt when it was first registered
   * @param changedAt when anything about it was last changed
   * @param usedAt by name of the credential, and of the client itself under {@link
   *     ClientStore#ITSELF}
   */
  record Known(Instant registeredAt, Instant changedAt, Map<String, Instant> usedAt) {
    Optional<Instant> last(String credential) {
      return Optional.ofNullable(usedAt.get(credential));
    }

    ClientDirectory.Usage usage(Client client) {
      return new ClientDirectory.Usage(
          registeredAt,
          last(ClientStore.ITSELF),
          client.credentials().stream()
              .map(
                  one ->
                      new ClientDirectory.CredentialUsage(
                          one.kind(), one.thumbprint(), last(one.name())))
              .toList());
    }
  }

  ClientUses(ClientStore store, InstantSource clock) {
    this.store = store;
    this.clock = clock;
    this.thread = Thread.ofVirtual().name("client-uses").start(this::writeAll);
  }

  /** A client was used with one of its credentials. */
  void used(Client client, String credential) {
    long slot = clock.millis() / SLOT.toMillis();
    Use use = new Use(client.id(), credential);
    Long before = slots.get(use);
    if (before == null || before != slot) {
      slots.put(use, slot);
    }
  }

  /** Stores what is new. What cannot be stored now stays for the next time. */
  synchronized void write() {
    List<Map.Entry<Use, Long>> changed = new ArrayList<>();
    slots.forEach(
        (use, slot) -> {
          if (!slot.equals(stored.get(use))) {
            changed.add(Map.entry(use, slot));
          }
        });
    for (int from = 0; from < changed.size(); from += WRITTEN_AT_ONCE_MAX) {
      List<Map.Entry<Use, Long>> part =
          changed.subList(from, Math.min(changed.size(), from + WRITTEN_AT_ONCE_MAX));
      Map<Use, Instant> times = HashMap.newHashMap(part.size());
      part.forEach(one -> times.put(one.getKey(), beginning(one.getValue())));
      store.used(times);
      part.forEach(one -> stored.put(one.getKey(), one.getValue()));
    }
    long present = clock.millis() / SLOT.toMillis();
    stored
        .entrySet()
        .removeIf(
            one ->
                one.getValue() < present
                    && (slots.remove(one.getKey(), one.getValue())
                        || !slots.containsKey(one.getKey())));
  }

  private static Instant beginning(long slot) {
    return Instant.ofEpochMilli(slot * SLOT.toMillis());
  }

  /**
   * Since when a client, or the secret or key of it that was unused longest, is not used; empty
   * where nothing is known of it. What was never used counts from when it was made, at the earliest
   * from when uses were first counted.
   */
  static Instant unusedSince(Client client, Known known, Instant countedSince) {
    Instant since =
        known.last(ClientStore.ITSELF).orElse(later(known.registeredAt(), countedSince));
    for (Client.Credential credential : client.credentials()) {
      // A new one came with a change, so it is no older than the last of these.
      Instant one = known.last(credential.name()).orElse(later(known.changedAt(), countedSince));
      since = one.isBefore(since) ? one : since;
    }
    return since;
  }

  private static Instant later(Instant one, Instant other) {
    return one.isAfter(other) ? one : other;
  }

  private void writeAll() {
    try {
      while (!end.await(PAUSE.toMillis(), TimeUnit.MILLISECONDS)) {
        writeNow();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void writeNow() {
    try {
      write();
    } catch (RuntimeException e) {
      // Of whatever kind: this thread is the only one that stores uses.
      LOG.log(
          System.Logger.Level.WARNING,
          "when clients were last used could not be stored. It is tried again in a minute",
          e);
    }
  }

  @Override
  public void close() {
    end.countDown();
    try {
      thread.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    writeNow();
  }
}
