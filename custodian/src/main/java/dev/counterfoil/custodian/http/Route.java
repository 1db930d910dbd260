package dev.counterfoil.custodian.http;

import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.listener.ClientAddress;
import dev.counterfoil.listener.FailedRequests;
import io.helidon.http.HeaderNames;
import io.helidon.http.HeaderValues;
import io.helidon.http.Method;
import io.helidon.http.Status;
import io.helidon.webserver.http.Handler;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;

/** Answers requests of one method: the one place where refusals and failures become answers. */
public final class Route {
  /** Of all listeners of this process: what they fail at stands in one log. */
  public static final FailedRequests FAILED = new FailedRequests();

  private static final String JSON = "application/json";

  private Route() {}

  /** Answers one request or refuses it. */
  @FunctionalInterface
  public interface Action {
    void answer(ServerRequest request, ServerResponse response)
        throws RefusedRequestException, IOException;
  }

  /**
   * A handler for Helidon.
   *
   * @param path for the process's own log
   */
  public static Handler of(Method method, String path, Action action) {
    return (request, response) -> {
      if (!request.prologue().method().equals(method)) {
        response.header(HeaderNames.ALLOW, method.text());
        refuse(response, Problem.methodNotAllowed(method.text()));
        return;
      }
      try {
        action.answer(request, response);
      } catch (RefusedRequestException e) {
        // For whoever keeps a record of refusals.
        request.context().register(e);
        refuse(response, e.problem());
      } catch (BusyException e) {
        refuse(response, Problem.busy());
      } catch (IOException | RuntimeException e) {
        FAILED.failed(path, e);
        if (!response.isSent()) {
          refuse(response.header(HeaderValues.CONNECTION_CLOSE), Problem.failed());
        }
      }
    };
  }

  /** Sends a refusal. */
  public static void refuse(ServerResponse response, Problem problem) {
    response.status(Status.create(problem.status()));
    if (problem.status() == 401 || problem.status() == 403) {
      response.header(
          HeaderNames.WWW_AUTHENTICATE,
          "Bearer realm=\"counterfoil-monitor\", error=\"" + problem.code() + "\"");
    }
    if ((problem.status() == 429 || problem.status() == 503)
        && !response.headers().contains(HeaderNames.RETRY_AFTER)) {
      response.header(HeaderNames.RETRY_AFTER, "1");
    }
    if (problem.status() == 413) {
      response.header(HeaderNames.CONNECTION, "close");
    }
    response.header(HeaderNames.CONTENT_TYPE, Problem.CONTENT_TYPE).send(problem.body());
  }

  /** Sends an object. */
  public static void send(ServerResponse response, JsonObject body) {
    response
        .header(HeaderNames.CONTENT_TYPE, JSON)
        .header(HeaderNames.CACHE_CONTROL, "no-store")
        .send(body.toString().getBytes(StandardCharsets.UTF_8));
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
    if (header.length() < 8 || !header.substring(0, 7).toLowerCase(Locale.ROOT).equals("bearer ")) {
      throw new RefusedRequestException(Problem.unauthorized("the scheme is Bearer"));
    }
    return callers.caller(header.substring(7).strip(), scope, ClientAddress.ofClient(request));
  }
}
