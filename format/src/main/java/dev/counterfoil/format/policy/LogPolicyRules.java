package dev.counterfoil.format.policy;

import dev.counterfoil.format.bytes.Decimal;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.note.CosignerKey;
import dev.counterfoil.format.note.NoteKey;
import dev.counterfoil.format.policy.LogPolicy.Group;
import dev.counterfoil.format.policy.LogPolicy.PinnedLog;
import dev.counterfoil.format.policy.LogPolicy.Witness;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The rules of c2sp.org/tlog-policy, line by line. */
final class LogPolicyRules {
  private final List<PinnedLog> logs = new ArrayList<>();
  private final List<Witness> witnesses = new ArrayList<>();
  private final List<Group> groups = new ArrayList<>();
  private final Set<String> names = new HashSet<>();
  private final Set<String> members = new HashSet<>();
  private @Nullable String quorum;

  /** Takes a line; false when its keyword is none of the specification's. */
  boolean accept(List<String> words) throws FormatException {
    switch (words.get(0)) {
      case "log" -> {
        count(words, 2, 3);
        add(new PinnedLog(NoteKey.parse(words.get(1)), word(words, 2)));
      }
      case "witness" -> {
        count(words, 3, 4);
        add(new Witness(words.get(1), CosignerKey.parse(words.get(2)), word(words, 3)));
      }
      case "group" -> {
        count(words, 4, 3 + LogPolicy.LINES_MAX);
        List<String> listed = words.subList(3, words.size());
        add(new Group(words.get(1), threshold(words.get(2), listed.size()), listed));
      }
      case "quorum" -> {
        count(words, 2, 2);
        quorum(words.get(1));
      }
      default -> {
        return false;
      }
    }
    return true;
  }

  private static void count(List<String> words, int least, int most) throws FormatException {
    if (words.size() < least || words.size() > most) {
      throw new FormatException("wrong number of words after " + words.get(0));
    }
  }

  private static Optional<String> word(List<String> words, int index) {
    return index < words.size() ? Optional.of(words.get(index)) : Optional.empty();
  }

  private static int threshold(String word, int memberCount) throws FormatException {
    return switch (word) {
      case "all" -> memberCount;
      case "any" -> 1;
      default -> (int) Decimal.parse(word, memberCount);
    };
  }

  void add(PinnedLog log) throws FormatException {
    if (logs.stream().anyMatch(other -> other.key().publicKey().equals(log.key().publicKey()))) {
      throw new FormatException("another log line has this key");
    }
    checkUrl(log.url());
    checkRoom(logs);
    logs.add(log);
  }

  void add(Witness witness) throws FormatException {
    if (witnesses.stream().anyMatch(other -> other.key().isSameKeyAs(witness.key()))) {
      throw new FormatException("another witness line has this key");
    }
    checkUrl(witness.url());
    checkRoom(witnesses);
    define(witness.name());
    witnesses.add(witness);
  }

  void add(Group group) throws FormatException {
    int size = group.members().size();
    if (group.threshold() < 1 || group.threshold() > size) {
      throw new FormatException("threshold is not between 1 and the number of members");
    }
    for (String member : group.members()) {
      checkDefined(member);
      if (!members.add(member)) {
        throw new FormatException("a member stands in a group already");
      }
    }
    checkRoom(groups);
    define(group.name());
    groups.add(group);
  }

  void quorum(String name) throws FormatException {
    if (quorum != null) {
      throw new FormatException("the quorum is given twice");
    }
    if (!name.equals(LogPolicy.NONE)) {
      checkDefined(name);
    }
    quorum = name;
  }

  /** The policy; none without a quorum. */
  Optional<LogPolicy> policy() {
    return quorum == null
        ? Optional.empty()
        : Optional.of(new LogPolicy(logs, witnesses, groups, quorum));
  }

  /** The policy of a file that may leave out the quorum where it lists no witness. */
  Optional<LogPolicy> policyOrNoWitness() {
    return quorum == null && names.isEmpty()
        ? Optional.of(new LogPolicy(logs, List.of(), List.of(), LogPolicy.NONE))
        : policy();
  }

  private void define(String name) throws FormatException {
    if (!isWord(name) || name.equals(LogPolicy.NONE)) {
      throw new FormatException("not a name for a witness or a group");
    }
    if (!names.add(name)) {
      throw new FormatException("a witness or group has this name already");
    }
  }

  private void checkDefined(String name) throws FormatException {
    if (!names.contains(name)) {
      throw new FormatException("no witness or group of this name stands before");
    }
  }

  private static void checkUrl(Optional<String> url) throws FormatException {
    if (url.isPresent() && !isWord(url.get())) {
      throw new FormatException("not a URL");
    }
  }

  private static void checkRoom(List<?> lines) throws FormatException {
    if (lines.size() >= LogPolicy.LINES_MAX) {
      throw new FormatException("more than " + LogPolicy.LINES_MAX + " lines of this kind");
    }
  }

  private static boolean isWord(String text) {
    return !text.isEmpty() && text.chars().noneMatch(c -> c <= ' ' || c == 0x7f);
  }
}
