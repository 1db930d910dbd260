package dev.counterfoil.installation;

import dev.counterfoil.format.KeySet;
import dev.counterfoil.format.KeyStatement;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A log of a signer that was stated after another one of it: the one that follows, or one that was
 * announced as its successor and never began, whose keys were resident beside those of the other.
 *
 * @param log its short name
 * @param kids its keys, without those of which no token is good any more
 */
record LaterLog(String log, List<String> kids) {
  private static final Pattern NAME = Pattern.compile("(.+)g([0-9]{1,9})");

  LaterLog {
    kids = List.copyOf(kids);
  }

  /** The later ones that have keys, in the order in which they were stated. */
  static List<LaterLog> after(String log, KeySet keys) {
    return keys.logs().stream()
        .map(KeySet.StatedLog::name)
        .filter(name -> signer(log).isPresent() && signer(name).equals(signer(log)))
        .filter(name -> number(name) > number(log))
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
    Matcher name = NAME.matcher(log);
    return name.matches() ? Optional.of(name.group(1)) : Optional.empty();
  }

  private static int number(String log) {
    Matcher name = NAME.matcher(log);
    return name.matches() ? Integer.parseInt(name.group(2)) : -1;
  }

  /** Whether it was stated before another one of the same signer. */
  boolean isBefore(String other) {
    return signer(other).equals(signer(log)) && number(log) < number(other);
  }

  /** What revokes its keys by hand. */
  String byHand() {
    return "counterfoil keys revoke " + String.join(" ", kids) + " --from 0";
  }
}
