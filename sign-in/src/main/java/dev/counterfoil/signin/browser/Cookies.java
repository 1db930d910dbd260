package dev.counterfoil.signin.browser;

import dev.counterfoil.format.bytes.Base64Url;
import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.http.answers.Browsers;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.Objects;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * The cookies of one issuer, and what makes its forms its own. On https each has the prefix {@code
 * __Host-} (RFC 6265bis, 4.1.3.2): no other host and no plain connection can set it.
 */
public final class Cookies {
  /** Where a browser that has no form cookie yet keeps the one that its answer sets. */
  private record Fresh(String value) {}

  private static final Pattern SECRET = Pattern.compile("[A-Za-z0-9_-]{43}");
  private static final Pattern SESSION = Pattern.compile("[A-Za-z0-9_-]{43}\\.[A-Za-z0-9_-]{43}");
  private static final Pattern OTHER = Pattern.compile("[^A-Za-z0-9._~-]");
  private static final Pattern SEALED = Pattern.compile("[A-Za-z0-9_-]{1,3900}");
  private static final Pattern HOME = Pattern.compile("[1-9]");
  private static final Duration KNOWN_LIFE = Duration.ofDays(365);

  private final boolean secure;
  private final String origin;
  private final String session;
  private final String form;
  private final String known;
  private final String upstream;
  private final String home;
  private final SecureRandom random;

  public Cookies(URI issuer, SecureRandom random) {
    this.origin = Browsers.origin(issuer);
    this.secure = origin.startsWith("https:");
    String prefix = (secure ? "__Host-counterfoil" : "counterfoil") + place(issuer);
    this.session = prefix + "-session";
    this.form = prefix + "-form";
    this.known = prefix + "-known";
    this.upstream = prefix + "-upstream";
    this.home = prefix + "-home";
    this.random = random;
  }

  /**
   * Issuers of one host share its cookies, whatever their ports and paths are (RFC 6265bis, 8.5):
   * each has names of its own.
   */
  private static String place(URI issuer) {
    String path = Objects.requireNonNullElse(issuer.getRawPath(), "").replace("-", "--");
    return (issuer.getPort() < 0 ? "" : "." + issuer.getPort())
        + OTHER.matcher(path).replaceAll("-");
  }

  /** What its session's cookie is called. */
  public String sessionName() {
    return session;
  }

  /** The secret of a request's session. */
  public Optional<String> session(ServerRequest request) {
    return cookie(request, session).filter(value -> SESSION.matcher(value).matches());
  }

  /** The part of it that stays, so that a form outlives the part that turns. */
  private Optional<String> staying(ServerRequest request) {
    return session(request).map(value -> value.substring(0, value.indexOf('.')));
  }

  public void setSession(ServerResponse response, String secret) {
    set(response, session, secret, Optional.empty());
  }

  public void endSession(ServerResponse response) {
    set(response, session, "", Optional.of(Duration.ZERO));
  }

  /** The name of the person's browser, if they signed in here before. */
  public Optional<String> known(ServerRequest request) {
    return value(request, known);
  }

  public void setKnown(ServerResponse response, String value) {
    set(response, known, value, Optional.of(KNOWN_LIFE));
  }

  /** What a browser takes to another provider and back. */
  public Optional<String> upstream(ServerRequest request) {
    return cookie(request, upstream).filter(value -> SEALED.matcher(value).matches());
  }

  public void setUpstream(ServerResponse response, String value) {
    set(response, upstream, value, Optional.of(Challenges.LIFE));
  }

  public void endUpstream(ServerResponse response) {
    set(response, upstream, "", Optional.of(Duration.ZERO));
  }

  /** Which authority of several a browser belongs to. */
  public Optional<Integer> home(ServerRequest request) {
    return cookie(request, home)
        .filter(value -> HOME.matcher(value).matches())
        .map(Integer::valueOf);
  }

  public void setHome(ServerResponse response, int number) {
    set(response, home, Integer.toString(number), Optional.empty());
  }

  /** What ties forms to a browser; it gets one with the answer where it has none. */
  public String form(ServerRequest request, ServerResponse response) {
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
  public String token(ServerRequest request, ServerResponse response) {
    return token(form(request, response), staying(request));
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
  public boolean isOurs(ServerRequest request, String token) {
    Optional<String> cookie = value(request, form);
    return cookie.isPresent()
        && Browsers.isFrom(request, origin)
        && MessageDigest.isEqual(
            token(cookie.get(), staying(request)).getBytes(StandardCharsets.UTF_8),
            token.getBytes(StandardCharsets.UTF_8));
  }

  private static Optional<String> cookie(ServerRequest request, String name) {
    return request.headers().cookies().first(name).asOptional();
  }

  private static Optional<String> value(ServerRequest request, String name) {
    return cookie(request, name).filter(value -> SECRET.matcher(value).matches());
  }

  private void set(ServerResponse response, String name, String value, Optional<Duration> life) {
    Browsers.setCookie(response, name, value, secure, life);
  }
}
