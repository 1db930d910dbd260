package dev.counterfoil.monitor;

import dev.counterfoil.format.FormatException;
import dev.counterfoil.format.Hash;
import dev.counterfoil.format.JsonObject;
import dev.counterfoil.format.KeySet;
import dev.counterfoil.format.KeySet.RevokedToken;
import dev.counterfoil.format.KeySet.StatedLog;
import dev.counterfoil.format.TrustPolicy;
import dev.counterfoil.monitor.Finding.Kind;
import dev.counterfoil.monitor.Finding.Severity;
import dev.counterfoil.monitor.Finding.Subject;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * One trust domain as the monitor knows it: its verified key set and its logs. Refreshed and
 * followed by one thread, read by any.
 */
final class FollowedDomain {
  /** How often the key set is looked at. */
  static final Duration KEY_SET_EVERY = Duration.ofSeconds(1);

  private static final System.Logger LOG = System.getLogger(FollowedDomain.class.getName());

  /** Makes the follower of a log that the key set names. */
  @FunctionalInterface
  interface FollowerFactory {
    LogFollower follow(StatedLog log) throws IOException;
  }

  private final String name;
  private final TrustPolicy policy;
  private final IssuerSource source;
  private final KnownKeys knownKeys;
  private final FindingSink findings;
  private final FollowerFactory factory;
  private final InstantSource clock;
  private final Map<String, LogFollower> followers = new ConcurrentHashMap<>();
  private final Map<RevokedToken, Instant> revokedSince = new ConcurrentHashMap<>();
  private final Map<String, Instant> withdrawnSince = new ConcurrentHashMap<>();

  private String lastJws = "";
  private Instant refreshAt = Instant.MIN;
  private volatile @Nullable KeySet keySet;

  FollowedDomain(
      String name,
      TrustPolicy policy,
      IssuerSource source,
      KnownKeys knownKeys,
      FindingSink findings,
      FollowerFactory factory,
      InstantSource clock) {
    this.name = name;
    this.policy = policy;
    this.source = source;
    this.knownKeys = knownKeys;
    this.findings = findings;
    this.factory = factory;
    this.clock = clock;
  }

  String name() {
    return name;
  }

  String issuer() {
    return policy.issuer();
  }

  /** The newest key set that was verified; empty before the first. */
  Optional<KeySet> keySet() {
    return Optional.ofNullable(keySet);
  }

  Map<String, LogFollower> followers() {
    return followers;
  }

  /** Refreshes the key set when it is time, then makes one step in every log. */
  LogFollower.Progress step() throws IOException {
    Instant now = clock.instant();
    if (!now.isBefore(refreshAt)) {
      refreshAt = now.plus(KEY_SET_EVERY);
      refresh(now);
    }
    LogFollower.Progress progress =
        keySet == null ? LogFollower.Progress.STUCK : LogFollower.Progress.LEVEL;
    for (LogFollower follower : followers.values()) {
      LogFollower.Progress one = follower.step();
      progress = one.compareTo(progress) < 0 ? one : progress;
    }
    return progress;
  }

  private void refresh(Instant now) throws IOException {
    KeySet fresh;
    try {
      String jws = source.keySet();
      if (jws.equals(lastJws)) {
        return;
      }
      fresh = KeySet.verify(jws, policy, now);
      lastJws = jws;
    } catch (IssuerUnavailableException | FormatException e) {
      LOG.log(System.Logger.Level.WARNING, "keys of domain {0}: {1}", name, e.getMessage());
      return;
    }
    KeySet before = keySet;
    if (before != null && fresh.version() < before.version()) {
      findings.raise(
          new Finding(
              Kind.KEY_SET_ROLLBACK,
              Severity.HIGH,
              name,
              Subject.of("version " + fresh.version()),
              now,
              1,
              "The issuer serves a key set that is older than one it served before: what was"
                  + " revoked since could be hidden from verifiers.",
              JsonObject.builder()
                  .put("before", before.version())
                  .put("now", fresh.version())
                  .build()));
      return;
    }
    take(fresh, now);
  }

  private void take(KeySet fresh, Instant now) throws IOException {
    fresh.keys().forEach(key -> knownKeys.remember(new KnownKey(name, key)));
    fresh.revokedTokens().forEach(token -> revokedSince.putIfAbsent(token, now));
    revokedSince.keySet().retainAll(fresh.revokedTokens());
    fresh.withdrawnKeys().forEach(kid -> withdrawnSince.putIfAbsent(kid, now));
    keySet = fresh;
    for (StatedLog log : fresh.logs()) {
      LogFollower known = followers.get(log.name());
      if (known == null) {
        followers.put(log.name(), factory.follow(log));
      } else if (!known.log().key().equals(log.key())) {
        // A log never changes its key: its tokens are judged by the key that was stated first.
        LOG.log(System.Logger.Level.ERROR, "log {0} is stated with another key", log.name());
      }
    }
  }

  /** How far a log is known. */
  Optional<LogView> view(String log) {
    return Optional.ofNullable(followers.get(log)).flatMap(LogFollower::view);
  }

  /** When a single token's revocation was first seen; empty when it is not revoked. */
  Optional<Instant> revokedSince(String log, long position) {
    return revokedSince.entrySet().stream()
        .filter(e -> e.getKey().log().equals(log) && e.getKey().position() == position)
        .map(Map.Entry::getValue)
        .findFirst();
  }

  /** When a key's withdrawal was first seen; empty when it is not withdrawn. */
  Optional<Instant> withdrawnSince(String kid) {
    return Optional.ofNullable(withdrawnSince.get(kid));
  }

  /** The counterfoil at a position that is held. */
  Optional<Counterfoil> counterfoil(String log, long position) throws IOException {
    LogFollower follower = followers.get(log);
    return follower == null ? Optional.empty() : follower.custody().counterfoil(position);
  }

  /** The digest in the log's own tile at a position, where it can be read. */
  Optional<Hash> loggedDigest(String log, long position, long size) {
    LogFollower follower = followers.get(log);
    return follower == null ? Optional.empty() : follower.loggedDigest(position, size);
  }

  /** Whether any log holds a digest. */
  boolean holds(Hash digest) throws IOException {
    for (LogFollower follower : followers.values()) {
      OptionalLong position = follower.custody().find(digest);
      if (position.isPresent()) {
        return true;
      }
    }
    return false;
  }
}
