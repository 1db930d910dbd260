package dev.counterfoil.installation;

import dev.counterfoil.format.KeySet;
import dev.counterfoil.format.KeyStatement;
import dev.counterfoil.format.LogName;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * A log of a signer that was stated after another one of it: the one that follows, one that was
 * announced as its successor and never began, whose keys were resident beside those of the other,
 * or a thief's own.
 *
 * @param log its short name
 * @param kids its keys, without those of which no token is good any more
 */
record LaterLog(String log, List<String> kids) {
  LaterLog {
    kids = List.copyOf(kids);
  }

  /** The later ones that have keys, in the order in which they were stated. */
  static List<LaterLog> after(String log, KeySet keys, Instant now) {
    List<String> stated = stated(keys);
    return stated.stream()
        .filter(name -> isLater(name, log, stated))
        .map(name -> new LaterLog(name, goodKeys(keys, name, now)))
        .filter(later -> !later.kids().isEmpty())
        .toList();
  }

  /** The names of all logs, in the order of the key log's entries. */
  private static List<String> stated(KeySet keys) {
    return keys.logs().stream().map(KeySet.StatedLog::name).toList();
  }

  /**
   * Whether a log is of another one's signer and later, by its number or by when it was stated: a
   * thief may have taken a number that the signer passed over.
   */
  private static boolean isLater(String name, String log, List<String> stated) {
    Optional<LogName> later = LogName.parse(name);
    Optional<LogName> first = LogName.parse(log);
    if (later.isEmpty() || first.isEmpty() || !later.get().owner().equals(first.get().owner())) {
      return false;
    }
    int from = stated.indexOf(log);
    return first.get().isBefore(later.get()) || (from >= 0 && from < stated.indexOf(name));
  }

  private static List<String> goodKeys(KeySet keys, String log, Instant now) {
    return keys.keys().stream()
        .filter(key -> key.log().equals(Optional.of(log)))
        .filter(key -> now.isBefore(key.verifyUntil()))
        .map(KeyStatement::kid)
        .filter(
            kid ->
                keys.revokedKeys().stream()
                    .noneMatch(revoked -> revoked.kid().equals(kid) && revoked.from() == 0))
        .toList();
  }

  /** What revokes its keys by hand. */
  String byHand() {
    return "counterfoil keys revoke " + String.join(" ", kids) + " --from 0";
  }
}
