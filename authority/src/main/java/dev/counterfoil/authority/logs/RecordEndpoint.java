package dev.counterfoil.authority.logs;

import dev.counterfoil.auditclient.Operation;
import dev.counterfoil.authority.auditing.Asked;
import dev.counterfoil.authority.auditing.AuthorityAudit;
import dev.counterfoil.authority.http.FormRequests;
import dev.counterfoil.authority.http.HttpAnswers;
import dev.counterfoil.authority.http.OAuthError;
import dev.counterfoil.authority.http.RequestRefusedException;
import dev.counterfoil.authority.http.SignerRefusals;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.log.read.DigestIndex;
import dev.counterfoil.signerprotocol.Answer;
import dev.counterfoil.signerprotocol.Commands;
import dev.counterfoil.signerprotocol.RecordDigests;
import dev.counterfoil.signerprotocol.Request;
import dev.counterfoil.signerprotocol.SignerClient;
import dev.counterfoil.signerprotocol.SignerUnavailableException;
import dev.counterfoil.verifier.Verified;
import io.helidon.http.HeaderNames;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The record door: {@code POST /record} takes digests of tokens that were composed elsewhere and
 * answers their positions once they are durable (spec/record-door.md).
 *
 * <p>A digest that was recorded before keeps its position. This side looks for it in the index as
 * far as that reaches and tells the signer how far; the signer knows the last ones itself.
 */
public final class RecordEndpoint implements AuthorityAudit.Action {
  /** Its media type: SHA-256 digests, 32 bytes each, one after the other. */
  public static final String DIGESTS = "application/vnd.counterfoil.digests";

  private static final Duration SIGNER_TIME_MAX = Duration.ofSeconds(10);
  private static final Duration RETRY_AFTER = Duration.ofSeconds(1);

  /** Most sources whose log is remembered. */
  private static final int SOURCES_MAX = 4_096;

  private final BearerScope bearer;
  private final RecordIndexes indexes;
  private final SignerClient signer;
  private final SecureRandom random;
  private final URI uri;
  private final AuthorityAudit audit;
  private final Map<String, String> logs = new ConcurrentHashMap<>();
  private final Counter recorded;
  private final Counter known;

  public RecordEndpoint(
      BearerScope bearer,
      RecordIndexes indexes,
      SignerClient signer,
      SecureRandom random,
      URI uri,
      MeterRegistry meters,
      AuthorityAudit audit) {
    this.audit = audit;
    this.bearer = bearer;
    this.indexes = indexes;
    this.signer = signer;
    this.random = random;
    this.uri = uri;
    this.recorded = counter(meters, "new");
    this.known = counter(meters, "known");
  }

  private static Counter counter(MeterRegistry meters, String kind) {
    return Counter.builder("counterfoil.authority.digests")
        .description("Digests that were handed in at the record door")
        .tag("kind", kind)
        .register(meters);
  }

  @Override
  public void answer(ServerRequest request, ServerResponse response, Asked asked)
      throws RequestRefusedException, InterruptedException {
    Verified token = bearer.require(request, uri);
    asked.with(token);
    String source =
        token
            .clientId()
            .orElseThrow(
                () ->
                    new RequestRefusedException(
                        OAuthError.of(OAuthError.Code.INVALID_TOKEN, "the token names no client")));
    List<Hash> digests = digests(request);
    byte[] id = new byte[16];
    random.nextBytes(id);
    String batch = HexFormat.of().formatHex(id);
    String log = logOf(source);
    // The record log keeps the digests themselves, under the batch's name.
    audit.record(
        asked
            .draft(Operation.DIGESTS_RECORD)
            .entity("record-log", log)
            .count(digests.size())
            .message("batch " + batch));
    Optional<List<Long>> positions = record(log, source, batch, digests);
    if (positions.isEmpty()) {
      // Another log since a replacement of the signer, or an index that lags behind.
      logs.remove(source);
      log = logOf(source);
      positions = record(log, source, batch, digests);
    }
    HttpAnswers.json(
        response,
        JsonObject.builder()
            .put("log", log)
            .put("batch", batch)
            .put("positions", positions.orElseThrow(RecordEndpoint::notReady))
            .build()
            .toString()
            .getBytes(StandardCharsets.UTF_8));
  }

  private static List<Hash> digests(ServerRequest request) throws RequestRefusedException {
    String type = FormRequests.header(request, HeaderNames.CONTENT_TYPE).orElse("");
    boolean encoded = request.headers().contains(HeaderNames.CONTENT_ENCODING);
    requireDigests(type, encoded);
    return digests(FormRequests.body(request));
  }

  /** That a request is one of digests, as its headers say. */
  public static void requireDigests(String contentType, boolean encoded)
      throws RequestRefusedException {
    if (!contentType.equals(DIGESTS)) {
      throw refused("Content-Type is " + DIGESTS);
    }
    if (encoded) {
      throw refused("the body is sent without Content-Encoding");
    }
  }

  /** The digests in a body. */
  public static List<Hash> digests(byte[] body) throws RequestRefusedException {
    if (body.length == 0
        || body.length % Hash.BYTES != 0
        || body.length > RecordDigests.COUNT_MAX * Hash.BYTES) {
      throw refused("the body is 1 to 1000 SHA-256 digests of 32 bytes, one after the other");
    }
    List<Hash> digests = new ArrayList<>(body.length / Hash.BYTES);
    for (int at = 0; at < body.length; at += Hash.BYTES) {
      digests.add(Hash.read(body, at));
    }
    return digests;
  }

  private static RequestRefusedException refused(String description) {
    return new RequestRefusedException(OAuthError.invalidRequest(description));
  }

  private String logOf(String source) throws RequestRefusedException, InterruptedException {
    String remembered = logs.get(source);
    if (remembered != null) {
      return remembered;
    }
    Answer answer = ask(Commands.recordLog(source));
    if (answer instanceof Answer.Refused refusal) {
      throw refused(refusal);
    }
    if (!(answer instanceof Answer.Done done)) {
      throw new IllegalStateException("answer of another kind");
    }
    try {
      String log = done.result().string("log");
      if (logs.size() >= SOURCES_MAX) {
        logs.clear();
      }
      logs.put(source, log);
      return log;
    } catch (FormatException e) {
      throw new IllegalStateException("the signer names no log", e);
    }
  }

  /** The positions; empty when the signer says that it must be looked up anew. */
  private Optional<List<Long>> record(String log, String source, String batch, List<Hash> digests)
      throws RequestRefusedException, InterruptedException {
    DigestIndex index = indexes.of(log).orElseThrow(RecordEndpoint::notReady);
    // Before the look-ups: what is found up to here, they find.
    long lookedTo = index.indexed();
    List<Long> positions = new ArrayList<>(digests.size());
    List<Hash> unknown = new ArrayList<>();
    try {
      for (Hash digest : digests) {
        OptionalLong position = index.find(digest);
        positions.add(position.orElse(-1));
        if (position.isEmpty()) {
          unknown.add(digest);
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException("the index of " + log + " cannot be read", e);
    }
    known.increment(digests.size() - unknown.size());
    if (unknown.isEmpty()) {
      return Optional.of(positions);
    }
    Answer answer = ask(new RecordDigests(log, source, batch, lookedTo, unknown));
    if (answer instanceof Answer.Refused refusal) {
      if (refusal.code() == Answer.Code.CONFLICT) {
        return Optional.empty();
      }
      throw refused(refusal);
    }
    if (!(answer instanceof Answer.Recorded given) || given.positions().size() != unknown.size()) {
      throw new IllegalStateException("answer of another kind");
    }
    int next = 0;
    for (int i = 0; i < positions.size(); i++) {
      if (positions.get(i) < 0) {
        positions.set(i, given.positions().get(next++));
      }
    }
    recorded.increment(unknown.size());
    return Optional.of(positions);
  }

  private Answer ask(Request request) throws RequestRefusedException, InterruptedException {
    try {
      return signer.ask(request, SIGNER_TIME_MAX);
    } catch (SignerUnavailableException e) {
      throw new RequestRefusedException(SignerRefusals.unavailable());
    }
  }

  private static RequestRefusedException refused(Answer.Refused refusal) {
    return new RequestRefusedException(
        refusal.code() == Answer.Code.OUT_OF_SCOPE
            ? OAuthError.of(
                OAuthError.Code.ACCESS_DENIED,
                "the client is bound to no record log: ask the operator about record-logs")
            : SignerRefusals.of(refusal));
  }

  private static RequestRefusedException notReady() {
    return new RequestRefusedException(
        OAuthError.unavailable("the record log is being read: nothing was recorded", RETRY_AFTER));
  }
}
