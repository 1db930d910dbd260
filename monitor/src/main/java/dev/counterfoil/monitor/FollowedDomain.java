package dev.counterfoil.monitor;

import dev.counterfoil.custodian.FollowedIssuer;
import dev.counterfoil.custodian.HeldToken;
import dev.counterfoil.custodian.LogFollower;
import dev.counterfoil.custodian.LogView;
import dev.counterfoil.custodian.SignerWord;
import dev.counterfoil.format.Hash;
import dev.counterfoil.format.KeyAlarm;
import dev.counterfoil.format.KeySet;
import java.io.IOException;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * One trust domain as the monitor knows it.
 *
 * @param followed its key set and logs, as the custodian holds them
 * @param history since when the key sets say what they say
 */
record FollowedDomain(FollowedIssuer followed, KeySetHistory history) {
  String name() {
    return followed.name();
  }

  String issuer() {
    return followed.issuer();
  }

  Optional<KeySet> keySet() {
    return followed.keySet();
  }

  List<KeyAlarm> keyAlarms() {
    return followed.keyAlarms();
  }

  Map<String, LogFollower> followers() {
    return followed.followers();
  }

  Optional<Hash> rootAt(String log, long size) throws IOException {
    return followed.rootAt(log, size);
  }

  /** How many entries of the key log were verified; 0 before the first. */
  long keyLogSize() {
    return keySet().map(KeySet::version).orElse(0L);
  }

  Optional<LogView> view(String log) {
    return followed.view(log);
  }

  /** How many counterfoils of a log are held, also while nobody answers for it. */
  long heldSize(String log) {
    LogFollower follower = followed.followers().get(log);
    return follower == null ? 0 : follower.heldSize();
  }

  Optional<HeldToken> counterfoil(String log, long position) throws IOException {
    return followed.counterfoil(log, position);
  }

  Optional<Hash> loggedDigest(String log, long position, long size) {
    return followed.loggedDigest(log, position, size);
  }

  /** What the authority says of a log's signer and a token; empty when it does not answer. */
  Optional<SignerWord> word(String log, Hash digest) {
    return followed.word(log, digest);
  }

  Optional<Hash> unvouchedDigest(String log, long position) throws IOException {
    return followed.unvouchedDigest(log, position);
  }

  /** When a log's signer answered last. */
  Instant answeredAt(String log) {
    return followed.answeredAt(log);
  }

  boolean holds(Hash digest) throws IOException {
    return followed.holds(digest);
  }

  Optional<Instant> revokedSince(String log, long position) {
    return history.revokedSince(log, position);
  }

  Optional<Instant> withdrawnSince(String kid) {
    return history.withdrawnSince(kid);
  }
}
