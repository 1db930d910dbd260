package dev.counterfoil.authority.logs;

import dev.counterfoil.auditclient.Operation;
import dev.counterfoil.authority.auditing.Asked;
import dev.counterfoil.authority.auditing.AuthorityAudit;
import dev.counterfoil.authority.http.FormRequests;
import dev.counterfoil.authority.http.LogPath;
import dev.counterfoil.authority.http.OAuthError;
import dev.counterfoil.authority.http.RequestRefusedException;
import dev.counterfoil.authority.http.SignerRefusals;
import dev.counterfoil.authority.signers.Signers;
import dev.counterfoil.format.bytes.Base64Url;
import dev.counterfoil.format.bytes.Decimal;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.keys.TokenId;
import dev.counterfoil.http.listener.ClientAddress;
import dev.counterfoil.http.listener.LongPolls;
import dev.counterfoil.log.record.Counterfoil;
import dev.counterfoil.signerprotocol.Answer;
import dev.counterfoil.signerprotocol.Request.ReadRecords;
import dev.counterfoil.signerprotocol.SignerUnavailableException;
import dev.counterfoil.verifier.Verified;
import io.helidon.http.HeaderNames;
import io.helidon.webserver.CloseConnectionException;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.io.IOException;
import java.io.OutputStream;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Optional;

/**
 * Gives counterfoils to a custodian: {@code GET /logs/<log>/counterfoils?from=N}. Whose token has
 * the scope sees those of every tenant.
 *
 * <p>Custodians ask for {@link #RECORDS} and get a stream that goes on while the log grows: the
 * journal's own records, passed on untouched (spec/custody.md). It ends with the time that this
 * listener gives a request, and at the token's expiry; the custodian goes on from where it was. For
 * people there is one JSON object a line, up to {@code max} of what is there.
 */
public final class CounterfoilsEndpoint {
  /** The scope that it takes. */
  public static final String SCOPE = "counterfoil:custody";

  /** The media type of the stream. */
  static final String RECORDS = "application/vnd.counterfoil.records";

  /** Most counterfoils of one answer to people. */
  static final int COUNT_MAX = 10_000;

  private static final System.Logger LOG = System.getLogger(CounterfoilsEndpoint.class.getName());
  private static final int HEAD = 1;
  private static final int PAUSE = 2;
  private static final int ITEM_HEAD_BYTES = 4;
  private static final int COUNT_DEFAULT = 1_000;
  private static final int PAGE = 500;
  private static final int CHUNK = 4_096;
  private static final Duration SIGNER_TIME_MAX = Duration.ofSeconds(10);

  /** Longest silence on a stream: a custodian tells by it that the other end is there. */
  private static final Duration SILENCE_MAX = Duration.ofSeconds(1);

  private final BearerScope bearer;
  private final Signers signers;
  private final URI issuer;
  private final InstantSource clock;
  private final Duration streamTimeMax;
  private final LongPolls polls;
  private final AuthorityAudit audit;
  private final ClientAddress addresses;

  /**
   * The endpoint.
   *
   * @param streamTimeMax longest time of one stream
   */
  public CounterfoilsEndpoint(
      BearerScope bearer,
      Signers signers,
      URI issuer,
      InstantSource clock,
      Duration streamTimeMax,
      LongPolls polls,
      AuthorityAudit audit,
      ClientAddress addresses) {
    this.bearer = bearer;
    this.signers = signers;
    this.issuer = issuer;
    this.clock = clock;
    this.streamTimeMax = streamTimeMax;
    this.polls = polls;
    this.audit = audit;
    this.addresses = addresses;
  }

  void answer(String log, ServerRequest request, ServerResponse response)
      throws RequestRefusedException, InterruptedException {
    Verified token =
        bearer.require(request, URI.create(issuer + LogPath.PREFIX + log + "/counterfoils"));
    long from = parameter(request, "from", 0, TokenId.POSITION_LIMIT - 1);
    Asked asked = new Asked(addresses.of(request));
    asked.with(token);
    audit.record(
        asked
            .draft(Operation.COUNTERFOILS_READ)
            .entity("log", log)
            .message("from position " + from));
    // The first page decides what is answered; after it the answer has begun.
    if (FormRequests.header(request, HeaderNames.ACCEPT).filter(RECORDS::equals).isPresent()) {
      Instant now = clock.instant();
      try (LongPolls.Poll poll = polls.begin(streamTimeMax)) {
        Instant longest = now.plus(poll.granted());
        Instant end = token.expiresAt().isBefore(longest) ? token.expiresAt() : longest;
        stream(log, from, read(log, from, CHUNK, Duration.ZERO), end, response);
      }
      return;
    }
    long max = parameter(request, "max", COUNT_DEFAULT, COUNT_MAX);
    if (max < 1) {
      throw new RequestRefusedException(OAuthError.invalidRequest("max is at least 1"));
    }
    list(log, from, max, read(log, from, Math.min(max, PAGE), Duration.ZERO), response);
  }

  private void stream(
      String log, long from, Answer.Records first, Instant end, ServerResponse response)
      throws InterruptedException, RequestRefusedException {
    response
        .header(HeaderNames.CONTENT_TYPE, RECORDS)
        .header(HeaderNames.CACHE_CONTROL, "no-store");
    Answer.Records records = first;
    long next = from;
    try (OutputStream out = response.outputStream()) {
      while (true) {
        out.write(items(records));
        out.flush();
        next += records.count();
        if (!clock.instant().isBefore(end)) {
          return;
        }
        Optional<Answer.Records> more = readOn(log, next);
        if (more.isEmpty()) {
          return;
        }
        records = more.get();
      }
    } catch (IOException e) {
      throw new CloseConnectionException("the custodian is gone", e);
    }
  }

  /** What follows on a stream; empty where it ends because the signer has gone. */
  private Optional<Answer.Records> readOn(String log, long from) throws InterruptedException {
    try {
      return Optional.of(read(log, from, CHUNK, SILENCE_MAX));
    } catch (RequestRefusedException e) {
      LOG.log(System.Logger.Level.DEBUG, "stream of log {0} ends: {1}", log, e.getMessage());
      return Optional.empty();
    }
  }

  /**
   * What the signer gave out as items of the stream; a record's kind is 0, so that the journal's
   * length is its head. In one piece: a head that came behind its records would wake the custodian
   * twice.
   */
  private static byte[] items(Answer.Records records) {
    if (records.count() == 0) {
      return ByteBuffer.allocate(ITEM_HEAD_BYTES).putInt(PAUSE << 24).array();
    }
    byte[] packed = records.packed();
    byte[] head = records.head();
    if (head.length == 0) {
      return packed;
    }
    return ByteBuffer.allocate(packed.length + ITEM_HEAD_BYTES + head.length)
        .put(packed)
        .putInt(HEAD << 24 | head.length)
        .put(head)
        .array();
  }

  private void list(String log, long from, long max, Answer.Records first, ServerResponse response)
      throws RequestRefusedException, InterruptedException {
    response
        .header(HeaderNames.CONTENT_TYPE, "application/x-ndjson")
        .header(HeaderNames.CACHE_CONTROL, "no-store");
    Answer.Records page = first;
    long next = from;
    try (OutputStream out = response.outputStream()) {
      while (page.count() > 0) {
        for (byte[] payload : page.payloads()) {
          out.write(line(Counterfoil.parse(payload)));
        }
        next += page.count();
        if (next >= from + max) {
          return;
        }
        page = read(log, next, Math.min(from + max - next, PAGE), Duration.ZERO);
      }
    } catch (FormatException e) {
      throw new IllegalStateException("the signer keeps what is no counterfoil", e);
    } catch (IOException e) {
      throw new CloseConnectionException("the custodian is gone", e);
    }
  }

  private static long parameter(ServerRequest request, String name, long otherwise, long max)
      throws RequestRefusedException {
    if (!request.query().contains(name)) {
      return otherwise;
    }
    try {
      return Decimal.parse(request.query().get(name), max);
    } catch (FormatException e) {
      throw new RequestRefusedException(
          OAuthError.invalidRequest(name + " is a decimal number of at most " + max));
    }
  }

  private Answer.Records read(String log, long from, long count, Duration wait)
      throws RequestRefusedException, InterruptedException {
    if (!TokenId.isLogName(log)) {
      throw notFound();
    }
    try {
      return switch (signers
          .clientOf(log)
          .ask(new ReadRecords(log, from, (int) count, (int) wait.toMillis()), SIGNER_TIME_MAX)) {
        case Answer.Records records -> records;
        case Answer.Refused refused ->
            throw refused.code() == Answer.Code.UNKNOWN
                ? notFound()
                : new RequestRefusedException(SignerRefusals.of(refused));
        case Answer.Issued issued -> throw new IllegalStateException("answer of another kind");
        case Answer.Recorded recorded -> throw new IllegalStateException("answer of another kind");
        case Answer.Done done -> throw new IllegalStateException("answer of another kind");
      };
    } catch (SignerUnavailableException e) {
      throw new RequestRefusedException(SignerRefusals.unavailable());
    }
  }

  private static RequestRefusedException notFound() {
    return new RequestRefusedException(
        OAuthError.of(OAuthError.Code.NOT_FOUND, "the signer keeps no such log"));
  }

  private static byte[] line(Counterfoil counterfoil) {
    String json =
        JsonObject.builder()
            .put("position", counterfoil.position())
            .put("recorded_at_ms", counterfoil.timeMillis())
            .put("signing_input", new String(counterfoil.signingInput(), StandardCharsets.US_ASCII))
            .put("salt", Base64Url.encode(counterfoil.salt()))
            .put("context", new String(counterfoil.context(), StandardCharsets.UTF_8))
            .build()
            .toString();
    return (json + "\n").getBytes(StandardCharsets.UTF_8);
  }
}
