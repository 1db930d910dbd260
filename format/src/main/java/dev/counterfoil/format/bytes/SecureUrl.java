package dev.counterfoil.format.bytes;

import java.net.URI;
import java.util.regex.Pattern;

/**
 * URLs of issuers, monitors and cosigners. Tokens, secrets and records go there, so that they have
 * https; plain http stays on this host.
 */
public final class SecureUrl {
  /** The last two are all addresses of a listener, at which it is reached from its own host. */
  private static final Pattern THIS_HOST =
      Pattern.compile(
          "localhost|127(\\.[0-9]{1,3}){3}|\\[::1\\]|0\\.0\\.0\\.0|\\[::\\]",
          Pattern.CASE_INSENSITIVE);

  private SecureUrl() {}

  /**
   * Checks a URL.
   *
   * @param key names it for the operator: where it stands
   * @return the same URL
   * @throws IllegalArgumentException saying what is wrong with it
   */
  public static URI require(String key, URI url) {
    boolean isHttp = "http".equalsIgnoreCase(url.getScheme());
    if ((!isHttp && !"https".equalsIgnoreCase(url.getScheme()))
        || url.getHost() == null
        || url.getRawUserInfo() != null
        || url.getRawQuery() != null
        || url.getRawFragment() != null) {
      throw new IllegalArgumentException(
          key + " is an http or https URL with a host, without user, query and fragment");
    }
    if (isHttp && !isThisHost(url)) {
      throw new IllegalArgumentException(
          key
              + " "
              + url
              + " is not encrypted: use https, with a proxy that speaks TLS in front; http is for"
              + " this host alone (127.0.0.1, [::1], localhost)");
    }
    return url;
  }

  /** The same for one whose addresses all begin at its root: a path would be lost. */
  public static URI requireOrigin(String key, URI url) {
    if (!require(key, url).getRawPath().isEmpty()) {
      throw new IllegalArgumentException(
          key + " is scheme, host and port alone, without a path or a slash at its end");
    }
    return url;
  }

  /**
   * Whether a URL that was checked names this host. No name is looked up: what it says later is for
   * others to choose.
   */
  public static boolean isThisHost(URI url) {
    return THIS_HOST.matcher(url.getHost()).matches();
  }
}
