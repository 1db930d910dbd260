package dev.counterfoil.authority.clients;

import java.net.URI;
import java.net.URISyntaxException;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Where a browser may be sent. Texts are compared and never brought into another form. Pure. */
public final class RedirectUris {
  private static final int LENGTH_MAX = 512;

  /** RFC 8252 7.3: the port of these is the client's, and known at the time of the request. */
  private static final List<String> LOOPBACK = List.of("http://127.0.0.1", "http://[::1]");

  /** What a browser runs or reads itself. */
  private static final Set<String> FORBIDDEN =
      Set.of("javascript", "data", "file", "blob", "vbscript", "about");

  private RedirectUris() {}

  /** Whether one may be registered. */
  public static boolean isRegistrable(String uri) {
    if (uri.length() > LENGTH_MAX || !uri.chars().allMatch(c -> c > 0x20 && c < 0x7f)) {
      return false;
    }
    URI parsed;
    try {
      parsed = new URI(uri);
    } catch (URISyntaxException e) {
      return false;
    }
    @Nullable String scheme = parsed.getScheme();
    if (scheme == null
        || parsed.getRawFragment() != null
        || parsed.getRawUserInfo() != null
        || FORBIDDEN.contains(scheme.toLowerCase(Locale.ROOT))) {
      return false;
    }
    return switch (scheme) {
      case "https" -> parsed.getHost() != null;
      case "http" ->
          parsed.getHost() != null
              && Set.of("127.0.0.1", "[::1]", "localhost").contains(parsed.getHost());
      // RFC 8252 7.1: a reversed domain name.
      default -> scheme.indexOf('.') > 0;
    };
  }

  /**
   * The origins of applications that keep no secret and are admitted, as browsers send them in the
   * header {@code Origin} (RFC 6454 6.2): those of their redirect URIs.
   */
  static Set<String> browserOrigins(Collection<Client> clients) {
    Set<String> origins = new HashSet<>();
    for (Client client : clients) {
      if (client.method() == AuthenticationMethod.NONE && !client.standing().disabled()) {
        client.registration().signIn().redirectUris().stream()
            .filter(uri -> uri.startsWith("https://") || uri.startsWith("http://"))
            .map(uri -> origin(URI.create(uri)))
            .forEach(origins::add);
      }
    }
    return Set.copyOf(origins);
  }

  private static String origin(URI uri) {
    int usual = "https".equals(uri.getScheme()) ? 443 : 80;
    String port = uri.getPort() < 0 || uri.getPort() == usual ? "" : ":" + uri.getPort();
    return uri.getScheme() + "://" + uri.getHost().toLowerCase(Locale.ROOT) + port;
  }

  /** Whether one may be registered to which this authority itself sends something. */
  public static boolean isReachableByServer(String uri) {
    return (uri.startsWith("https://") || uri.startsWith("http://")) && isRegistrable(uri);
  }

  /** Whether a request may name this one: a registered text, or one with another loopback port. */
  public static boolean matches(List<String> registered, String asked) {
    if (registered.contains(asked)) {
      return true;
    }
    @Nullable String without = withoutPort(asked);
    return without != null && registered.stream().anyMatch(one -> without.equals(withoutPort(one)));
  }

  private static @Nullable String withoutPort(String uri) {
    for (String host : LOOPBACK) {
      if (!uri.startsWith(host)) {
        continue;
      }
      int at = host.length();
      if (at < uri.length() && uri.charAt(at) == ':') {
        at++;
        int from = at;
        while (at < uri.length() && uri.charAt(at) >= '0' && uri.charAt(at) <= '9') {
          at++;
        }
        if (at == from || at - from > 5) {
          return null;
        }
      }
      return at == uri.length() || uri.charAt(at) == '/' || uri.charAt(at) == '?'
          ? host + uri.substring(at)
          : null;
    }
    return null;
  }
}
