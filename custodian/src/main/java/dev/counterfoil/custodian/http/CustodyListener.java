package dev.counterfoil.custodian.http;

import dev.counterfoil.configuration.HostPort;
import dev.counterfoil.listener.ClientAddress;
import dev.counterfoil.listener.FailedRequests;
import dev.counterfoil.listener.HttpRefusal;
import dev.counterfoil.listener.Listener;
import io.helidon.webserver.http.HttpRouting;
import java.time.Duration;
import java.util.function.Consumer;

/** An HTTP listener with limits, of a custodian or of the monitor around one. */
public final class CustodyListener {
  private static final int REQUEST_LINE_MAX = 4 * 1024;
  private static final int HEADERS_MAX = 32 * 1024;
  private static final int CONNECTIONS_MAX = 4096;

  /** Longest time for a request to arrive, and for a connection to be idle between two. */
  public static final Duration READ_TIME_MAX = Duration.ofSeconds(30);

  private CustodyListener() {}

  /**
   * Starts it.
   *
   * @param bodyMax longest body
   * @param proxies trusted ones
   * @param readTimeMax longest time for a request to arrive, and for a connection to be idle
   *     between two
   */
  public static Listener start(
      HostPort address,
      long bodyMax,
      ClientAddress proxies,
      Duration readTimeMax,
      FailedRequests failed,
      Consumer<HttpRouting.Builder> routes) {
    return Listener.start(
        new Listener.Settings(
            address.resolve(),
            REQUEST_LINE_MAX,
            HEADERS_MAX,
            bodyMax,
            true,
            CONNECTIONS_MAX,
            readTimeMax,
            proxies),
        new ProblemForm(),
        failed,
        routes);
  }

  /** Refusals as problem details. */
  private static final class ProblemForm implements HttpRefusal.Form {
    @Override
    public String contentType() {
      return Problem.CONTENT_TYPE;
    }

    @Override
    public byte[] body(HttpRefusal refusal) {
      String code =
          switch (refusal.reason()) {
            case MALFORMED -> "malformed";
            case TOO_LARGE -> "too-large";
            case VERSION -> "http-version";
            case FAILED -> "failed";
          };
      return new Problem(refusal.status(), code, refusal.detail()).body();
    }
  }
}
