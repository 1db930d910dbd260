package dev.counterfoil.format;

import java.net.URI;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The one file that a verifier starts from: whose word counts. Lines of a keyword and its
 * arguments; {@code #} starts a comment.
 *
 * <pre>
 * domain enterprise
 * issuer https://login.example
 * root   login.example/root+59ffb1d9+AQ...
 * log    login.example/logs/s1g1+0a1b2c3d+AQ...
 * </pre>
 *
 * @param domain the trust domain
 * @param issuer its issuer URL
 * @param root the root key, an Ed25519 vkey
 * @param logs log keys that are pinned; a log that is not listed is taken from the signed key set
 */
public record TrustPolicy(String domain, String issuer, NoteKey root, List<NoteKey> logs) {
  /** Longest policy accepted, in bytes. */
  public static final int BYTES_MAX = 64 * 1024;

  public TrustPolicy {
    logs = List.copyOf(logs);
    if (domain.isEmpty() || !isIssuer(issuer)) {
      throw new IllegalArgumentException("a policy has a domain and an http or https issuer URL");
    }
  }

  /**
   * Whether a text can be an issuer URL: http or https, a host, no query, no fragment (RFC 8414 2).
   */
  private static boolean isIssuer(String text) {
    try {
      URI uri = new URI(text);
      return uri.getHost() != null
          && (uri.getScheme().equals("https") || uri.getScheme().equals("http"))
          && uri.getRawUserInfo() == null
          && uri.getRawQuery() == null
          && uri.getRawFragment() == null;
    } catch (URISyntaxException e) {
      // Not a URL, so not one that can be an issuer.
      return false;
    }
  }

  /** Parses a policy file; errors name the line. */
  public static TrustPolicy parse(byte[] file) throws FormatException {
    if (file.length > BYTES_MAX) {
      throw new FormatException("policy is longer than " + BYTES_MAX + " bytes");
    }
    @Nullable String domain = null;
    @Nullable String issuer = null;
    @Nullable NoteKey root = null;
    List<NoteKey> logs = new ArrayList<>();
    int number = 0;
    for (String line : new String(file, StandardCharsets.UTF_8).split("\n", -1)) {
      number++;
      String content = line.strip();
      if (content.isEmpty() || content.startsWith("#")) {
        continue;
      }
      String[] words = content.split("\\s+", -1);
      if (words.length != 2) {
        throw new FormatException("policy line " + number + ": want a keyword and one argument");
      }
      try {
        switch (words[0]) {
          case "domain" -> domain = once(domain, words[1]);
          case "issuer" -> issuer = once(issuer, words[1]);
          case "root" -> root = once(root, NoteKey.parse(words[1]));
          case "log" -> logs.add(NoteKey.parse(words[1]));
          default -> throw new FormatException("unknown keyword");
        }
      } catch (FormatException e) {
        throw new FormatException("policy line " + number + ": " + e.getMessage(), e);
      }
    }
    if (domain == null || issuer == null || root == null) {
      throw new FormatException("policy must have domain, issuer and root");
    }
    try {
      return new TrustPolicy(domain, issuer, root, logs);
    } catch (IllegalArgumentException e) {
      throw new FormatException("policy's issuer is not an http or https URL", e);
    }
  }

  private static <T> T once(@Nullable T old, T value) throws FormatException {
    if (old != null) {
      throw new FormatException("keyword stands twice");
    }
    return value;
  }

  /** The root key as a JWK. */
  public PublicJwk rootKey() {
    return PublicJwk.ed25519(root.publicKey());
  }

  /** Whether a log of this origin is pinned with another key. */
  public boolean contradicts(NoteKey logKey) {
    return logs.stream()
        .anyMatch(pinned -> pinned.name().equals(logKey.name()) && !pinned.equals(logKey));
  }

  /** The file's text. */
  public String text() {
    StringBuilder text = new StringBuilder();
    text.append("domain ").append(domain).append('\n');
    text.append("issuer ").append(issuer).append('\n');
    text.append("root ").append(root).append('\n');
    logs.forEach(log -> text.append("log ").append(log).append('\n'));
    return text.toString();
  }
}
