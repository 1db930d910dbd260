package dev.counterfoil.witness;

import dev.counterfoil.format.note.AddCheckpoint;
import dev.counterfoil.http.answers.Answers;
import dev.counterfoil.http.answers.RefusedRequestException;
import dev.counterfoil.http.answers.RequestMeters;
import dev.counterfoil.http.listener.FailedRequests;
import dev.counterfoil.http.listener.Problem;
import dev.counterfoil.http.listener.Watchers;
import io.helidon.http.HeaderNames;
import io.helidon.http.Method;
import io.helidon.http.Status;
import io.helidon.webserver.http.HttpRouting;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.regex.Pattern;

/**
 * The witness's answers over HTTP (c2sp.org/tlog-witness). Submission and monitoring prefix are the
 * listener's root.
 */
final class WitnessRoutes {
  /** The type of everything but a size. */
  static final String TEXT = "text/plain; charset=utf-8";

  private static final String SIZE = "text/x.tlog.size";
  private static final Pattern ORIGIN_HASH = Pattern.compile("[0-9a-f]{64}");

  private final CosigningDecision cosigning;
  private final CheckpointStore store;
  private final AcceptedLogs logs;
  private final WitnessMeters meters;
  private final Watchers watchers;
  private final Supplier<String> about;
  private final Consumer<Throwable> unknownState;
  private final Answers answers;

  /**
   * Makes the routes.
   *
   * @param watchers who reads the figures
   * @param about what {@code GET /} says
   * @param unknownState told when a decision failed: nobody knows whether it is recorded
   * @param failed counts requests that come to nothing
   */
  WitnessRoutes(
      CosigningDecision cosigning,
      CheckpointStore store,
      AcceptedLogs logs,
      WitnessMeters meters,
      Watchers watchers,
      Supplier<String> about,
      Consumer<Throwable> unknownState,
      FailedRequests failed) {
    this.cosigning = cosigning;
    this.store = store;
    this.logs = logs;
    this.meters = meters;
    this.watchers = watchers;
    this.about = about;
    this.unknownState = unknownState;
    this.answers = new Answers(Problem.Form.TEXT, null, failed);
  }

  Answers answers() {
    return answers;
  }

  void register(HttpRouting.Builder routing) {
    route(routing, Method.POST, "/add-checkpoint", this::addCheckpoint);
    route(routing, Method.GET, "/{hash}/checkpoint", this::checkpoint);
    route(routing, Method.GET, "/{hash}/fork", this::fork);
    route(routing, Method.GET, "/", (request, response) -> send(response, about.get()));
    route(routing, Method.GET, "/health/live", (request, response) -> send(response, "live\n"));
    route(routing, Method.GET, "/health/ready", (request, response) -> ready(response));
    route(routing, Method.GET, "/metrics", this::metrics);
    answers.refuseTheRest(routing);
  }

  private void route(
      HttpRouting.Builder routing, Method method, String path, Answers.Action action) {
    routing.any(path, answers.to(method, path, action));
  }

  private void addCheckpoint(ServerRequest request, ServerResponse response) throws IOException {
    byte[] body;
    try (InputStream content = request.content().inputStream()) {
      body = content.readNBytes(AddCheckpoint.BYTES_MAX + 1);
    }
    if (body.length > AddCheckpoint.BYTES_MAX) {
      response.header(HeaderNames.CONNECTION, "close");
      refuse(response, 413, "a request has at most " + AddCheckpoint.BYTES_MAX + " bytes");
      return;
    }
    long startedAt = System.nanoTime();
    WitnessAnswer answer;
    try {
      answer = cosigning.answer(body);
    } catch (RuntimeException | Error e) {
      unknownState.accept(e);
      throw e;
    }
    meters.answered(answer, Duration.ofNanos(System.nanoTime() - startedAt));
    switch (answer) {
      case WitnessAnswer.Cosigned cosigned -> send(response, cosigned.body());
      case WitnessAnswer.Malformed malformed -> refuse(response, 400, malformed.detail());
      case WitnessAnswer.UnknownLog unknown ->
          refuse(response, 404, "no log of this origin is cosigned here");
      case WitnessAnswer.NotSigned notSigned ->
          refuse(response, 403, "the checkpoint is not signed by a key of its log known here");
      case WitnessAnswer.OtherSize other -> {
        response.header(HeaderNames.CONTENT_TYPE, SIZE);
        response.status(Status.CONFLICT_409).send(utf8(other.held() + "\n"));
      }
      case WitnessAnswer.Inconsistent inconsistent ->
          refuse(
              response,
              422,
              inconsistent.fork()
                  ? "another root is held for this size, so the log shows two histories"
                  : "the proof does not lead from the held checkpoint to this one");
      case WitnessAnswer.ClockBehind behind ->
          refuse(response, 503, "the witness's clock is wrong. Ask again later");
    }
  }

  private void checkpoint(ServerRequest request, ServerResponse response) {
    String hash = request.path().pathParameters().get("hash");
    if (!ORIGIN_HASH.matcher(hash).matches()) {
      refuse(response, 404, "the path is /<hex SHA-256 of the origin>/checkpoint");
      return;
    }
    store
        .heldByHash(hash)
        .ifPresentOrElse(
            held -> send(response, held.note()),
            () -> refuse(response, 404, "no checkpoint of such a log was cosigned here"));
  }

  private void fork(ServerRequest request, ServerResponse response) {
    store
        .forkByHash(request.path().pathParameters().get("hash"))
        .ifPresentOrElse(
            fork -> send(response, fork.held() + "\n" + fork.offered()),
            () -> refuse(response, 404, "this log showed one history here"));
  }

  private void ready(ServerResponse response) {
    // Logs whose list could not be read again are cosigned as before: that is an alarm, not an end.
    response.status(logs.size() > 0 ? Status.OK_200 : Status.SERVICE_UNAVAILABLE_503);
    send(response, logs.size() > 0 ? "ready\n" : "no log is listed\n");
  }

  private void metrics(ServerRequest request, ServerResponse response)
      throws RefusedRequestException {
    RequestMeters.show(meters.registry(), watchers, request, response);
  }

  private static void refuse(ServerResponse response, int status, String detail) {
    send(response.status(Status.create(status)), detail + "\n");
  }

  private static void send(ServerResponse response, String text) {
    response
        .header(HeaderNames.CONTENT_TYPE, TEXT)
        .header(HeaderNames.CACHE_CONTROL, "no-store")
        .send(utf8(text));
  }

  private static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
