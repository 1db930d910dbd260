package dev.counterfoil.http.answers;

import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.http.listener.ClientAddress;
import dev.counterfoil.http.listener.FailedRequests;
import dev.counterfoil.http.listener.Listener;
import dev.counterfoil.http.listener.Problem;
import io.helidon.http.HeaderNames;
import io.helidon.http.HeaderValues;
import io.helidon.http.Method;
import io.helidon.http.Status;
import io.helidon.webserver.http.Handler;
import io.helidon.webserver.http.HttpRouting;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.io.IOException;
import java.net.SocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * How one process answers: the one place where refusals and failures become answers.
 *
 * @param form of refusals
 * @param realm as which it asks for bearer tokens; null where it takes none
 * @param failed counts requests that come to nothing
 */
public record Answers(Problem.Form form, @Nullable String realm, FailedRequests failed) {
  /** Most connections of one that takes bearer tokens. */
  static final int CONNECTIONS_MAX = 4096;

  private static final int REQUEST_LINE_MAX = 4 * 1024;
  private static final int HEADERS_MAX = 32 * 1024;

  /** Longest time for a request to arrive, and for a connection to be idle between two. */
  public static final Duration READ_TIME_MAX = Duration.ofSeconds(30);

  private static final String JSON = "application/json";

  /** Answers one request or refuses it. */
  @FunctionalInterface
  public interface Action {
    void answer(ServerRequest request, ServerResponse response)
        throws RefusedRequestException, IOException;
  }

  /** Problem details, to those who show bearer tokens. */
  public static Answers toBearers(String realm) {
    return new Answers(Problem.Form.DETAILS, realm, new FailedRequests());
  }

  /**
   * Starts a listener.
   *
   * @param bodyMax longest body
   * @param proxies trusted ones
   * @param readTimeMax longest time for a request to arrive, and for a connection to be idle
   */
  public Listener listen(
      SocketAddress address,
      long bodyMax,
      ClientAddress proxies,
      Duration readTimeMax,
      Consumer<HttpRouting.Builder> routes) {
    return Listener.start(
        new Listener.Settings(
            address,
            REQUEST_LINE_MAX,
            HEADERS_MAX,
            bodyMax,
            true,
            CONNECTIONS_MAX,
            readTimeMax,
            proxies),
        form,
        failed,
        routes);
  }

  /**
   * Answers requests of one method.
   *
   * @param path for the process's own log
   */
  public Handler to(Method method, String path, Action action) {
    return (request, response) -> {
      if (!request.prologue().method().equals(method)) {
        response.header(HeaderNames.ALLOW, method.text());
        refuse(response, Problem.methodNotAllowed(method.text()));
        return;
      }
      try {
        action.answer(request, response);
      } catch (RefusedRequestException e) {
        // For whatever keeps a record of refusals.
        request.context().register(e);
        refuse(response, e.problem());
      } catch (BusyException e) {
        refuse(response, Problem.busy());
      } catch (IOException | RuntimeException e) {
        failed.failed(path, e);
        if (!response.isSent()) {
          refuse(response.header(HeaderValues.CONNECTION_CLOSE), Problem.failed());
        }
      }
    };
  }

  /** Refuses whatever no route has. */
  public void refuseTheRest(HttpRouting.Builder routing) {
    routing.any((_, response) -> refuse(response, Problem.notFound()));
  }

  /** Sends a refusal. */
  public void refuse(ServerResponse response, Problem problem) {
    response.status(Status.create(problem.status()));
    if (realm != null && (problem.status() == 401 || problem.status() == 403)) {
      response.header(
          HeaderNames.WWW_AUTHENTICATE,
          "Bearer realm=\"" + realm + "\", error=\"" + problem.code() + "\"");
    }
    if ((problem.status() == 429 || problem.status() == 503)
        && !response.headers().contains(HeaderNames.RETRY_AFTER)) {
      response.header(HeaderNames.RETRY_AFTER, "1");
    }
    if (problem.status() == 413) {
      response.header(HeaderValues.CONNECTION_CLOSE);
    }
    response
        .header(HeaderNames.CONTENT_TYPE, form.contentType())
        .header(HeaderNames.CACHE_CONTROL, "no-store")
        .send(form.body().apply(problem));
  }

  /** Sends an object. */
  public static void send(ServerResponse response, JsonObject body) {
    response
        .header(HeaderNames.CONTENT_TYPE, JSON)
        .header(HeaderNames.CACHE_CONTROL, "no-store")
        .send(body.toString().getBytes(StandardCharsets.UTF_8));
  }

  /** Says that the process lives. */
  public static void live(ServerResponse response) {
    send(response, JsonObject.builder().put("live", true).build());
  }

  /** The caller of a request, by its bearer token. */
  public static Caller caller(BearerCheck callers, ServerRequest request, String scope)
      throws RefusedRequestException {
    List<String> headers = request.headers().all(HeaderNames.AUTHORIZATION, List::of);
    if (headers.size() != 1) {
      throw new RefusedRequestException(
          Problem.unauthorized("send one Authorization header with a bearer token"));
    }
    String header = headers.get(0);
    int end = header.indexOf(' ');
    String scheme = header.substring(0, Math.max(0, end)).toLowerCase(Locale.ROOT);
    if (!scheme.equals("bearer") && !scheme.equals("dpop")) {
      throw new RefusedRequestException(Problem.unauthorized("the scheme is Bearer"));
    }
    // A forged token is looked at under both, as everywhere.
    Caller caller =
        callers.caller(header.substring(end).strip(), scope, ClientAddress.ofClient(request));
    if (!scheme.equals("bearer")) {
      throw new RefusedRequestException(Problem.unauthorized("the scheme is Bearer"));
    }
    return caller;
  }
}
