package dev.counterfoil.format.policy;

import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.note.Checkpoint;
import dev.counterfoil.format.note.LogKey;
import java.util.ArrayList;
import java.util.List;

/**
 * A log that a witness cosigns.
 *
 * @param origin the first line of its checkpoints
 * @param key one that signs them
 */
public record ListedLog(String origin, LogKey key) {
  /** A log whose key has its name, as most have. */
  public ListedLog(LogKey key) {
    this(key.name(), key);
  }

  /**
   * Parses a list of logs: the lines of a policy (c2sp.org/tlog-policy) whose quorum may be left
   * out without a witness, where keys of all types that logs sign with may stand, and a line {@code
   * origin} after that of a log whose key has another name.
   *
   * <pre>
   * log sum.golang.org+033de0ae+Ac4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8
   * origin go.sum database tree
   * </pre>
   */
  public static List<ListedLog> parse(byte[] file) throws FormatException {
    Lines lines = new Lines();
    PolicyLines.read(file, lines::accept);
    if (lines.rules.policyOrNoWitness().isEmpty()) {
      throw new FormatException("policy has no quorum");
    }
    return List.copyOf(lines.logs);
  }

  private static final class Lines {
    private final LogPolicyRules rules = new LogPolicyRules();
    private final List<ListedLog> logs = new ArrayList<>();
    private boolean mayName;

    private void accept(List<String> words) throws FormatException {
      boolean isLog = words.get(0).equals("log");
      if (isLog) {
        add(words);
      } else if (words.get(0).equals("origin")) {
        name(String.join(" ", words.subList(1, words.size())));
      } else if (!rules.accept(words)) {
        throw new FormatException("unknown keyword");
      }
      mayName = isLog;
    }

    private void add(List<String> words) throws FormatException {
      if (words.size() < 2 || words.size() > 3) {
        throw new FormatException("wrong number of words after log");
      }
      LogKey key = LogKey.parse(words.get(1));
      if (logs.stream().anyMatch(other -> other.key.equals(key))) {
        throw new FormatException("another log line has this key");
      }
      if (logs.size() >= LogPolicy.LINES_MAX) {
        throw new FormatException("more than " + LogPolicy.LINES_MAX + " lines of this kind");
      }
      logs.add(new ListedLog(key));
    }

    private void name(String origin) throws FormatException {
      if (!mayName) {
        throw new FormatException("a line origin follows the line log that it is about");
      }
      if (!Checkpoint.isOrigin(origin)) {
        throw new FormatException("not an origin");
      }
      logs.set(logs.size() - 1, new ListedLog(origin, logs.get(logs.size() - 1).key));
    }
  }
}
