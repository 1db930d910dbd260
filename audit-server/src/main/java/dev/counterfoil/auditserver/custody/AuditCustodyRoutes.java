package dev.counterfoil.auditserver.custody;

import dev.counterfoil.audit.Auditor;
import dev.counterfoil.audit.access.AuditUnavailableException;
import dev.counterfoil.audit.restore.SealedRecords;
import dev.counterfoil.auditclient.Operation;
import dev.counterfoil.auditclient.RouteAudit;
import dev.counterfoil.auditserver.ReadRecord;
import dev.counterfoil.auditserver.RoutePlace;
import dev.counterfoil.custodian.issuer.RecordStreamWriter;
import dev.counterfoil.format.bytes.Decimal;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.bytes.StrictJson;
import dev.counterfoil.format.keylog.KeyCeiling;
import dev.counterfoil.format.keys.TokenId;
import dev.counterfoil.format.note.SignedNote;
import dev.counterfoil.http.answers.Answers;
import dev.counterfoil.http.answers.BearerCheck;
import dev.counterfoil.http.answers.Caller;
import dev.counterfoil.http.answers.RefusedRequestException;
import dev.counterfoil.http.listener.ClientAddress;
import dev.counterfoil.http.listener.Problem;
import dev.counterfoil.log.disk.RecordsGivenBackException;
import io.helidon.http.HeaderNames;
import io.helidon.http.Status;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;

/**
 * What a custodian of the audit log is given: its records, sealed as they lie in the journal
 * (spec/custody.md). The clients that the configuration names alone, each of the domain that it
 * names beside: a tenant and a scope are words of each domain's own issuer, and the records are of
 * every tenant of every domain, and say in plain whose each is.
 */
public final class AuditCustodyRoutes {
  private static final System.Logger LOG = System.getLogger(AuditCustodyRoutes.class.getName());

  /** The scope of custodians. */
  public static final String SCOPE = "counterfoil:custody";

  private static final String RECORDS = "/records";
  private static final String HELD = "/held";
  private static final String COUNTS = "/held/counts";
  private static final int COUNTS_BYTES_MAX = 2 * SignedNote.BYTES_MAX;
  private static final int STREAMS_MAX = 8;
  private static final int STREAMS_OF_ONE_MAX = 2;
  private static final int BUFFER_BYTES = 64 << 10;
  private static final Duration LOOKED_AT_EVERY = Duration.ofSeconds(5);

  /** Longest silence on a stream: a custodian tells by it that the other end is there. */
  private static final long SILENCE_MAX_MS = 1000;

  /** Between two heads: one sync of the custodian is for all that came meanwhile. */
  private static final long HEADS_EVERY_MS = 10;

  private final BearerCheck callers;
  private final Auditor auditor;
  private final AuditCustodians custodians;
  private final ReadRecord ownEvents;
  private final Semaphore all = new Semaphore(STREAMS_MAX);
  private final ConcurrentHashMap<String, Semaphore> ofOne = new ConcurrentHashMap<>();

  public AuditCustodyRoutes(
      BearerCheck callers, Auditor auditor, AuditCustodians custodians, ReadRecord ownEvents) {
    this.callers = callers;
    this.auditor = auditor;
    this.custodians = custodians;
    this.ownEvents = ownEvents;
  }

  /** The places below the log's own. */
  public List<RoutePlace> places(String log) {
    return List.of(
        RoutePlace.get(
            log + RECORDS, RouteAudit.events(Operation.AUDIT_RECORDS_READ), this::records),
        RoutePlace.get(
            log + HELD,
            RouteAudit.none("a custodian's word over a public checkpoint"),
            this::readHeld),
        RoutePlace.post(
            log + HELD, RouteAudit.none("a custodian's word over a public checkpoint"), this::held),
        RoutePlace.post(
            log + COUNTS,
            RouteAudit.none("a custodian's word on counts that this log has itself"),
            this::counts));
  }

  /** Who reads the records counts them, and what he says must be what this log counts itself. */
  private void counts(ServerRequest request, ServerResponse response)
      throws RefusedRequestException, IOException {
    if (!custodians.areAny()) {
      throw new RefusedRequestException(Problem.notFound());
    }
    Caller caller = allowed(request);
    byte[] bytes;
    try (InputStream body = request.content().inputStream()) {
      bytes = body.readNBytes(COUNTS_BYTES_MAX + 1);
    }
    try {
      JsonObject said = StrictJson.object(bytes, COUNTS_BYTES_MAX);
      said.allowOnly("statement", "secret");
      if (!custodians.takeCounts(
          said.string("statement").getBytes(StandardCharsets.UTF_8),
          Hash.parseBase64Url(said.string("secret")),
          caller)) {
        throw new RefusedRequestException(
            new Problem(
                403, "not-counted", "it is no custodian's statement of what this log has counted"),
            caller);
      }
    } catch (FormatException e) {
      throw new RefusedRequestException(
          Problem.malformed("the body is no statement with its secret"), caller);
    } catch (AuditUnavailableException e) {
      throw new RefusedRequestException(
          new Problem(
              503, "unavailable", "the counts cannot be compared now. Send them again later"),
          caller);
    }
    response.status(Status.ACCEPTED_202).send();
  }

  /** His cosignature is what admits a custodian: nothing is answered but whether it counts. */
  private void held(ServerRequest request, ServerResponse response)
      throws RefusedRequestException, IOException {
    if (!custodians.areAny()) {
      throw new RefusedRequestException(Problem.notFound());
    }
    byte[] bytes;
    try (InputStream body = request.content().inputStream()) {
      bytes = body.readNBytes(SignedNote.BYTES_MAX + 1);
    }
    if (bytes.length > SignedNote.BYTES_MAX) {
      throw new RefusedRequestException(
          Problem.tooLarge("a note has at most " + SignedNote.BYTES_MAX + " bytes"));
    }
    try {
      if (!custodians.take(SignedNote.parse(bytes))) {
        throw new RefusedRequestException(
            new Problem(
                403, "not-counted", "no line is a custodian's over a checkpoint of this log"));
      }
    } catch (FormatException e) {
      throw new RefusedRequestException(Problem.malformed("the body is no signed note"));
    }
    // Nobody waits for it: a word now and then is enough.
    response.status(Status.ACCEPTED_202).send();
  }

  private void readHeld(ServerRequest request, ServerResponse response)
      throws RefusedRequestException {
    SignedNote note =
        custodians.held().orElseThrow(() -> new RefusedRequestException(Problem.notFound()));
    response
        .header(HeaderNames.CONTENT_TYPE, "text/plain; charset=utf-8")
        .header(HeaderNames.CACHE_CONTROL, "no-cache")
        .send(note.bytes());
  }

  private void records(ServerRequest request, ServerResponse response)
      throws RefusedRequestException, IOException {
    if (!custodians.areAny()) {
      throw new RefusedRequestException(Problem.notFound());
    }
    Caller caller = allowed(request);
    SealedRecords records = auditor.sealedRecords();
    long from = from(request, records);
    Semaphore own = ofOne.computeIfAbsent(caller.name(), name -> new Semaphore(STREAMS_OF_ONE_MAX));
    if (!own.tryAcquire()) {
      throw tooMany(response, caller);
    }
    try {
      if (!all.tryAcquire()) {
        throw tooMany(response, caller);
      }
      try {
        ownEvents.read(
            Operation.AUDIT_RECORDS_READ,
            caller,
            ClientAddress.ofClient(request),
            "from position " + from);
        stream(from, records, request, response);
      } catch (RecordsGivenBackException e) {
        throw gone(records.begin());
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      } finally {
        all.release();
      }
    } finally {
      own.release();
    }
  }

  private Caller allowed(ServerRequest request) throws RefusedRequestException {
    Caller caller = Answers.caller(callers, request, SCOPE);
    if (!custodians.admits(caller)) {
      throw new RefusedRequestException(
          new Problem(
              403,
              "no-custodian",
              "only a client of tenant "
                  + KeyCeiling.OWN_TENANT
                  + " that audit-custodians names, of the domain that it names, may hold the audit"
                  + " log"),
          caller);
    }
    return caller;
  }

  private static long from(ServerRequest request, SealedRecords records)
      throws RefusedRequestException, IOException {
    long size = records.size();
    List<String> values = request.query().all("from", List::of);
    long from;
    try {
      if (values.size() != 1 || request.query().names().size() != 1) {
        throw new FormatException("from stands once, and nothing else");
      }
      from = Decimal.parse(values.getFirst(), TokenId.POSITION_LIMIT);
    } catch (FormatException e) {
      throw new RefusedRequestException(
          Problem.malformed("from is the position of the first record that is wanted"));
    }
    if (from > size) {
      throw new RefusedRequestException(
          new Problem(409, "ahead", "the audit log has " + size + " records"));
    }
    if (from < records.begin()) {
      throw gone(records.begin());
    }
    return from;
  }

  private static RefusedRequestException gone(long begin) {
    return new RefusedRequestException(
        new Problem(
            410,
            "deleted",
            "records before "
                + begin
                + " were deleted by policy. Begin with a copy of another custodian's folder"));
  }

  private static RefusedRequestException tooMany(ServerResponse response, Caller caller) {
    response.header(HeaderNames.RETRY_AFTER, "5");
    return new RefusedRequestException(
        new Problem(
            429,
            "too-many-streams",
            "too many streams: end one of your streams, or try again later"),
        caller);
  }

  /** The first piece is read before the answer begins: what fails then has a status of its own. */
  private void stream(
      long from, SealedRecords records, ServerRequest request, ServerResponse response)
      throws IOException, InterruptedException {
    SealedRecords.Piece piece = records.read(from, 0);
    response
        .header(HeaderNames.CONTENT_TYPE, RecordStreamWriter.MEDIA_TYPE)
        .header(HeaderNames.CACHE_CONTROL, "no-store");
    long next = from;
    long lookedAt = System.nanoTime();
    OutputStream out =
        new BufferedOutputStream(response.status(Status.OK_200).outputStream(), BUFFER_BYTES);
    RecordStreamWriter stream = new RecordStreamWriter(out);
    while (isWritten(piece, stream) && !auditor.isEnding()) {
      next += piece.count();
      if (System.nanoTime() - lookedAt > LOOKED_AT_EVERY.toNanos()) {
        if (!isStillAllowed(request)) {
          break;
        }
        lookedAt = System.nanoTime();
      }
      if (piece.head().length > 0) {
        Thread.sleep(HEADS_EVERY_MS);
      }
      try {
        piece = records.read(next, SILENCE_MAX_MS);
      } catch (RecordsGivenBackException e) {
        // He is told so when he asks again.
        break;
      }
    }
    close(out);
  }

  /** Whether a custodian is still there to read: he asks again where his line was cut. */
  private static boolean isWritten(SealedRecords.Piece piece, RecordStreamWriter stream) {
    try {
      write(piece, stream);
      return true;
    } catch (IOException | UncheckedIOException e) {
      LOG.log(System.Logger.Level.DEBUG, "a custodian is gone: {0}", e.getMessage());
      return false;
    }
  }

  private static void close(OutputStream out) {
    try {
      out.close();
    } catch (IOException | UncheckedIOException e) {
      LOG.log(System.Logger.Level.DEBUG, "a custodian is gone: {0}", e.getMessage());
    }
  }

  private static void write(SealedRecords.Piece piece, RecordStreamWriter stream)
      throws IOException {
    stream.packed(piece.packed());
    if (piece.head().length > 0) {
      stream.head(piece.head());
    }
    if (piece.count() == 0) {
      stream.pause();
    }
    stream.flush();
  }

  private boolean isStillAllowed(ServerRequest request) {
    try {
      allowed(request);
      return true;
    } catch (RefusedRequestException e) {
      // Who asks too much elsewhere is still who he was.
      return e.problem().status() == 429;
    }
  }
}
