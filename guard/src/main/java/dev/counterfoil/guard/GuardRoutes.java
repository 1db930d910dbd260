package dev.counterfoil.guard;

import dev.counterfoil.format.bytes.Decimal;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.guard.ForwardedRequest.OwnLine;
import dev.counterfoil.http.answers.RequestMeters;
import dev.counterfoil.http.listener.Watchers;
import dev.counterfoil.verifier.Verifier;
import io.helidon.http.HeaderName;
import io.helidon.http.HeaderNames;
import io.helidon.http.HeaderValues;
import io.helidon.http.Status;
import io.helidon.webserver.http.HttpRouting;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The guard's answers over HTTP. {@code /services/NAME} takes what X-Forwarded headers describe, as
 * nginx and Traefik ask; {@code /envoy/NAME/...} takes the request's own method and the path below,
 * as Envoy asks.
 */
final class GuardRoutes {
  private static final String SERVICES = "/services/";
  private static final String ENVOY = "/envoy/";
  private static final String LOGS = "/logs/";
  private static final String LEAVES = "/leaves";

  /** Longest that a neighbour's question for leaves is held back. */
  private static final long WAIT_MS_MAX = 5_000;

  /** Neighbours that are answered at one time: verifiers of one host. */
  private static final int NEIGHBOURS_MAX = 64;

  /** Answers to them under way at one time, 2 MiB each at most: a neighbour need not read. */
  private static final int BATCHES_MAX = 4;

  private static final long BATCH_WAIT_MS = 2_000;

  private static final String TEXT = "text/plain; charset=utf-8";

  private final GuardJudge judge;
  private final Watchers watchers;
  private final Verifier verifier;
  private final GuardMeters meters;
  private final Semaphore neighbours = new Semaphore(NEIGHBOURS_MAX);
  private final Semaphore batches = new Semaphore(BATCHES_MAX);

  GuardRoutes(GuardJudge judge, Watchers watchers, Verifier verifier, GuardMeters meters) {
    this.judge = judge;
    this.watchers = watchers;
    this.verifier = verifier;
    this.meters = meters;
  }

  /**
   * One route for everything, told apart by the path as it was sent. A router resolves dot segments
   * first, and what Envoy puts below its prefix is the client's: {@code /../../health/live} would
   * be answered by a 200, which lets it pass.
   */
  void register(HttpRouting.Builder routing) {
    routing.any(this::answer);
  }

  private void answer(ServerRequest request, ServerResponse response) {
    if (request.headers().contains(HeaderNames.TRANSFER_ENCODING)) {
      // A body of a length is refused by the listener; one without would be read to its end.
      send(
          response
              .status(Status.REQUEST_ENTITY_TOO_LARGE_413)
              .header(HeaderValues.CONNECTION_CLOSE),
          "a question has no body\n");
      return;
    }
    String path = request.prologue().uriPath().rawPath();
    if (path.startsWith(ENVOY)) {
      int end = path.indexOf('/', ENVOY.length());
      String name = path.substring(ENVOY.length(), end < 0 ? path.length() : end);
      answer(request, response, name, ownLine(request, end < 0 ? "/" : path.substring(end)));
    } else if (path.startsWith(SERVICES)) {
      answer(request, response, path.substring(SERVICES.length()), null);
    } else if (path.startsWith(LOGS) && path.endsWith(LEAVES)) {
      int end = Math.max(LOGS.length(), path.length() - LEAVES.length());
      leaves(request, response, path.substring(LOGS.length(), end));
    } else {
      switch (path) {
        case "/health/live" -> send(response, "live\n");
        case "/health/ready" -> ready(response);
        case "/metrics" -> metrics(request, response);
        default -> send(response.status(Status.NOT_FOUND_404), "not found\n");
      }
    }
  }

  private void answer(
      ServerRequest request, ServerResponse response, String name, @Nullable OwnLine own) {
    GuardAnswer answer =
        judge.answer(
            (InetSocketAddress) request.remotePeer().address(),
            name,
            header -> values(request, header),
            own);
    answer.headers().forEach((header, value) -> response.header(HeaderNames.create(header), value));
    send(response.status(Status.create(answer.status())), answer.text());
  }

  /** Leaves for the host's other verifiers (spec/leaves.md), which believe none of them. */
  private void leaves(ServerRequest request, ServerResponse response, String log) {
    if (!(request.remotePeer().address() instanceof InetSocketAddress peer)
        || !peer.getAddress().isLoopbackAddress()) {
      send(response.status(Status.FORBIDDEN_403), "leaves are for verifiers on this host\n");
      return;
    }
    if (!neighbours.tryAcquire()) {
      send(response.status(Status.SERVICE_UNAVAILABLE_503), "too many ask for leaves\n");
      return;
    }
    try {
      long from = Decimal.parse(request.query().first("from").orElse(""), Long.MAX_VALUE);
      String wait = request.query().first("wait").orElse("0ms");
      if (!wait.endsWith("ms")) {
        throw new FormatException("a wait in milliseconds ends in ms");
      }
      long waitMs = Decimal.parse(wait.substring(0, wait.length() - 2), WAIT_MS_MAX);
      verifier.awaitLeaf(log, from, Duration.ofMillis(waitMs));
      batch(response, log, from);
    } catch (FormatException e) {
      send(
          response.status(Status.BAD_REQUEST_400),
          "from is a position, and wait a time such as 500ms, up to 5 seconds\n");
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      send(response.status(Status.SERVICE_UNAVAILABLE_503), "the guard ends\n");
    } finally {
      neighbours.release();
    }
  }

  private void batch(ServerResponse response, String log, long from) throws InterruptedException {
    if (!batches.tryAcquire(BATCH_WAIT_MS, TimeUnit.MILLISECONDS)) {
      send(
          response.status(Status.SERVICE_UNAVAILABLE_503), "others read their leaves too slowly\n");
      return;
    }
    try {
      Optional<byte[]> batch = verifier.leaves(log, from, Duration.ZERO);
      if (batch.isEmpty()) {
        send(response.status(Status.NOT_FOUND_404), "no such leaves are held here\n");
        return;
      }
      response
          .header(HeaderNames.CONTENT_TYPE, "application/octet-stream")
          .header(HeaderNames.CACHE_CONTROL, "no-store")
          .send(batch.get());
    } finally {
      batches.release();
    }
  }

  private static OwnLine ownLine(ServerRequest request, String target) {
    List<String> hosts = values(request, HeaderNames.HOST.defaultCase());
    return new OwnLine(
        request.prologue().method().text(), target, hosts.size() == 1 ? hosts.getFirst() : null);
  }

  private static List<String> values(ServerRequest request, String header) {
    HeaderName name = HeaderNames.create(header);
    return request.headers().contains(name) ? request.headers().get(name).allValues() : List.of();
  }

  private void ready(ServerResponse response) {
    boolean ready = verifier.isReady();
    response.status(ready ? Status.OK_200 : Status.SERVICE_UNAVAILABLE_503);
    send(response, ready ? "ready\n" : "no fresh keys, or the policy's witnesses stay away\n");
  }

  /** They say which services are guarded, and how much of what they are asked is refused. */
  private void metrics(ServerRequest request, ServerResponse response) {
    if (!judge.isProxy(request.remotePeer().address()) && !watchers.isNamed(request)) {
      send(
          response.status(Status.FORBIDDEN_403),
          "this address is neither one of the proxies nor one of the watchers\n");
      return;
    }
    RequestMeters.send(meters.registry(), response);
  }

  private static void send(ServerResponse response, String text) {
    response
        .header(HeaderNames.CONTENT_TYPE, TEXT)
        .header(HeaderNames.CACHE_CONTROL, "no-store")
        .send(text.getBytes(StandardCharsets.UTF_8));
  }
}
