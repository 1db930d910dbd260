package dev.counterfoil.http.answers;

import io.helidon.http.HeaderNames;
import io.helidon.http.Status;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.net.URI;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.Locale;
import java.util.Optional;

/**
 * What every part that serves pages does for browsers: cookies, redirects, and whose form it is.
 */
public final class Browsers {
  private static final String REFERENCE_LETTERS = "23456789BCDFGHJKMNPQRSTVWXYZ";
  private static final int REFERENCE_LENGTH = 10;

  private Browsers() {}

  /** Scheme, host and port of a URI, as in the header {@code Origin} (RFC 6454, 4 and 6.2). */
  public static String origin(URI uri) {
    String scheme = uri.getScheme().toLowerCase(Locale.ROOT);
    int usual = scheme.equals("https") ? 443 : 80;
    String port = uri.getPort() < 0 || uri.getPort() == usual ? "" : ":" + uri.getPort();
    return scheme + "://" + uri.getHost().toLowerCase(Locale.ROOT) + port;
  }

  /** Whether a request comes from a page of this origin, as far as the browser says. */
  public static boolean isFrom(ServerRequest request, String origin) {
    String site =
        request.headers().first(HeaderNames.create("Sec-Fetch-Site")).orElse("same-origin");
    String from = request.headers().first(HeaderNames.ORIGIN).orElse(origin);
    return site.equals("same-origin") && from.equals(origin);
  }

  /**
   * Sets a cookie for the whole host, out of reach of scripts and of other sites' forms.
   *
   * @param life empty for one that ends with the browser; zero takes it away
   */
  public static void setCookie(
      ServerResponse response,
      String name,
      String value,
      boolean isSecure,
      Optional<Duration> life) {
    response
        .headers()
        .add(
            HeaderNames.SET_COOKIE,
            name
                + "="
                + value
                + "; Path=/; HttpOnly; SameSite=Lax"
                + (isSecure ? "; Secure" : "")
                + life.map(of -> "; Max-Age=" + of.toSeconds()).orElse(""));
  }

  /** Sends the browser on, with GET. */
  public static void go(ServerResponse response, String to) {
    response
        .status(Status.SEE_OTHER_303)
        .header(HeaderNames.LOCATION, to)
        .header(HeaderNames.CACHE_CONTROL, "no-store")
        .send();
  }

  /** What a person reads out, and support finds in the process's log. */
  public static String reference(SecureRandom random) {
    StringBuilder made = new StringBuilder(REFERENCE_LENGTH);
    for (int i = 0; i < REFERENCE_LENGTH; i++) {
      made.append(REFERENCE_LETTERS.charAt(random.nextInt(REFERENCE_LETTERS.length())));
    }
    return made.toString();
  }
}
