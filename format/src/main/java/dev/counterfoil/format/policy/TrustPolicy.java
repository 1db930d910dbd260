package dev.counterfoil.format.policy;

import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.SecureUrl;
import dev.counterfoil.format.note.NoteKey;
import dev.counterfoil.format.policy.LogPolicy.PinnedLog;
import dev.counterfoil.format.root.RootPin;
import java.net.URI;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The one file that a verifier starts from: whose word counts. Lines of a keyword and its
 * arguments; {@code #} starts a comment.
 *
 * <pre>
 * domain enterprise
 * issuer https://login.example
 * root   1 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08
 * log    login.example/logs/s1g1+0a1b2c3d+AQ...
 * witness w1 witness.example/w1+6d8a1f0b+BA... https://witness.example
 * quorum w1
 * </pre>
 *
 * <p>The lines {@code log}, {@code witness}, {@code group} and {@code quorum} are those of
 * c2sp.org/tlog-policy. Without a witness the quorum may be left out.
 *
 * @param domain the trust domain
 * @param issuer its issuer URL
 * @param root one version of the root, by its hash: its keys and threshold, the versions before it
 *     and those that it leads to
 * @param logPolicy log keys that are pinned (a log that is not listed is taken from the signed key
 *     set), witnesses, and whose cosignatures a checkpoint needs
 */
public record TrustPolicy(String domain, String issuer, RootPin root, LogPolicy logPolicy) {
  /** Longest policy accepted, in bytes. */
  public static final int BYTES_MAX = LogPolicy.BYTES_MAX;

  public TrustPolicy {
    if (domain.isEmpty()) {
      throw new IllegalArgumentException("a policy has a domain");
    }
    // IllegalArgumentException where it is none; RFC 8414 2 says what an issuer's URL is.
    SecureUrl.require("issuer", URI.create(issuer));
  }

  /** A policy that pins these logs and asks for no cosignature. */
  public TrustPolicy(String domain, String issuer, RootPin root, List<NoteKey> logs) {
    this(
        domain,
        issuer,
        root,
        new LogPolicy(
            logs.stream().map(PinnedLog::new).toList(), List.of(), List.of(), LogPolicy.NONE));
  }

  /** Parses a policy file; errors name the line. */
  public static TrustPolicy parse(byte[] file) throws FormatException {
    Lines lines = new Lines();
    PolicyLines.read(file, lines::accept);
    if (lines.domain == null || lines.issuer == null || lines.root == null) {
      throw new FormatException("policy must have domain, issuer and root");
    }
    LogPolicy logPolicy =
        lines
            .rules
            .policyOrNoWitness()
            .orElseThrow(() -> new FormatException("policy has witnesses and no quorum"));
    try {
      return new TrustPolicy(lines.domain, lines.issuer, lines.root, logPolicy);
    } catch (IllegalArgumentException e) {
      throw new FormatException("policy: " + e.getMessage(), e);
    }
  }

  private static final class Lines {
    private final LogPolicyRules rules = new LogPolicyRules();
    private @Nullable String domain;
    private @Nullable String issuer;
    private @Nullable RootPin root;

    private void accept(List<String> words) throws FormatException {
      if (rules.accept(words)) {
        return;
      }
      if (words.size() == 3 && words.get(0).equals("root")) {
        root = once(root, RootPin.parse(words.get(1), words.get(2)));
        return;
      }
      if (words.size() != 2) {
        throw new FormatException("want a keyword and one argument");
      }
      String argument = words.get(1);
      switch (words.get(0)) {
        case "domain" -> domain = once(domain, argument);
        case "issuer" -> issuer = once(issuer, argument);
        case "root" -> throw new FormatException("want the root's version and the SHA-256 of it");
        default -> throw new FormatException("unknown keyword");
      }
    }

    private static <T> T once(@Nullable T old, T value) throws FormatException {
      if (old != null) {
        throw new FormatException("keyword stands twice");
      }
      return value;
    }
  }

  /** The log keys that are pinned. */
  public List<NoteKey> logs() {
    return logPolicy.logs().stream().map(PinnedLog::key).toList();
  }

  /** Whether a log of this origin is pinned, and not with this key. */
  public boolean contradicts(NoteKey logKey) {
    return logs().stream().anyMatch(pinned -> pinned.name().equals(logKey.name()))
        && !logs().contains(logKey);
  }

  /** The file's text. */
  public String text() {
    StringBuilder text = new StringBuilder();
    text.append("domain ").append(domain).append('\n');
    text.append("issuer ").append(issuer).append('\n');
    text.append("root ").append(root).append('\n');
    return text.append(logPolicy.text()).toString();
  }
}
