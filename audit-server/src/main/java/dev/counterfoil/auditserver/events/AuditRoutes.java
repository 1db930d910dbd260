package dev.counterfoil.auditserver.events;

import dev.counterfoil.audit.Auditor;
import dev.counterfoil.audit.access.AuditBusyException;
import dev.counterfoil.audit.access.AuditDamagedException;
import dev.counterfoil.audit.access.AuditUnavailableException;
import dev.counterfoil.audit.access.Fence;
import dev.counterfoil.audit.access.Reader;
import dev.counterfoil.audit.access.TenantShares;
import dev.counterfoil.audit.bundle.AuditBundle;
import dev.counterfoil.audit.store.EventQuery;
import dev.counterfoil.auditclient.Operation;
import dev.counterfoil.auditclient.RouteAudit;
import dev.counterfoil.auditserver.ReadRecord;
import dev.counterfoil.auditserver.RoutePlace;
import dev.counterfoil.auditserver.issued.Cursor;
import dev.counterfoil.auditserver.issued.Issuances;
import dev.counterfoil.format.bytes.Decimal;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.keylog.KeyCeiling;
import dev.counterfoil.http.answers.Answers;
import dev.counterfoil.http.answers.BearerCheck;
import dev.counterfoil.http.answers.Caller;
import dev.counterfoil.http.answers.RefusedRequestException;
import dev.counterfoil.http.listener.ClientAddress;
import dev.counterfoil.http.listener.Problem;
import io.helidon.http.HeaderNames;
import io.helidon.http.Status;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The auditor's side over HTTP (docs/operate/audit-search.md). What sources send goes to {@link
 * IntakeRoutes}; a reader sees the tenant of his token and no other.
 */
public final class AuditRoutes {
  /** The scope of sources. */
  public static final String REPORT_SCOPE = "counterfoil:audit-report";

  /** The scope of those who search and export. */
  public static final String READ_SCOPE = "counterfoil:audit";

  /** The scope of those who see how many events each tenant has, and no event. */
  public static final String COUNTS_SCOPE = "counterfoil:custody-audit";

  /** The media type of lines of JSON. */
  static final String NDJSON = "application/x-ndjson";

  /** Below it the log is published. */
  public static final String LOG = "/audit/v1/log";

  private static final String SINCE = "since";

  /** Most answers at one time; the last place is for a tenant that has none. */
  private static final int ANSWERS_MAX = 16;

  /** Of them, of one tenant. */
  public static final int ANSWERS_OF_ONE_MAX = 4;

  private static final int STREAMS_MAX = 64;
  private static final int STREAMS_OF_ONE_MAX = 4;
  private static final int STREAM_BUFFER_BYTES = 64 << 10;

  private final ConcurrentHashMap<String, AtomicInteger> streams = new ConcurrentHashMap<>();
  private final Semaphore allStreams = new Semaphore(STREAMS_MAX);
  private final BearerCheck callers;
  private final Auditor auditor;
  private final Issuances issuances;
  private final EventPages pages;
  private final EventExport exports;
  private final ReadRecord ownEvents;
  private final IntakeRoutes intake;
  private final TenantShares answers;

  /**
   * Routes of the audit log.
   *
   * @param watch looks at what is reported as lines
   * @param answers room that they share with other long answers
   */
  public AuditRoutes(
      BearerCheck callers,
      Auditor auditor,
      Issuances issuances,
      EventPages pages,
      EventExport exports,
      int batchBytesMax,
      ReadRecord ownEvents,
      ReportWatch watch,
      TenantShares answers) {
    this.answers = answers;
    this.callers = callers;
    this.auditor = auditor;
    this.issuances = issuances;
    this.pages = pages;
    this.exports = exports;
    this.ownEvents = ownEvents;
    this.intake = new IntakeRoutes(callers, auditor, batchBytesMax, ownEvents, watch);
  }

  /**
   * Room for answers of up to some MiB: each is in memory until its reader has taken it, and a
   * tenant may have as many clients and connections as he likes. Whoever finds none is told to come
   * again.
   */
  public static TenantShares answers() {
    return new TenantShares("answers", ANSWERS_MAX, ANSWERS_OF_ONE_MAX, Duration.ZERO);
  }

  /** Everything that has a path of its own here. */
  public List<RoutePlace> places() {
    RouteAudit reports = RouteAudit.none("reports of sources: they are the events");
    RouteAudit itself = RouteAudit.none("how large the log is and under which key");
    List<RoutePlace> places =
        new ArrayList<>(
            List.of(
                RoutePlace.post("/audit/v1/events", reports, answered(intake::take)),
                RoutePlace.get(
                    "/audit/v1/events",
                    RouteAudit.events(Operation.AUDIT_SEARCH),
                    answered(this::search)),
                RoutePlace.get(
                    "/audit/v1/export",
                    RouteAudit.events(Operation.AUDIT_EXPORT),
                    answered(this::export)),
                RoutePlace.get(
                    "/audit/v1/stream",
                    RouteAudit.events(Operation.AUDIT_STREAM),
                    answered(this::stream)),
                RoutePlace.post("/audit/otlp/v1/logs", reports, answered(intake::takeOtlp)),
                RoutePlace.get(
                    "/audit/v1/quarantine",
                    RouteAudit.events(Operation.QUARANTINE_READ),
                    answered(intake::quarantine)),
                RoutePlace.get(
                    "/audit/v1/tenants",
                    RouteAudit.events(Operation.AUDIT_TENANTS_READ),
                    answered(this::tenants)),
                RoutePlace.get(LOG, itself, answered(this::log))));
    places.add(new PublicAuditLog(auditor.reader(), LOG).place());
    return places;
  }

  /** What is not recorded is not done: the caller may try again. */
  private static Answers.Action answered(Answers.Action action) {
    return (request, response) -> {
      try {
        action.answer(request, response);
      } catch (AuditUnavailableException e) {
        response.header(HeaderNames.RETRY_AFTER, "1");
        throw new RefusedRequestException(
            new Problem(503, "audit-unavailable", String.valueOf(e.getMessage())));
      } catch (AuditBusyException e) {
        response.header(HeaderNames.RETRY_AFTER, "5");
        throw new RefusedRequestException(busy(e));
      }
    };
  }

  /** A tenant has his share at one time, and waits for himself. */
  public static Problem busy(AuditBusyException e) {
    return new Problem(429, "too-many-at-once", String.valueOf(e.getMessage()));
  }

  private void search(ServerRequest request, ServerResponse response)
      throws RefusedRequestException, IOException {
    Caller caller = Answers.caller(callers, request, READ_SCOPE);
    EventPages.Asked asked = asked(request, Set.of());
    try (TenantShares.Share _ = answers.take(fence(caller))) {
      EventPages.Answer page = pages.page(fence(caller), asked, reader(caller, request));
      Answers.send(response, page.toJson(asked.query().newestFirst()));
    }
  }

  private void export(ServerRequest request, ServerResponse response)
      throws RefusedRequestException, IOException {
    Caller caller = Answers.caller(callers, request, READ_SCOPE);
    EventQuery query = query(request, Set.of(SINCE));
    Cursor since;
    try {
      since = EventExport.since(request.query().first(SINCE).asOptional());
    } catch (FormatException e) {
      throw new RefusedRequestException(Problem.malformed(String.valueOf(e.getMessage())));
    }
    if (since.position() > auditor.size()) {
      throw new RefusedRequestException(
          Problem.malformed("since begins with a size of the log: at most " + auditor.size()));
    }
    response.header(HeaderNames.CONTENT_TYPE, NDJSON).header(HeaderNames.CACHE_CONTROL, "no-store");
    // A bundle that breaks off has no last line, and does not check.
    LateStream out = new LateStream(response);
    try {
      exports.write(fence(caller), query, since, reader(caller, request), out);
    } catch (AuditDamagedException e) {
      damaged(out, String.valueOf(e.getMessage()));
    }
  }

  /** What is damaged is said in the answer's last line, or instead of an answer. */
  private static void damaged(LateStream out, String what)
      throws RefusedRequestException, IOException {
    if (!out.isOpen()) {
      throw new RefusedRequestException(new Problem(500, "audit-damaged", what));
    }
    out.write((AuditBundle.damaged(what) + "\n").getBytes(StandardCharsets.UTF_8));
    out.flush();
  }

  private void stream(ServerRequest request, ServerResponse response)
      throws RefusedRequestException, IOException {
    Caller caller = Answers.caller(callers, request, READ_SCOPE);
    EventPages.Asked asked = asked(request, Set.of("follow"));
    if (request.query().contains("order") || request.query().contains("limit")) {
      throw new RefusedRequestException(
          Problem.malformed("a stream is in the order of arrival and has no limit"));
    }
    boolean follow = follow(request);
    AtomicInteger own =
        streams.computeIfAbsent(
            caller.domain() + "/" + caller.client(), name -> new AtomicInteger());
    if (own.incrementAndGet() > STREAMS_OF_ONE_MAX || !allStreams.tryAcquire()) {
      own.decrementAndGet();
      response.header(HeaderNames.RETRY_AFTER, "5");
      throw new RefusedRequestException(
          new Problem(429, "too-many-streams", "end one of your streams, or try again later"),
          caller);
    }
    try (StreamLines lines = new StreamLines(response)) {
      response
          .header(HeaderNames.CONTENT_TYPE, NDJSON)
          .header(HeaderNames.CACHE_CONTROL, "no-store");
      new AuditStream(auditor, issuances)
          .write(
              fence(caller),
              asked,
              reader(caller, request),
              follow,
              () -> isStillAllowed(request),
              lines);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      own.decrementAndGet();
      allStreams.release();
    }
  }

  private boolean isStillAllowed(ServerRequest request) {
    try {
      Answers.caller(callers, request, READ_SCOPE);
      return true;
    } catch (RefusedRequestException e) {
      // Who asks too much elsewhere is still who he was.
      return e.problem().status() == 429;
    }
  }

  private static boolean follow(ServerRequest request) throws RefusedRequestException {
    String follow = request.query().first("follow").orElse("true");
    if (!follow.equals("true") && !follow.equals("false")) {
      throw new RefusedRequestException(Problem.malformed("follow is true or false"));
    }
    return follow.equals("true");
  }

  /** Lines of a response that is opened with the first of them. */
  private static final class StreamLines implements AuditStream.Lines, AutoCloseable {
    private final ServerResponse response;
    private @Nullable OutputStream out;

    StreamLines(ServerResponse response) {
      this.response = response;
    }

    @Override
    public void line(JsonObject line) throws IOException {
      OutputStream there = out;
      if (there == null) {
        there =
            new BufferedOutputStream(
                response.status(Status.OK_200).outputStream(), STREAM_BUFFER_BYTES);
        out = there;
      }
      there.write((line + "\n").getBytes(StandardCharsets.UTF_8));
    }

    @Override
    public void flush() throws IOException {
      if (out != null) {
        out.flush();
      }
    }

    @Override
    public void close() throws IOException {
      if (out != null) {
        out.close();
      }
    }
  }

  /** Opens the response with the first byte, so that what fails before has a status of its own. */
  private static final class LateStream extends OutputStream {
    private final ServerResponse response;
    private @Nullable OutputStream out;

    LateStream(ServerResponse response) {
      this.response = response;
    }

    boolean isOpen() {
      return out != null;
    }

    private OutputStream out() {
      OutputStream there = out;
      if (there == null) {
        there = new BufferedOutputStream(response.status(Status.OK_200).outputStream());
        out = there;
      }
      return there;
    }

    @Override
    public void write(int b) throws IOException {
      out().write(b);
    }

    @Override
    public void write(byte[] bytes, int from, int length) throws IOException {
      out().write(bytes, from, length);
    }

    /** Called once, at the end of the bundle. */
    @Override
    public void flush() throws IOException {
      out().close();
    }
  }

  private void log(ServerRequest request, ServerResponse response)
      throws RefusedRequestException, IOException {
    Answers.caller(callers, request, READ_SCOPE);
    Answers.send(
        response,
        JsonObject.builder()
            .put("key", auditor.key().toString())
            .put("size", auditor.size())
            .put(
                "checkpoint",
                auditor
                    .reader()
                    .published()
                    .map(published -> new String(published.note().bytes(), StandardCharsets.UTF_8))
                    .orElse(null))
            .build());
  }

  private static Fence fence(Caller caller) {
    return new Fence(caller.domain(), caller.tenant());
  }

  private static Reader reader(Caller caller, ServerRequest request) {
    return new Reader(
        caller.client(), caller.person(), Optional.of(ClientAddress.ofClient(request)));
  }

  /** Names of tenants of every domain: for one whom the whole installation trusts with them. */
  private void tenants(ServerRequest request, ServerResponse response)
      throws RefusedRequestException, IOException {
    Caller caller = Answers.caller(callers, request, COUNTS_SCOPE);
    if (!caller.tenant().equals(KeyCeiling.OWN_TENANT)) {
      throw new RefusedRequestException(
          new Problem(
              403,
              "other-tenants",
              "only a client of tenant " + KeyCeiling.OWN_TENANT + " may ask"),
          caller);
    }
    Optional<Long> size = number(request, "size");
    ownEvents.read(
        Operation.AUDIT_TENANTS_READ,
        caller,
        ClientAddress.ofClient(request),
        size.map(below -> "below " + below).orElse("all"));
    Answers.send(response, auditor.totals(size));
  }

  /** A size of the log, where the parameter is there. */
  private Optional<Long> number(ServerRequest request, String name) throws RefusedRequestException {
    if (!request.query().contains(name)) {
      return Optional.empty();
    }
    try {
      return Optional.of(Decimal.parse(request.query().get(name), auditor.size()));
    } catch (FormatException e) {
      throw new RefusedRequestException(
          Problem.malformed(name + " is a size of the log: at most " + auditor.size()));
    }
  }

  /** Reads what is asked for. */
  @FunctionalInterface
  private interface Parsing<T> {
    T parse(Function<String, Optional<String>> parameters) throws FormatException;
  }

  private static EventQuery query(ServerRequest request, Set<String> more)
      throws RefusedRequestException {
    return parsed(request, more, EventQuery::parse);
  }

  private static EventPages.Asked asked(ServerRequest request, Set<String> more)
      throws RefusedRequestException {
    return parsed(request, more, EventPages.Asked::parse);
  }

  private static <T> T parsed(ServerRequest request, Set<String> more, Parsing<T> parsing)
      throws RefusedRequestException {
    Set<String> names = request.query().names();
    for (String name : names) {
      if (!(EventQuery.PARAMETERS.contains(name) || more.contains(name))
          || request.query().all(name).size() != 1) {
        throw new RefusedRequestException(
            Problem.malformed(
                "a parameter stands once and is one of "
                    + String.join(", ", EventQuery.PARAMETERS.stream().sorted().toList())));
      }
    }
    try {
      return parsing.parse(
          name -> names.contains(name) ? Optional.of(request.query().get(name)) : Optional.empty());
    } catch (FormatException e) {
      throw new RefusedRequestException(Problem.malformed(String.valueOf(e.getMessage())));
    }
  }
}
