package dev.counterfoil.operations.containment;

import dev.counterfoil.format.keylog.KeySet;
import dev.counterfoil.format.keys.KeyStatement;
import dev.counterfoil.format.keys.LogName;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * A log of a signer beside another one of it: one of before, the one that follows, one that was
 * announced as its successor and never began, whose keys were resident beside those of the other,
 * or a thief's own.
 *
 * @param log its short name
 * @param kids its keys, without those of which no token is good any more
 * @param isLater whether it is later than the other, by its number or by when it was stated: a
 *     thief may have taken a number that the signer passed over
 */
record OtherLog(String log, List<String> kids, boolean isLater) {
  OtherLog {
    kids = List.copyOf(kids);
  }

  /**
   * Those of a signer that have keys, in the order in which they were stated.
   *
   * @param signer its name, by whoever asks and not by whoever answers
   */
  static List<OtherLog> beside(String signer, String log, KeySet keys, Instant now) {
    if (!LogName.isOf(signer, log)) {
      return List.of();
    }
    LogName named = LogName.parse(log).orElseThrow();
    List<String> stated = keys.logs().stream().map(KeySet.StatedLog::name).toList();
    return stated.stream()
        .filter(name -> !name.equals(log) && LogName.isOf(signer, name))
        .flatMap(name -> LogName.parse(name).stream())
        .map(
            other ->
                new OtherLog(
                    other.toString(),
                    goodKeys(keys, other.toString(), now),
                    isLater(other, named, stated)))
        .filter(other -> !other.kids().isEmpty())
        .toList();
  }

  private static boolean isLater(LogName other, LogName log, List<String> stated) {
    int from = stated.indexOf(log.toString());
    return log.isBefore(other) || (from >= 0 && from < stated.indexOf(other.toString()));
  }

  /** The keys of a log of which a token may be good, unless it is revoked. */
  static List<String> liveKeys(KeySet keys, String log, Instant now) {
    return keys.keys().stream()
        .filter(key -> key.log().equals(Optional.of(log)))
        .filter(key -> now.isBefore(key.verifyUntil()))
        .map(KeyStatement::kid)
        .toList();
  }

  /** Those that are not revoked from the first position on. */
  private static List<String> goodKeys(KeySet keys, String log, Instant now) {
    return liveKeys(keys, log, now).stream()
        .filter(
            kid ->
                keys.revokedKeys().stream()
                    .noneMatch(revoked -> revoked.kid().equals(kid) && revoked.from() == 0))
        .toList();
  }

  /**
   * Whether all its keys are revoked already from a position on.
   *
   * @param from the largest such position
   */
  boolean isTakenBack(KeySet keys, long from) {
    return kids.stream()
        .allMatch(
            kid ->
                keys.revokedKeys().stream()
                    .anyMatch(revoked -> revoked.kid().equals(kid) && revoked.from() <= from));
  }

  /** What revokes its keys by hand, from a position on. */
  String byHand(long from) {
    return "counterfoil keys revoke " + String.join(" ", kids) + " --from " + from;
  }
}
