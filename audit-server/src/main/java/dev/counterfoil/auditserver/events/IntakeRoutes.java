package dev.counterfoil.auditserver.events;

import com.github.luben.zstd.ZstdIOException;
import com.github.luben.zstd.ZstdInputStreamNoFinalizer;
import dev.counterfoil.audit.Auditor;
import dev.counterfoil.audit.access.Source;
import dev.counterfoil.audit.intake.IntakeAnswer;
import dev.counterfoil.audit.intake.OtlpLogs;
import dev.counterfoil.auditclient.Delivery;
import dev.counterfoil.auditclient.Operation;
import dev.counterfoil.auditserver.ReadRecord;
import dev.counterfoil.format.audit.AuditEvent;
import dev.counterfoil.format.bytes.Decimal;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.keylog.KeyCeiling;
import dev.counterfoil.http.answers.Answers;
import dev.counterfoil.http.answers.BearerCheck;
import dev.counterfoil.http.answers.BodyRoom;
import dev.counterfoil.http.answers.Caller;
import dev.counterfoil.http.answers.RefusedRequestException;
import dev.counterfoil.http.listener.ClientAddress;
import dev.counterfoil.http.listener.Problem;
import io.helidon.http.HeaderNames;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.zip.GZIPInputStream;
import java.util.zip.ZipException;

/**
 * What sources send (docs/integrate/audit-events.md): batches of events, as our own lines or as
 * OpenTelemetry has them, compressed or not, each of bounded length in bounded room. A source
 * reports for the tenant that its own token is for, and one of the installation's own tenant for
 * any of its domain.
 */
final class IntakeRoutes {
  private static final String JSON = "application/json";
  private static final String PROTOBUF = "application/x-protobuf";

  /** Largest window of zstd: 8 MiB, which RFC 9659 asks of every receiver. */
  private static final int ZSTD_WINDOW_LOG_MAX = 23;

  /** NDJSON in gzip (RFC 6713). */
  private static final String GZIP = "application/gzip";

  private final BearerCheck callers;
  private final Auditor auditor;
  private final int batchBytesMax;
  private final ReadRecord ownEvents;
  private final BodyRoom room;
  private final ReportWatch watch;

  IntakeRoutes(
      BearerCheck callers,
      Auditor auditor,
      int batchBytesMax,
      ReadRecord ownEvents,
      ReportWatch watch) {
    this.watch = watch;
    this.callers = callers;
    this.auditor = auditor;
    this.batchBytesMax = batchBytesMax;
    this.ownEvents = ownEvents;
    this.room = BodyRoom.forBodiesOf(batchBytesMax);
  }

  private static Source source(Caller caller) {
    return new Source(
        caller.domain(),
        caller.client(),
        caller.tenant().equals(KeyCeiling.OWN_TENANT)
            ? Optional.empty()
            : Optional.of(caller.tenant()));
  }

  /** A batch of events. */
  void take(ServerRequest request, ServerResponse response)
      throws RefusedRequestException, IOException {
    Caller caller = Answers.caller(callers, request, AuditRoutes.REPORT_SCOPE);
    Source source = source(caller);
    String type = type(request);
    // The media type of NDJSON in gzip, for those who cannot set an encoding.
    boolean zipped = type.equalsIgnoreCase(GZIP);
    if (!zipped && !type.equalsIgnoreCase(AuditRoutes.NDJSON)) {
      throw new RefusedRequestException(
          new Problem(
              415, "media-type", "send " + AuditRoutes.NDJSON + ", or the same as " + GZIP));
    }
    String encoding = encoding(request, zipped ? "gzip" : "identity");
    try (BodyRoom.Taken _ = room.take(source.name(), roomFor(request, encoding))) {
      byte[] body = body(request, encoding);
      long told = told(request, source);
      watch.look(source, body);
      Answers.send(response, taken(auditor.take(source, body, told)).toJson());
    } catch (RefusedRequestException e) {
      throw later(e, caller, response);
    }
  }

  /** Who is to come again is told when, and is on record by his name. */
  private static RefusedRequestException later(
      RefusedRequestException e, Caller caller, ServerResponse response) {
    if (e.problem().status() == 503 || e.problem().status() == 429) {
      response.header(HeaderNames.RETRY_AFTER, "1");
    }
    return new RefusedRequestException(e.problem(), caller);
  }

  /**
   * The last number that the source was told is recorded, of the stream of its first event; -1
   * where it does not say. Only of the domain's own processes: it comes to a finding.
   */
  private static long told(ServerRequest request, Source source) throws RefusedRequestException {
    Optional<String> header = request.headers().first(HeaderNames.create(Delivery.TOLD));
    if (header.isEmpty() || source.tenant().isPresent()) {
      return -1;
    }
    try {
      return Decimal.parse(header.get(), AuditEvent.NUMBER_MAX);
    } catch (FormatException e) {
      throw new RefusedRequestException(
          new Problem(400, "malformed", Delivery.TOLD + " is the number of an event"));
    }
  }

  private static String encoding(ServerRequest request, String without) {
    return request.headers().first(HeaderNames.CONTENT_ENCODING).orElse(without).strip();
  }

  /** How long the body may become in memory. */
  private long roomFor(ServerRequest request, String encoding) throws RefusedRequestException {
    return encoding.equals("identity")
        ? BodyRoom.lengthAtMost(request, batchBytesMax)
        : batchBytesMax;
  }

  /** Log records of OpenTelemetry: {@code OTEL_EXPORTER_OTLP_LOGS_ENDPOINT} is this. */
  void takeOtlp(ServerRequest request, ServerResponse response)
      throws RefusedRequestException, IOException {
    Caller caller = Answers.caller(callers, request, AuditRoutes.REPORT_SCOPE);
    Source source = source(caller);
    boolean isProtobuf = type(request).equalsIgnoreCase(PROTOBUF);
    if (!isProtobuf && !type(request).equalsIgnoreCase(JSON)) {
      throw new RefusedRequestException(
          new Problem(415, "media-type", "send OTLP as " + PROTOBUF + " or " + JSON));
    }
    String encoding = encoding(request, "identity");
    try (BodyRoom.Taken _ = room.take(source.name(), roomFor(request, encoding))) {
      byte[] body = body(request, encoding);
      OtlpLogs logs =
          isProtobuf
              ? OtlpLogs.parseProtobuf(body, batchBytesMax)
              : OtlpLogs.parse(body, batchBytesMax);
      List<IntakeAnswer.RefusedLine> refused = List.of();
      if (logs.events() > 0) {
        byte[] events = logs.ndjson();
        watch.look(source, events);
        refused = taken(auditor.take(source, events)).refused();
      }
      if (isProtobuf) {
        response
            .header(HeaderNames.CONTENT_TYPE, PROTOBUF)
            .header(HeaderNames.CACHE_CONTROL, "no-store")
            .send(logs.protobufAnswer(refused));
      } else {
        Answers.send(response, logs.answer(refused));
      }
    } catch (FormatException e) {
      throw new RefusedRequestException(Problem.malformed(String.valueOf(e.getMessage())));
    } catch (RefusedRequestException e) {
      throw later(e, caller, response);
    }
  }

  private static IntakeAnswer.Taken taken(IntakeAnswer answer) throws RefusedRequestException {
    return switch (answer) {
      case IntakeAnswer.Taken taken -> taken;
      case IntakeAnswer.Malformed malformed ->
          throw new RefusedRequestException(Problem.malformed(malformed.detail()));
      case IntakeAnswer.Again again ->
          throw new RefusedRequestException(
              new Problem(
                  again.tooMany() ? 429 : 503,
                  again.code(),
                  "send the same batch again. Nothing is recorded twice"));
    };
  }

  private static String type(ServerRequest request) {
    return request.headers().first(HeaderNames.CONTENT_TYPE).orElse("").split(";", 2)[0].strip();
  }

  /** The body, decompressed, of bounded length however it is compressed. */
  private byte[] body(ServerRequest request, String encoding)
      throws RefusedRequestException, IOException {
    try (InputStream raw = request.content().inputStream();
        InputStream body = decoded(raw, encoding)) {
      byte[] bytes = body.readNBytes(batchBytesMax + 1);
      if (bytes.length > batchBytesMax) {
        throw new RefusedRequestException(
            Problem.tooLarge("a batch has at most " + batchBytesMax + " bytes, decompressed"));
      }
      return bytes;
    } catch (ZipException | EOFException | ZstdIOException e) {
      throw new RefusedRequestException(Problem.malformed("the body is not " + encoding));
    }
  }

  private static InputStream decoded(InputStream raw, String encoding)
      throws RefusedRequestException, IOException {
    return switch (encoding.toLowerCase(Locale.ROOT)) {
      case "identity" -> raw;
      case "gzip" -> new GZIPInputStream(raw);
      case "zstd" -> {
        ZstdInputStreamNoFinalizer zstd = new ZstdInputStreamNoFinalizer(raw);
        zstd.setLongMax(ZSTD_WINDOW_LOG_MAX);
        yield zstd;
      }
      default ->
          throw new RefusedRequestException(
              new Problem(415, "content-encoding", "send gzip, zstd, or no Content-Encoding"));
    };
  }

  /** Events of the caller that were not taken. */
  void quarantine(ServerRequest request, ServerResponse response)
      throws RefusedRequestException, IOException {
    Caller caller = Answers.caller(callers, request, AuditRoutes.REPORT_SCOPE);
    Source source = source(caller);
    ownEvents.read(
        Operation.QUARANTINE_READ, caller, ClientAddress.ofClient(request), source.name());
    Answers.send(response, JsonObject.builder().put("events", auditor.quarantined(source)).build());
  }
}
