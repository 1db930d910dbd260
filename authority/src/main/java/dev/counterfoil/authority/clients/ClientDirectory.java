package dev.counterfoil.authority.clients;

import dev.counterfoil.directory.database.TablePlace;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.format.keys.GroupHandle;
import dev.counterfoil.format.weakkeys.WeakRsa;
import java.io.IOException;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The clients of one domain: an immutable map that requests read, replaced whole after each change.
 */
public final class ClientDirectory implements AutoCloseable {
  /** Clients whose uses are looked up at one time. */
  private static final int LOOKED_AT_ONCE = 1_000;

  private final ClientStore store;
  private final SecretPepper pepper;
  private final ClientUses uses;
  private final Instant usesSince;
  private final SecureRandom random;
  private final InstantSource clock;
  // What an unknown client's secret is compared with, so that it costs what a known one's does.
  private final Hash nobody;
  private volatile Map<String, Client> clients;
  private volatile Set<String> browserOrigins;
  private volatile List<PendingRevocation> pending;

  /** Of the clients above. */
  private long revision;

  /** What a change to a client led to. */
  public sealed interface Change {
    /**
     * Done.
     *
     * @param secret the client's new secret, shown this once; null where it has no new one
     * @param pending what is to be revoked because of it; null for nothing
     */
    record Made(@Nullable String secret, @Nullable PendingRevocation pending) implements Change {
      /** Leaves the secret out. */
      @Override
      public String toString() {
        return "Made[secret=" + (secret == null ? "none" : "new") + "]";
      }
    }

    /** The client was so already. */
    record Unchanged() implements Change {}

    /** There is a client of this id that is registered differently, or has another end. */
    record Conflict() implements Change {}

    /** There is no client of this id, or it has no secret. */
    record Unknown() implements Change {}

    /** It was changed since it was read. */
    record Outdated() implements Change {}

    /** There are as many clients as there may be. */
    record Full() implements Change {}
  }

  private ClientDirectory(
      ClientStore store, SecretPepper pepper, SecureRandom random, InstantSource clock)
      throws IOException {
    this.store = store;
    this.pepper = pepper;
    this.random = random;
    this.clock = clock;
    this.nobody = pepper.mac(SecretPepper.newSecret(random).getBytes(StandardCharsets.US_ASCII));
    this.revision = store.revision();
    this.clients = Map.copyOf(store.load());
    this.browserOrigins = RedirectUris.browserOrigins(clients.values());
    this.pending = store.pending();
    this.usesSince = store.usesSince(clock.instant());
    this.uses = new ClientUses(store, clock);
  }

  /** Reads the clients again where another authority changed them. */
  public synchronized void refresh() throws IOException {
    long present = store.revision();
    if (present != revision) {
      clients = Map.copyOf(store.load());
      browserOrigins = RedirectUris.browserOrigins(clients.values());
      pending = store.pending();
      // The one before: what came meanwhile is read once more.
      revision = present;
    }
  }

  /**
   * Opens the store, and makes its pepper where both are new.
   *
   * @throws IOException when the pepper is gone and there are clients: their secrets cannot be
   *     checked without it
   */
  public static ClientDirectory open(
      TablePlace tables, Path pepperFile, SecureRandom random, InstantSource clock)
      throws IOException {
    ClientStore store = ClientStore.open(tables);
    try {
      if (!Files.exists(pepperFile)) {
        boolean secrets =
            store.load().values().stream().anyMatch(client -> client.secretMac().isPresent());
        if (secrets) {
          throw new IOException(
              "the pepper "
                  + pepperFile
                  + " is gone. Without it no client's secret can be checked. Restore it"
                  + " from a backup or from another authority of the domain, or remove the"
                  + " clients' database and register them again");
        }
        SecretPepper.create(pepperFile, random);
      }
      return new ClientDirectory(store, SecretPepper.read(pepperFile), random, clock);
    } catch (IOException | RuntimeException e) {
      store.close();
      throw e;
    }
  }

  /** The same in a file. */
  static ClientDirectory open(
      Path database, Path pepperFile, SecureRandom random, InstantSource clock) throws IOException {
    return open(new TablePlace.File(database), pepperFile, random, clock);
  }

  /** The client of an id. */
  public Optional<Client> find(String clientId) {
    return Optional.ofNullable(clients.get(clientId));
  }

  /** Whether an application of this origin may ask from a browser. */
  public boolean isBrowserOrigin(String origin) {
    return browserOrigins.contains(origin);
  }

  /** Whether to register a client would change nothing. */
  public boolean isSo(ClientRegistration registration, Optional<Instant> expiresAt) {
    @Nullable Client present = clients.get(registration.clientId());
    return present != null
        && present.registration().equals(registration)
        && (expiresAt.isEmpty() || expiresAt.equals(present.standing().expiresAt()));
  }

  /**
   * The domain's keyed hash, for what else is made here and comes back. Each use begins with words
   * of its own.
   */
  public Hash keyedHash(byte[] input) {
    return pepper.mac(input);
  }

  /** How many clients there are. */
  public int size() {
    return clients.size();
  }

  /** Every client, in the order of their ids. */
  public List<ClientRegistration> list() {
    return clients.values().stream()
        .map(Client::registration)
        .sorted(Comparator.comparing(ClientRegistration::clientId))
        .toList();
  }

  /**
   * The client whose secret this is. It may send it in the header or in the body. A client that
   * does not exist, one that has no secret and a wrong secret take the same steps and the same
   * time, and so does the secret before.
   */
  Optional<BySecret> authenticate(String clientId, byte[] secret) {
    @Nullable Client client = clients.get(clientId);
    Hash expected = client == null ? nobody : client.secretMac().orElse(nobody);
    Hash expectedToo = client == null ? nobody : client.oldSecretMac().orElse(nobody);
    byte[] given = pepper.mac(secret).bytes();
    // Both are compared, whichever is the same.
    boolean isSame = MessageDigest.isEqual(given, expected.bytes());
    boolean isOld = MessageDigest.isEqual(given, expectedToo.bytes());
    return (isSame || isOld) && client != null && client.method().hasSecret()
        ? Optional.of(new BySecret(client, client.secretName(isSame)))
        : Optional.empty();
  }

  /**
   * A client that proved itself by a secret.
   *
   * @param credential which one, by its name
   */
  record BySecret(Client client, String credential) {}

  /** When clients were last used. */
  ClientUses uses() {
    return uses;
  }

  /**
   * How a client is used.
   *
   * @param registeredAt when it was first registered
   * @param last when it was last used, to a {@link ClientUses#SLOT}; empty for never
   * @param credentials each secret or key that counts
   */
  public record Usage(
      Instant registeredAt, Optional<Instant> last, List<CredentialUsage> credentials) {
    public Usage {
      credentials = List.copyOf(credentials);
    }
  }

  /**
   * How a secret or key is used.
   *
   * @param kind {@code secret}, {@code old_secret} or {@code key}
   * @param thumbprint of a key (RFC 7638)
   * @param last when it was last used; empty for never
   */
  public record CredentialUsage(String kind, Optional<String> thumbprint, Optional<Instant> last) {}

  /** A client as it is registered, and how it is used. */
  public record Used(Client client, Usage usage) {}

  /** Since when uses are counted. Of those before nothing is known. */
  public Instant usesSince() {
    return usesSince;
  }

  /**
   * Clients in the order of their ids, and how they are used.
   *
   * @param isWanted which ones
   * @param unusedFor only those that were not used for so long, or have a secret or key that was
   *     not; empty for all
   * @param max at most so many
   */
  public List<Used> used(Predicate<Client> isWanted, Optional<Duration> unusedFor, int max) {
    uses.write();
    List<Client> wanted =
        clients.values().stream()
            .filter(isWanted)
            .sorted(Comparator.comparing(Client::id))
            .toList();
    Instant before = clock.instant().minus(unusedFor.orElse(Duration.ZERO));
    List<Used> found = new ArrayList<>();
    int step = unusedFor.isPresent() ? LOOKED_AT_ONCE : max;
    for (int from = 0; from < wanted.size() && found.size() < max; from += step) {
      List<Client> part = wanted.subList(from, Math.min(wanted.size(), from + step));
      Map<String, ClientUses.Known> known = store.uses(part.getFirst().id(), part.getLast().id());
      for (Client client : part) {
        // One that another authority took out just now is nowhere.
        ClientUses.@Nullable Known one = known.get(client.id());
        if (one != null
            && found.size() < max
            && (unusedFor.isEmpty()
                || !ClientUses.unusedSince(client, one, usesSince).isAfter(before))) {
          found.add(new Used(client, one.usage(client)));
        }
      }
    }
    return found;
  }

  /** Whether a client that proved itself may have anything now. */
  public boolean admits(Client client) {
    return client.standing().admits(clock.instant());
  }

  /** Registers a client that does not expire; the same again changes nothing. */
  public Change register(ClientRegistration registration) throws FormatException, IOException {
    return register(registration, Optional.empty());
  }

  /**
   * Registers a client; the same again changes nothing.
   *
   * @param expiresAt from when on it is refused; empty leaves one that exists as it is
   */
  public Change register(ClientRegistration registration, Optional<Instant> expiresAt)
      throws FormatException, IOException {
    requireSecretHalves(registration);
    synchronized (this) {
      refresh();
      if (clients.containsKey(registration.clientId())) {
        return isSo(registration, expiresAt) ? new Change.Unchanged() : new Change.Conflict();
      }
      return clients.size() >= ClientStore.CLIENTS_MAX
          ? new Change.Full()
          : put(registration, null, null, newGroup(), new ClientStanding(false, expiresAt), null);
    }
  }

  /** Replaces what is registered about a client; it keeps its secret where it still has one. */
  public Change update(ClientRegistration registration) throws FormatException, IOException {
    return update(registration, Optional.empty());
  }

  /**
   * The same of a client that was not changed meanwhile.
   *
   * @param version of the registration that is to be replaced; empty for whichever it has
   */
  public Change update(ClientRegistration registration, Optional<String> version)
      throws FormatException, IOException {
    requireSecretHalves(registration);
    synchronized (this) {
      refresh();
      @Nullable Client present = clients.get(registration.clientId());
      if (present == null) {
        return new Change.Unknown();
      }
      if (version.filter(one -> !one.equals(present.registration().version())).isPresent()) {
        return new Change.Outdated();
      }
      return present.registration().equals(registration)
          ? new Change.Unchanged()
          : put(
              registration,
              present.secretMac().orElse(null),
              present.oldSecretMac().orElse(null),
              present.group(),
              present.standing(),
              null);
    }
  }

  /**
   * Has a client refused from now on, or at a time, or admitted again. When it is disabled, its
   * tokens are to be revoked.
   *
   * @param change what it makes of the present standing, which no other change overtakes
   */
  public synchronized Change stand(String clientId, UnaryOperator<ClientStanding> change)
      throws IOException {
    refresh();
    @Nullable Client present = clients.get(clientId);
    if (present == null) {
      return new Change.Unknown();
    }
    ClientStanding standing = change.apply(present.standing());
    if (present.standing().equals(standing)) {
      return new Change.Unchanged();
    }
    boolean ends = standing.disabled() && !present.standing().disabled();
    return putAgain(
        present,
        present.secretMac().orElse(null),
        present.oldSecretMac().orElse(null),
        ends ? newGroup() : present.group(),
        standing,
        ends ? PendingRevocation.of(present.group(), clock.instant()) : null);
  }

  /** Ends the secret before the present one. */
  public synchronized Change dropOldSecret(String clientId) throws IOException {
    refresh();
    @Nullable Client present = clients.get(clientId);
    if (present == null || !present.method().hasSecret()) {
      return new Change.Unknown();
    }
    return present.oldSecretMac().isEmpty()
        ? new Change.Unchanged()
        : putAgain(
            present,
            present.secretMac().orElse(null),
            null,
            present.group(),
            present.standing(),
            null);
  }

  private GroupHandle newGroup() {
    byte[] handle = new byte[GroupHandle.BYTES];
    random.nextBytes(handle);
    return GroupHandle.of(handle);
  }

  /**
   * Gives a client a new secret. The old one ends, or counts until it is dropped or the next comes.
   *
   * @param keepsOld whether the old one still counts
   * @param isGroupNew whether its tokens carry another handle from then on, since those of the one
   *     before are revoked
   */
  public synchronized Change rotateSecret(String clientId, boolean keepsOld, boolean isGroupNew)
      throws IOException {
    refresh();
    @Nullable Client present = clients.get(clientId);
    if (present == null || !present.method().hasSecret()) {
      return new Change.Unknown();
    }
    return putAgain(
        present,
        null,
        keepsOld ? present.secretMac().orElse(null) : null,
        isGroupNew ? newGroup() : present.group(),
        present.standing(),
        isGroupNew ? PendingRevocation.of(present.group(), clock.instant()) : null);
  }

  private Change putAgain(
      Client present,
      @Nullable Hash mac,
      @Nullable Hash oldMac,
      GroupHandle group,
      ClientStanding standing,
      @Nullable PendingRevocation toRevoke)
      throws IOException {
    try {
      return put(present.registration(), mac, oldMac, group, standing, toRevoke);
    } catch (FormatException e) {
      throw new IllegalStateException("the registration was read before", e);
    }
  }

  /** Takes a client out; its tokens are to be revoked. */
  public synchronized Change remove(String clientId) throws IOException {
    refresh();
    @Nullable Client present = clients.get(clientId);
    if (present == null) {
      return new Change.Unknown();
    }
    PendingRevocation pending = PendingRevocation.of(present.group(), clock.instant());
    store.remove(clientId, pending, revision);
    revision++;
    this.pending = with(pending);
    Map<String, Client> rest = new HashMap<>(clients);
    rest.remove(clientId);
    clients = Map.copyOf(rest);
    browserOrigins = RedirectUris.browserOrigins(clients.values());
    return new Change.Made(null, pending);
  }

  /** The groups whose tokens are to be revoked still. */
  public List<PendingRevocation> pending() {
    return pending;
  }

  /** The tokens of a group are revoked. */
  public synchronized void revoked(PendingRevocation done) {
    store.revoked(done);
    pending = pending.stream().filter(one -> !one.equals(done)).toList();
  }

  private List<PendingRevocation> with(PendingRevocation one) {
    return Stream.concat(pending.stream(), Stream.of(one)).toList();
  }

  private Change put(
      ClientRegistration registration,
      @Nullable Hash mac,
      @Nullable Hash oldMac,
      GroupHandle group,
      ClientStanding standing,
      @Nullable PendingRevocation toRevoke)
      throws FormatException, IOException {
    @Nullable String secret = null;
    @Nullable Hash secretMac = null;
    if (registration.method().hasSecret()) {
      secretMac = mac;
      if (secretMac == null) {
        secret = SecretPepper.newSecret(random);
        secretMac = pepper.mac(secret.getBytes(StandardCharsets.US_ASCII));
      }
    }
    Client client =
        new Client(
            registration,
            secretMac,
            registration.method().hasSecret() ? oldMac : null,
            group,
            standing);
    if (hasNewKeys(registration)) {
      requireOwnPrimes(client);
    }
    store.put(client, clock.instant(), toRevoke, revision);
    revision++;
    if (toRevoke != null) {
      pending = with(toRevoke);
    }
    Map<String, Client> changed = new HashMap<>(clients);
    changed.put(client.id(), client);
    clients = Map.copyOf(changed);
    browserOrigins = RedirectUris.browserOrigins(clients.values());
    return new Change.Made(secret, toRevoke);
  }

  /** Keys that a client has already never prevent that it is disabled or loses scopes. */
  private boolean hasNewKeys(ClientRegistration registration) {
    @Nullable Client present = clients.get(registration.clientId());
    return present == null || !present.registration().jwks().equals(registration.jwks());
  }

  /** Takes seconds, in which others change clients: outside the lock. */
  private void requireSecretHalves(ClientRegistration registration) throws FormatException {
    if (hasNewKeys(registration)) {
      Client.keys(registration).requireSecretHalves();
    }
  }

  /** Refuses an RSA key that shares a prime with another client's: each gives the other away. */
  private void requireOwnPrimes(Client client) throws FormatException {
    List<BigInteger> others =
        clients.values().stream()
            .filter(other -> !other.id().equals(client.id()))
            .flatMap(other -> other.keys().moduli().stream())
            .toList();
    for (BigInteger modulus : client.keys().moduli()) {
      if (WeakRsa.sharesFactor(modulus, others)) {
        throw new FormatException(
            "a key of jwks shares a prime with a key of another client, so anybody can"
                + " compute both. Find out what created them, and create new ones");
      }
    }
  }

  @Override
  public void close() {
    uses.close();
    store.close();
  }
}
