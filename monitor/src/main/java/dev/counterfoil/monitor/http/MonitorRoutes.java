package dev.counterfoil.monitor.http;

import dev.counterfoil.auditclient.Operation;
import dev.counterfoil.auditclient.RouteAudit;
import dev.counterfoil.auditserver.ReadRecord;
import dev.counterfoil.auditserver.RoutePlace;
import dev.counterfoil.format.bytes.Decimal;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.bytes.StrictJson;
import dev.counterfoil.format.keylog.KeyCeiling;
import dev.counterfoil.format.word.Acknowledgement;
import dev.counterfoil.http.answers.Answers;
import dev.counterfoil.http.answers.BearerCheck;
import dev.counterfoil.http.answers.BodyRoom;
import dev.counterfoil.http.answers.Caller;
import dev.counterfoil.http.answers.RefusedRequestException;
import dev.counterfoil.http.answers.RequestMeters;
import dev.counterfoil.http.listener.ClientAddress;
import dev.counterfoil.http.listener.Problem;
import dev.counterfoil.http.listener.Watchers;
import dev.counterfoil.monitor.database.DatabaseFullException;
import dev.counterfoil.monitor.findings.FindingQuery;
import dev.counterfoil.monitor.findings.FindingStore;
import dev.counterfoil.monitor.issued.KeyReport;
import dev.counterfoil.monitor.judging.SightingBatch;
import dev.counterfoil.monitor.judging.SightingStore;
import dev.counterfoil.monitor.watching.AcknowledgementStore;
import io.helidon.http.HeaderNames;
import io.helidon.http.Status;
import io.helidon.webserver.http.Filter;
import io.helidon.webserver.http.HttpRouting;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.function.Supplier;

/** What the monitor answers over HTTP. */
public final class MonitorRoutes {
  /** The scope of reporters. */
  public static final String SIGHTINGS_SCOPE = "counterfoil:sightings";

  /** The scope of those who read findings. */
  public static final String FINDINGS_SCOPE = "counterfoil:findings";

  private static final String JSON = "application/json";

  /** Longest time for which an answer without a finding waits for one. */
  private static final int WAIT_SECONDS_MAX = 25;

  /** Most answers that wait at one time; others are empty at once. */
  private static final int WAITERS_MAX = 16;

  private final Answers answers;
  private final BearerCheck callers;
  private final SightingStore sightings;
  private final AcknowledgementStore acknowledgements;
  private final FindingStore findings;
  private final KeyReport report;
  private final MonitorMeters meters;
  private final Watchers watchers;
  private final InstantSource clock;
  private final int batchBytesMax;
  private final ReadRecord ownEvents;
  private final Supplier<List<String>> unready;
  private final Supplier<List<String>> auditLost;
  private final BiConsumer<Caller, SightingBatch> received;
  private final Filter refusals;
  private final List<RoutePlace> more;
  private final Consumer<HttpRouting.Builder> custody;
  private final BodyRoom room;
  private final Semaphore waiters = new Semaphore(WAITERS_MAX);

  /**
   * Makes the routes.
   *
   * @param watchers who reads the figures
   * @param ownEvents where it is recorded who reads
   * @param unready why the process is not ready; empty where it is
   * @param auditLost what is lost of the audit log; empty where it is the stated one
   * @param received told of sightings that were recorded
   * @param refusals keeps a record of who is refused
   * @param more what else is served here
   * @param custody adds the custodian's side, whose reading of tenants' own is an event
   */
  public MonitorRoutes(
      Answers answers,
      BearerCheck callers,
      SightingStore sightings,
      AcknowledgementStore acknowledgements,
      FindingStore findings,
      KeyReport report,
      MonitorMeters meters,
      Watchers watchers,
      InstantSource clock,
      int batchBytesMax,
      ReadRecord ownEvents,
      Supplier<List<String>> unready,
      Supplier<List<String>> auditLost,
      BiConsumer<Caller, SightingBatch> received,
      Filter refusals,
      List<RoutePlace> more,
      Consumer<HttpRouting.Builder> custody) {
    this.answers = answers;
    this.callers = callers;
    this.sightings = sightings;
    this.acknowledgements = acknowledgements;
    this.findings = findings;
    this.report = report;
    this.meters = meters;
    this.watchers = watchers;
    this.clock = clock;
    this.batchBytesMax = batchBytesMax;
    this.ownEvents = ownEvents;
    this.unready = unready;
    this.auditLost = auditLost;
    this.received = received;
    this.refusals = refusals;
    this.more = List.copyOf(more);
    this.custody = custody;
    this.room = BodyRoom.forBodiesOf(batchBytesMax);
  }

  /** Everything that has a path of its own here. */
  public List<RoutePlace> places() {
    RouteAudit process = RouteAudit.none("how the process is, and nothing of anybody");
    RouteAudit reports = RouteAudit.none("reports of verifiers, each kept in a record of its own");
    List<RoutePlace> all =
        new ArrayList<>(
            List.of(
                RoutePlace.post("/sightings", reports, this::takeSightings),
                RoutePlace.post("/acknowledgements", reports, this::takeAcknowledgement),
                RoutePlace.get(
                    "/findings", RouteAudit.events(Operation.FINDINGS_READ), this::listFindings),
                RoutePlace.get(
                    "/report/key/{kid}",
                    RouteAudit.events(Operation.KEY_REPORT_READ),
                    this::reportKey),
                RoutePlace.get("/health/live", process, (_, response) -> Answers.live(response)),
                RoutePlace.get("/health/ready", process, (request, response) -> ready(response)),
                RoutePlace.get("/metrics", process, this::metrics)));
    all.addAll(more);
    return all;
  }

  public void register(HttpRouting.Builder routing) {
    routing.addFilter(refusals);
    RoutePlace.register(routing, answers, places());
    custody.accept(routing);
    answers.refuseTheRest(routing);
  }

  private Caller caller(ServerRequest request, String scope) throws RefusedRequestException {
    return Answers.caller(callers, request, scope);
  }

  /**
   * Findings and reports tell of every tenant of a domain: they are for those who run it, and tell
   * them of no other domain.
   */
  static Caller operator(BearerCheck callers, ServerRequest request)
      throws RefusedRequestException {
    Caller caller = Answers.caller(callers, request, FINDINGS_SCOPE);
    if (!caller.tenant().equals(KeyCeiling.OWN_TENANT)) {
      throw new RefusedRequestException(
          new Problem(
              403,
              "foreign-tenant",
              "this tells of every tenant: it takes a token of tenant " + KeyCeiling.OWN_TENANT),
          caller);
    }
    return caller;
  }

  private void takeSightings(ServerRequest request, ServerResponse response)
      throws RefusedRequestException, IOException {
    Caller caller = caller(request, SIGHTINGS_SCOPE);
    try (BodyRoom.Taken _ =
        room.take(caller.name(), BodyRoom.lengthAtMost(request, batchBytesMax))) {
      takeSightings(caller, body(request, batchBytesMax), response);
    } catch (DatabaseFullException e) {
      response.header(HeaderNames.RETRY_AFTER, "5");
      throw new RefusedRequestException(
          new Problem(503, "database-full", "there is no room for the batch. Send it again later"),
          caller);
    }
  }

  private void takeSightings(Caller caller, byte[] body, ServerResponse response)
      throws RefusedRequestException, DatabaseFullException {
    SightingBatch batch;
    try {
      batch = SightingBatch.parse(body, batchBytesMax);
    } catch (FormatException e) {
      throw new RefusedRequestException(Problem.malformed(String.valueOf(e.getMessage())));
    }
    boolean fresh = sightings.record(caller.name(), batch, clock.instant());
    if (fresh) {
      meters.recorded(batch.sightings().size());
      received.accept(caller, batch);
    }
    Answers.send(
        response.status(Status.ACCEPTED_202),
        JsonObject.builder()
            .put("recorded", fresh ? batch.sightings().size() : 0)
            .put("repeated", !fresh)
            .build());
  }

  private void takeAcknowledgement(ServerRequest request, ServerResponse response)
      throws RefusedRequestException, IOException {
    Caller caller = caller(request, SIGHTINGS_SCOPE);
    Acknowledgement said;
    try {
      said =
          Acknowledgement.parse(
              StrictJson.object(
                  body(request, Acknowledgement.BYTES_MAX), Acknowledgement.BYTES_MAX));
    } catch (FormatException e) {
      throw new RefusedRequestException(Problem.malformed(String.valueOf(e.getMessage())));
    }
    if (!said.domain().equals(caller.domain())) {
      // A client of one domain has nothing to say on another.
      throw new RefusedRequestException(
          Problem.malformed("the acknowledgement is of another domain than its token"));
    }
    acknowledgements.take(caller.name(), said, clock.instant());
    Answers.send(
        response.status(Status.ACCEPTED_202), JsonObject.builder().put("taken", true).build());
  }

  /** A body of JSON, bounded. */
  private static byte[] body(ServerRequest request, int bytesMax)
      throws RefusedRequestException, IOException {
    boolean json =
        request
            .headers()
            .first(HeaderNames.CONTENT_TYPE)
            .filter(type -> type.split(";", 2)[0].strip().equalsIgnoreCase(JSON))
            .isPresent();
    if (!json) {
      throw new RefusedRequestException(Problem.notJson());
    }
    try (InputStream body = request.content().inputStream()) {
      byte[] bytes = body.readNBytes(bytesMax + 1);
      if (bytes.length > bytesMax) {
        throw new RefusedRequestException(
            Problem.tooLarge("a body has at most " + bytesMax + " bytes"));
      }
      return bytes;
    }
  }

  private void listFindings(ServerRequest request, ServerResponse response)
      throws RefusedRequestException {
    Caller caller = operator(callers, request);
    FindingStore.Query query;
    try {
      query = FindingQuery.parse(name -> parameter(request, name)).within(caller.domain());
    } catch (FormatException e) {
      throw new RefusedRequestException(Problem.malformed(String.valueOf(e.getMessage())));
    }
    ownEvents.read(
        Operation.FINDINGS_READ, caller, ClientAddress.ofClient(request), "after " + query.after());
    List<FindingStore.Kept> page = awaited(query, request);
    long next = page.isEmpty() ? query.after() : page.get(page.size() - 1).id();
    Answers.send(
        response,
        JsonObject.builder()
            .put("findings", page.stream().map(FindingStore.Kept::json).toList())
            .put("next", next)
            .build());
  }

  /** With {@code wait}, in seconds, an answer that would be empty waits for the first finding. */
  private List<FindingStore.Kept> awaited(FindingStore.Query query, ServerRequest request)
      throws RefusedRequestException {
    long wait;
    try {
      Optional<String> asked = parameter(request, "wait");
      wait = asked.isPresent() ? Decimal.parse(asked.get(), WAIT_SECONDS_MAX) : 0;
    } catch (FormatException e) {
      throw new RefusedRequestException(
          Problem.malformed("wait is 0 to " + WAIT_SECONDS_MAX + " seconds"));
    }
    long end = System.nanoTime() + Duration.ofSeconds(wait).toNanos();
    boolean mayWait = wait > 0 && waiters.tryAcquire();
    try {
      while (true) {
        long seen = findings.changes();
        List<FindingStore.Kept> page = findings.list(query);
        long left = end - System.nanoTime();
        if (!page.isEmpty() || !mayWait || left <= 0) {
          return page;
        }
        findings.await(seen, Duration.ofNanos(left));
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return List.of();
    } finally {
      if (mayWait) {
        waiters.release();
      }
    }
  }

  private static Optional<String> parameter(ServerRequest request, String name) {
    return request.query().contains(name)
        ? Optional.of(request.query().get(name))
        : Optional.empty();
  }

  private void reportKey(ServerRequest request, ServerResponse response)
      throws RefusedRequestException, IOException {
    Caller caller = operator(callers, request);
    KeyReport own = report.within(caller.domain());
    String kid = request.path().pathParameters().get("kid");
    ownEvents.read(
        Operation.KEY_REPORT_READ,
        caller,
        ClientAddress.ofClient(request),
        kid.substring(0, Math.min(kid.length(), 200)));
    response.header(HeaderNames.CONTENT_TYPE, "application/x-ndjson");
    try (OutputStream out = response.outputStream()) {
      own.write(
          kid,
          (domain, tenant) -> readTokens(new Caller(domain, caller.client(), tenant), request, kid),
          line -> out.write((line + "\n").getBytes(StandardCharsets.UTF_8)));
    }
  }

  /** The log of the tenant whose tokens are shown says so, too. */
  private void readTokens(Caller asIn, ServerRequest request, String kid) throws IOException {
    try {
      ownEvents.read(Operation.KEY_REPORT_READ, asIn, request.remotePeer().host(), kid);
    } catch (RefusedRequestException e) {
      // The answer has begun: it breaks off.
      throw new IOException(e.problem().detail(), e);
    }
  }

  private void ready(ServerResponse response) {
    List<String> why = unready.get();
    boolean now = why.isEmpty();
    Answers.send(
        response.status(now ? Status.OK_200 : Status.SERVICE_UNAVAILABLE_503),
        JsonObject.builder()
            .put("ready", now)
            .put("unready", why)
            .put("audit_lost", auditLost.get())
            .build());
  }

  private void metrics(ServerRequest request, ServerResponse response)
      throws RefusedRequestException {
    RequestMeters.show(meters.registry(), watchers, request, response);
  }
}
