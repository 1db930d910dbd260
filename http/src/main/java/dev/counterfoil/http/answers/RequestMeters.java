package dev.counterfoil.http.answers;

import dev.counterfoil.http.listener.FailedRequests;
import dev.counterfoil.http.listener.Problem;
import dev.counterfoil.http.listener.Watchers;
import io.helidon.http.HeaderNames;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.prometheus.metrics.instrumentation.jvm.JvmMetrics;
import java.nio.charset.StandardCharsets;
import java.util.Objects;

/** What is counted of each process's requests for Prometheus, and how it is shown. */
public final class RequestMeters {
  private RequestMeters() {}

  /**
   * The meters of a process, to which it adds its own.
   *
   * @param malformed name of the count of requests that were not sound
   * @param failures name of the count of those at which the process failed
   */
  public static PrometheusMeterRegistry of(
      FailedRequests failed, String malformed, String failures) {
    PrometheusMeterRegistry registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
    // process_* and jvm_*, under the names that every Prometheus client gives them.
    JvmMetrics.builder().register(registry.getPrometheusRegistry());
    Gauge.builder("counterfoil.build.info", () -> 1)
        .description("1; the label has the version of this process")
        .tag("version", version())
        .register(registry);
    FunctionCounter.builder(malformed, failed, FailedRequests::malformed)
        .description("Requests that were no sound HTTP, or beyond a limit of the listener")
        .register(registry);
    FunctionCounter.builder(failures, failed, FailedRequests::failed)
        .description("Requests at which the process failed")
        .register(registry);
    return registry;
  }

  private static String version() {
    return Objects.requireNonNullElse(
        RequestMeters.class.getPackage().getImplementationVersion(), "unknown");
  }

  /** Shows them to a watcher. */
  public static void show(
      PrometheusMeterRegistry meters,
      Watchers watchers,
      ServerRequest request,
      ServerResponse response)
      throws RefusedRequestException {
    if (!watchers.admit(request)) {
      throw new RefusedRequestException(new Problem(403, "no-watcher", Watchers.REFUSAL));
    }
    send(meters, response);
  }

  /** Shows them to a caller that was let in. */
  public static void send(PrometheusMeterRegistry meters, ServerResponse response) {
    response
        .header(HeaderNames.CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")
        .send(meters.scrape().getBytes(StandardCharsets.UTF_8));
  }
}
