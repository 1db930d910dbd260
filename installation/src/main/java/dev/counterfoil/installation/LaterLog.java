package dev.counterfoil.installation;

import dev.counterfoil.format.KeySet;
import dev.counterfoil.format.KeyStatement;
import dev.counterfoil.format.LogName;
import java.util.List;
import java.util.Optional;

/**
 * A log of a signer that was stated after another one of it: the one that follows, or one that was
 * announced as its successor and never began, whose keys were resident beside those of the other.
 *
 * @param log its short name
 * @param kids its keys, without those of which no token is good any more
 */
record LaterLog(String log, List<String> kids) {
  LaterLog {
    kids = List.copyOf(kids);
  }

  /** The later ones that have keys, in the order in which they were stated. */
  static List<LaterLog> after(String log, KeySet keys) {
    return keys.logs().stream()
        .map(KeySet.StatedLog::name)
        .filter(name -> isBefore(log, name))
        .map(name -> new LaterLog(name, goodKeys(keys, name)))
        .filter(later -> !later.kids().isEmpty())
        .toList();
  }

  private static List<String> goodKeys(KeySet keys, String log) {
    return keys.keys().stream()
        .filter(key -> key.log().equals(Optional.of(log)))
        .map(KeyStatement::kid)
        .filter(
            kid ->
                keys.revokedKeys().stream()
                    .noneMatch(revoked -> revoked.kid().equals(kid) && revoked.from() == 0))
        .toList();
  }

  /** The signer whose log has this name; empty where it is no signer's. */
  static Optional<String> signer(String log) {
    return LogName.parse(log).map(LogName::owner);
  }

  private static boolean isBefore(String log, String other) {
    Optional<LogName> first = LogName.parse(log);
    Optional<LogName> second = LogName.parse(other);
    return first.isPresent() && second.isPresent() && first.get().isBefore(second.get());
  }

  /** Whether it was stated before another one of the same signer. */
  boolean isBefore(String other) {
    return isBefore(log, other);
  }

  /** What revokes its keys by hand. */
  String byHand() {
    return "counterfoil keys revoke " + String.join(" ", kids) + " --from 0";
  }
}
