package dev.counterfoil.monitor.watching;

import dev.counterfoil.custodian.following.FollowedIssuer;
import dev.counterfoil.custodian.following.FollowedLogView;
import dev.counterfoil.custodian.following.LogFollower;
import dev.counterfoil.custodian.held.HeldToken;
import dev.counterfoil.custodian.issuer.IssuerUnavailableException;
import dev.counterfoil.custodian.issuer.SignerWord;
import dev.counterfoil.format.alarm.KeyAlarm;
import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.format.keylog.KeySet;
import dev.counterfoil.format.keys.TokenId;
import java.io.IOException;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;

/**
 * One trust domain as the monitor knows it.
 *
 * @param followed its key set and logs, as the custodian holds them
 * @param history since when the key sets say what they say
 */
public record FollowedDomain(FollowedIssuer followed, KeySetHistory history) {
  public String name() {
    return followed.name();
  }

  public String issuer() {
    return followed.issuer();
  }

  public Optional<KeySet> keySet() {
    return followed.keySet();
  }

  public Instant keysReadAt() {
    return followed.keysReadAt();
  }

  public List<KeyAlarm> keyAlarms() {
    return followed.keyAlarms();
  }

  public Map<String, LogFollower> followers() {
    return followed.followers();
  }

  public Optional<Hash> rootAt(String log, long size) throws IOException {
    return followed.rootAt(log, size);
  }

  /** How many entries of the key log were verified; 0 before the first. */
  long keyLogSize() {
    return keySet().map(KeySet::version).orElse(0L);
  }

  public Optional<FollowedLogView> view(String log) {
    return followed.view(log);
  }

  /** How many counterfoils of a log are held, also while nobody answers for it. */
  public long heldSize(String log) {
    LogFollower follower = followed.followers().get(log);
    return follower == null ? 0 : follower.heldSize();
  }

  public Optional<HeldToken> counterfoil(String log, long position) throws IOException {
    return followed.counterfoil(log, position);
  }

  public Optional<Hash> heldDigest(String log, long position) throws IOException {
    return followed.heldDigest(log, position);
  }

  public Optional<Hash> loggedDigest(String log, long position, long size) {
    return followed.loggedDigest(log, position, size);
  }

  /** What the authority says of a log's signer and a token; empty when it does not answer. */
  public Optional<SignerWord> word(String log, Hash digest) {
    return followed.word(log, digest);
  }

  public Optional<Hash> unvouchedDigest(String log, long position) throws IOException {
    return followed.unvouchedDigest(log, position);
  }

  /** When a log's signer answered last. */
  public Instant answeredAt(String log) {
    return followed.answeredAt(log);
  }

  /** Where one of these record logs has a digest; empty where none has, or nobody answers. */
  public Optional<TokenId> recorded(Hash digest, Predicate<String> logs) {
    try {
      return followed.recorded(digest, logs);
    } catch (IssuerUnavailableException e) {
      return Optional.empty();
    }
  }

  public boolean holds(Hash digest) throws IOException {
    return followed.holds(digest);
  }

  public Optional<Instant> revokedSince(String log, long position) {
    return history.revokedSince(log, position);
  }

  public Optional<Instant> withdrawnSince(String kid) {
    return history.withdrawnSince(kid);
  }

  /** The root of a log of one of them at a size, where it is followed that far. */
  public static Optional<Hash> rootAt(
      List<FollowedDomain> domains, String name, String log, long size) throws IOException {
    for (FollowedDomain domain : domains) {
      if (domain.name().equals(name)) {
        return domain.rootAt(log, size);
      }
    }
    return Optional.empty();
  }

  public static long keyLogSize(List<FollowedDomain> domains, String name) {
    return domains.stream()
        .filter(domain -> domain.name().equals(name))
        .mapToLong(FollowedDomain::keyLogSize)
        .findFirst()
        .orElse(0);
  }
}
