package dev.counterfoil.signin;

import dev.counterfoil.format.bytes.Base64Url;
import dev.counterfoil.format.bytes.Hash;
import io.helidon.http.HeaderNames;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * The cookies of one issuer, and what makes its forms its own. On https each has the prefix {@code
 * __Host-} (RFC 6265bis, 4.1.3.2): no other host and no plain connection can set it.
 */
final class Cookies {
  /** Where a browser that has no form cookie yet keeps the one that its answer sets. */
  private record Fresh(String value) {}

  private static final Pattern SECRET = Pattern.compile("[A-Za-z0-9_-]{43}");
  private static final Pattern OTHER = Pattern.compile("[^A-Za-z0-9]+");
  private static final Duration KNOWN_LIFE = Duration.ofDays(365);

  private final boolean secure;
  private final String origin;
  private final String session;
  private final String form;
  private final String known;
  private final SecureRandom random;

  Cookies(URI issuer, SecureRandom random) {
    this.secure = issuer.getScheme().equals("https");
    this.origin = origin(issuer);
    // Issuers of one host share its cookies: each has names of its own.
    String path =
        OTHER.matcher(issuer.getRawPath() == null ? "" : issuer.getRawPath()).replaceAll("-");
    String prefix = (secure ? "__Host-counterfoil" : "counterfoil") + path;
    this.session = prefix + "-session";
    this.form = prefix + "-form";
    this.known = prefix + "-known";
    this.random = random;
  }

  /** Scheme, host and port of a URI, as in the header {@code Origin} (RFC 6454, 6.2). */
  static String origin(URI uri) {
    return uri.getScheme() + "://" + uri.getHost() + (uri.getPort() < 0 ? "" : ":" + uri.getPort());
  }

  /** The secret of a request's session. */
  Optional<String> session(ServerRequest request) {
    return value(request, session);
  }

  void setSession(ServerResponse response, String secret) {
    set(response, session, secret, Optional.empty());
  }

  void endSession(ServerResponse response) {
    set(response, session, "", Optional.of(Duration.ZERO));
  }

  /** The name of the person's browser, if they signed in here before. */
  Optional<String> known(ServerRequest request) {
    return value(request, known);
  }

  void setKnown(ServerResponse response, String value) {
    set(response, known, value, Optional.of(KNOWN_LIFE));
  }

  /** What ties forms to a browser; it gets one with the answer where it has none. */
  String form(ServerRequest request, ServerResponse response) {
    return value(request, form)
        .or(() -> request.context().get(Fresh.class).map(Fresh::value))
        .orElseGet(
            () -> {
              byte[] bytes = new byte[32];
              random.nextBytes(bytes);
              String value = Base64Url.encode(bytes);
              request.context().register(new Fresh(value));
              set(response, form, value, Optional.empty());
              return value;
            });
  }

  /** What a form carries, so that it is known to be ours: of the browser's cookie, and not it. */
  String token(ServerRequest request, ServerResponse response) {
    return token(form(request, response), session(request));
  }

  /** With the session, so that a form which was shown to one person is not another one's answer. */
  private static String token(String cookie, Optional<String> session) {
    return Hash.sha256(
            ("form " + cookie + " " + session.orElse("")).getBytes(StandardCharsets.UTF_8))
        .base64Url();
  }

  /**
   * Whether a form was sent by a page of ours to this browser.
   *
   * @param token that came with it
   */
  boolean isOurs(ServerRequest request, String token) {
    Optional<String> cookie = value(request, form);
    String site =
        request.headers().first(HeaderNames.create("Sec-Fetch-Site")).orElse("same-origin");
    String from = request.headers().first(HeaderNames.ORIGIN).orElse(origin);
    return cookie.isPresent()
        && site.equals("same-origin")
        && from.equals(origin)
        && MessageDigest.isEqual(
            token(cookie.get(), session(request)).getBytes(StandardCharsets.UTF_8),
            token.getBytes(StandardCharsets.UTF_8));
  }

  private Optional<String> value(ServerRequest request, String name) {
    return request
        .headers()
        .cookies()
        .first(name)
        .asOptional()
        .filter(value -> SECRET.matcher(value).matches());
  }

  private void set(ServerResponse response, String name, String value, Optional<Duration> life) {
    response
        .headers()
        .add(
            HeaderNames.SET_COOKIE,
            name
                + "="
                + value
                + "; Path=/; HttpOnly; SameSite=Lax"
                + (secure ? "; Secure" : "")
                + life.map(of -> "; Max-Age=" + of.toSeconds()).orElse(""));
  }
}
