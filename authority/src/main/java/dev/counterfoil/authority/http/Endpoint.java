package dev.counterfoil.authority.http;

import io.helidon.http.HeaderNames;
import io.helidon.http.Method;
import io.helidon.webserver.http.Handler;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.util.List;
import java.util.stream.Collectors;

/**
 * What lies at one path: the methods that it takes, what it does, how it is counted. The one place
 * where a refusal becomes an answer.
 */
public record Endpoint(
    List<Method> methods, HttpAnswers answers, EndpointMeter meter, Action action)
    implements Handler {
  public Endpoint {
    methods = List.copyOf(methods);
  }

  /** Does the work and sends the answer, or refuses. */
  @FunctionalInterface
  public interface Action {
    void answer(ServerRequest request, ServerResponse response)
        throws RequestRefusedException, InterruptedException;
  }

  @Override
  public void handle(ServerRequest request, ServerResponse response) {
    long startedAt = System.nanoTime();
    try {
      if (!methods.contains(request.prologue().method())) {
        String allowed = methods.stream().map(Method::text).collect(Collectors.joining(", "));
        response.header(HeaderNames.ALLOW, allowed);
        throw new RequestRefusedException(
            OAuthError.of(
                OAuthError.Code.METHOD_NOT_ALLOWED, "this path takes " + allowed + " only"));
      }
      action.answer(request, response);
      meter.answered(startedAt);
    } catch (RequestRefusedException e) {
      meter.refused(startedAt, e.error().code());
      answers.refuse(response, e.error());
    } catch (InterruptedException e) {
      // The server is being stopped.
      Thread.currentThread().interrupt();
      meter.refused(startedAt, OAuthError.Code.TEMPORARILY_UNAVAILABLE);
      answers.refuse(response, SignerRefusals.unavailable());
    }
  }
}
