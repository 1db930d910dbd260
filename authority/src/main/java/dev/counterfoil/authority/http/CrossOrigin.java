package dev.counterfoil.authority.http;

import io.helidon.http.Header;
import io.helidon.http.HeaderName;
import io.helidon.http.HeaderNames;
import io.helidon.http.HeaderValues;
import io.helidon.http.Method;
import io.helidon.http.Status;
import io.helidon.webserver.http.Handler;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/**
 * An endpoint that pages of some origins may ask from a browser (Fetch 3.2). Never with cookies:
 * what is answered is what everybody is answered who asks so.
 *
 * @param endpoint what answers
 * @param origins which may
 */
public record CrossOrigin(Endpoint endpoint, Predicate<String> origins) implements Handler {
  private static final int ORIGIN_MAX = 512;
  private static final HeaderName REQUEST_METHOD =
      HeaderNames.create("Access-Control-Request-Method");
  private static final HeaderName ALLOW_ORIGIN = HeaderNames.create("Access-Control-Allow-Origin");
  private static final HeaderName ALLOW_METHODS =
      HeaderNames.create("Access-Control-Allow-Methods");
  private static final Header ALLOW_HEADERS =
      HeaderValues.createCached(
          "Access-Control-Allow-Headers", "Authorization, Content-Type, DPoP");
  private static final Header MAX_AGE = HeaderValues.createCached("Access-Control-Max-Age", "600");
  private static final Header EXPOSE_HEADERS =
      HeaderValues.createCached("Access-Control-Expose-Headers", "WWW-Authenticate, Retry-After");
  private static final Header VARY = HeaderValues.createCached(HeaderNames.VARY, "Origin");

  @Override
  public void handle(ServerRequest request, ServerResponse response) {
    Optional<String> origin = request.headers().first(HeaderNames.ORIGIN);
    boolean isRead = request.prologue().method().equals(Method.GET);
    if (origin.isPresent() || isRead) {
      // Caches keep what one origin is answered from others.
      response.header(VARY);
    }
    if (origin.filter(text -> text.length() <= ORIGIN_MAX && origins.test(text)).isPresent()) {
      response.header(ALLOW_ORIGIN, origin.get());
      if (request.prologue().method().equals(Method.OPTIONS)
          && request.headers().contains(REQUEST_METHOD)) {
        response
            .status(Status.NO_CONTENT_204)
            .header(
                ALLOW_METHODS,
                endpoint.methods().stream().map(Method::text).collect(Collectors.joining(", ")))
            .header(ALLOW_HEADERS)
            .header(MAX_AGE)
            .send();
        return;
      }
      response.header(EXPOSE_HEADERS);
    }
    endpoint.handle(request, response);
  }
}
