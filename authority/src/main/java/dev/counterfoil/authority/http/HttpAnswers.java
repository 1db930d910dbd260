package dev.counterfoil.authority.http;

import io.helidon.http.Header;
import io.helidon.http.HeaderName;
import io.helidon.http.HeaderNames;
import io.helidon.http.HeaderValues;
import io.helidon.http.Status;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.net.URI;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** How answers are written. */
public final class HttpAnswers {
  public static final HeaderName DPOP = HeaderNames.create("DPoP");

  private static final Header JSON =
      HeaderValues.createCached(HeaderNames.CONTENT_TYPE, "application/json");
  private static final Header NO_STORE =
      HeaderValues.createCached(HeaderNames.CACHE_CONTROL, "no-store");
  // RFC 6749 5.1 names it beside Cache-Control, for caches of HTTP/1.0.
  private static final Header PRAGMA =
      HeaderValues.createCached(HeaderNames.create("Pragma"), "no-cache");

  private final Header basicChallenge;
  private final Header bearerChallenge;

  public HttpAnswers(URI issuer) {
    String realm = "realm=\"" + issuer.toString().replace("\\", "").replace("\"", "") + "\"";
    this.basicChallenge = HeaderValues.createCached(HeaderNames.WWW_AUTHENTICATE, "Basic " + realm);
    this.bearerChallenge =
        HeaderValues.createCached(HeaderNames.WWW_AUTHENTICATE, "Bearer " + realm);
  }

  /** A JSON body that nobody may keep. */
  public static void json(ServerResponse response, byte[] body) {
    response.header(JSON).header(NO_STORE).header(PRAGMA).send(body);
  }

  /** The same of another status than 200. */
  public static void json(ServerResponse response, int status, byte[] body) {
    json(response.status(Status.create(status)), body);
  }

  /** A refusal. */
  public void refuse(ServerResponse response, OAuthError error) {
    response.status(Status.create(error.code().status()));
    @Nullable Duration retryAfter = error.retryAfter();
    if (retryAfter != null) {
      response.header(HeaderNames.RETRY_AFTER, Long.toString(retryAfter.toSeconds()));
    }
    switch (error.code()) {
      case INVALID_CLIENT -> response.header(basicChallenge);
      case INVALID_TOKEN, INSUFFICIENT_SCOPE -> response.header(bearerChallenge);
      case TOO_SLOW, TOO_LARGE -> response.header(HeaderValues.CONNECTION_CLOSE);
      case INVALID_REQUEST,
          INVALID_GRANT,
          UNAUTHORIZED_CLIENT,
          UNSUPPORTED_GRANT_TYPE,
          INVALID_SCOPE,
          INVALID_TARGET,
          INVALID_DPOP_PROOF,
          UNSUPPORTED_TOKEN_TYPE,
          ACCESS_DENIED,
          METHOD_NOT_ALLOWED,
          NOT_FOUND,
          GONE,
          CONFLICT,
          OUTDATED,
          VERSION_REQUIRED,
          QUOTA,
          TEMPORARILY_UNAVAILABLE,
          SERVER_ERROR -> {
        // No header of their own.
      }
    }
    json(response, error.body());
  }

  /** A body that caches may keep for a while, with an ETag; 304 for whoever has it. */
  public static void cacheable(
      ServerRequest request,
      ServerResponse response,
      String contentType,
      String cacheControl,
      String etag,
      byte[] body) {
    response.header(HeaderNames.CACHE_CONTROL, cacheControl).header(HeaderNames.ETAG, etag);
    boolean known =
        request
            .headers()
            .first(HeaderNames.IF_NONE_MATCH)
            .filter(tags -> matches(tags, etag))
            .isPresent();
    if (known) {
      response.status(Status.NOT_MODIFIED_304).send();
    } else {
      response.header(HeaderNames.CONTENT_TYPE, contentType).send(body);
    }
  }

  // RFC 9110 13.1.2: a list of tags or an asterisk, compared weakly.
  private static boolean matches(String tags, String etag) {
    for (String tag : tags.split(",", -1)) {
      String stripped = tag.strip();
      if (stripped.equals("*") || stripped.equals(etag) || stripped.equals("W/" + etag)) {
        return true;
      }
    }
    return false;
  }
}
