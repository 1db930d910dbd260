package dev.counterfoil.console;

import dev.counterfoil.console.session.ConsoleSessions;
import dev.counterfoil.console.session.SignInDraft;
import dev.counterfoil.http.answers.Browsers;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * The console's cookies. On https each has the prefix {@code __Host-} (RFC 6265bis, 4.1.3.2): no
 * other host and no plain connection can set it.
 */
final class ConsoleCookies {
  private static final Pattern SECRET = Pattern.compile("[A-Za-z0-9_-]{43}");
  private static final Duration DRAFT_LIFE = Duration.ofMinutes(15);

  private final String origin;
  private final boolean secure;
  private final String session;
  private final String draft;

  ConsoleCookies(URI url) {
    origin = Browsers.origin(url);
    secure = origin.startsWith("https:");
    // Programs of one host share its cookies, whatever their ports are (RFC 6265bis, 8.5).
    String prefix = secure ? "__Host-counterfoil-console" : "counterfoil-console";
    session = prefix + "-session";
    draft = prefix + "-sign-in";
  }

  /** The secret of a request's session. */
  Optional<String> session(ServerRequest request) {
    return request
        .headers()
        .cookies()
        .first(session)
        .asOptional()
        .filter(value -> SECRET.matcher(value).matches());
  }

  void setSession(ServerResponse response, String secret) {
    set(response, session, secret, Optional.empty());
  }

  void endSession(ServerResponse response) {
    set(response, session, "", Optional.of(Duration.ZERO));
  }

  /** The sign-in that this browser began. */
  Optional<SignInDraft> draft(ServerRequest request) {
    return request.headers().cookies().first(draft).asOptional().flatMap(SignInDraft::parse);
  }

  void setDraft(ServerResponse response, SignInDraft begun) {
    set(response, draft, begun.cookie(), Optional.of(DRAFT_LIFE));
  }

  void endDraft(ServerResponse response) {
    set(response, draft, "", Optional.of(Duration.ZERO));
  }

  /** Whether a request comes from a page of this host, as far as the browser says. */
  boolean isFromHere(ServerRequest request) {
    return Browsers.isFrom(request, origin);
  }

  /** Whether a form was sent by a page that this session was shown. */
  boolean isOurs(ServerRequest request, String secret, String token) {
    return isFromHere(request)
        && MessageDigest.isEqual(
            ConsoleSessions.formToken(secret).getBytes(StandardCharsets.UTF_8),
            token.getBytes(StandardCharsets.UTF_8));
  }

  private void set(ServerResponse response, String name, String value, Optional<Duration> life) {
    Browsers.setCookie(response, name, value, secure, life);
  }
}
