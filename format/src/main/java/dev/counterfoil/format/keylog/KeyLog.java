package dev.counterfoil.format.keylog;

import dev.counterfoil.format.keys.LogName;
import dev.counterfoil.format.note.NoteKey;
import dev.counterfoil.format.policy.TrustPolicy;
import java.net.URI;
import java.util.Optional;

/**
 * Names of a trust domain's key log: the registrar's log, in which everything that makes or ends
 * trust in a key stands in full (spec/keylog.md).
 */
public final class KeyLog {
  /** The short name; no token log has it. */
  public static final String NAME = LogName.KEY_LOG;

  private KeyLog() {}

  /** The origin: the issuer without its scheme, and the short name. */
  public static String origin(String issuer) {
    String url = withoutSlash(issuer);
    int scheme = url.indexOf("://");
    return (scheme < 0 ? url : url.substring(scheme + 3)) + "/logs/" + NAME;
  }

  /** Prefix of its tiles, without a trailing slash. */
  public static URI url(String issuer) {
    return URI.create(withoutSlash(issuer) + "/logs/" + NAME);
  }

  /** The key log's key, when the policy pins it. */
  public static Optional<NoteKey> pinnedBy(TrustPolicy policy) {
    String origin = origin(policy.issuer());
    return policy.logs().stream().filter(key -> key.name().equals(origin)).findFirst();
  }

  private static String withoutSlash(String issuer) {
    return issuer.endsWith("/") ? issuer.substring(0, issuer.length() - 1) : issuer;
  }
}
