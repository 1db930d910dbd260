package dev.counterfoil.authority.logs;

import dev.counterfoil.authority.http.Endpoint;
import dev.counterfoil.authority.http.LogPath;
import dev.counterfoil.authority.http.OAuthError;
import dev.counterfoil.authority.http.RequestRefusedException;
import dev.counterfoil.authority.keys.HeadPosition;
import dev.counterfoil.authority.keys.HeadWaiters;
import dev.counterfoil.format.bytes.Decimal;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.keylog.KeyLog;
import dev.counterfoil.http.listener.LongPolls;
import dev.counterfoil.log.read.DamagedHashesException;
import io.helidon.http.HeaderNames;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;

/**
 * The public read side of the logs: checkpoints and tiles of c2sp.org/tlog-tiles, proofs of
 * c2sp.org/tlog-proof; leaves in batches, and the key log's head, as soon as a log grows; positions
 * and proofs of digests in record logs; the custodian's counterfoils, and what was handed out a
 * moment ago.
 */
public record LogEndpoint(
    String issuerPath,
    PublicLogs logs,
    RecordIndexes indexes,
    CounterfoilsEndpoint counterfoils,
    ReleasedEndpoint released,
    HeadWaiters waiters,
    LongPolls polls,
    LeavesEndpoint leaves)
    implements Endpoint.Action {
  private static final String DIGEST = "digest/";
  private static final String PROOF = "proof/";

  /** {@code logs/keys/head?after=SIZE&wait=5s&revoked=SIZE}. */
  private static final String HEAD = "head";

  /** A signer reads its logs again all the time, and mends what it finds. */
  private static final Duration DAMAGE_MENDED_WITHIN = Duration.ofMinutes(1);

  private static final long WAIT_MS_MAX = Duration.ofHours(1).toMillis();

  @Override
  public void answer(ServerRequest request, ServerResponse response)
      throws RequestRefusedException, InterruptedException {
    String path = request.prologue().uriPath().rawPath().substring(issuerPath.length());
    LogPath wanted = LogPath.parse(path).orElseThrow(LogEndpoint::notFound);
    if (wanted.rest().equals("counterfoils")) {
      counterfoils.answer(wanted.log(), request, response);
      return;
    }
    if (wanted.rest().equals(ReleasedEndpoint.NAME)) {
      released.answer(wanted.log(), request, response);
      return;
    }
    if (wanted.rest().equals("leaves") && !wanted.log().equals(KeyLog.NAME)) {
      leaves.answer(wanted.log(), request, response);
      return;
    }
    if (wanted.log().equals(KeyLog.NAME) && wanted.rest().equals(HEAD)) {
      head(request, response);
      return;
    }
    PublicLogs.Found found;
    try {
      String rest = wanted.rest();
      if (rest.startsWith(DIGEST)) {
        position(wanted.log(), rest.substring(DIGEST.length()), response);
        return;
      }
      if (rest.startsWith(PROOF + DIGEST)) {
        String digest = rest.substring(PROOF.length() + DIGEST.length());
        rest = PROOF + indexes.position(wanted.log(), digest).orElseThrow(LogEndpoint::notFound);
      }
      found = logs.find(wanted.log(), rest).orElseThrow(LogEndpoint::notFound);
    } catch (DamagedHashesException e) {
      throw new RequestRefusedException(
          OAuthError.unavailable(String.valueOf(e.getMessage()), DAMAGE_MENDED_WITHIN));
    } catch (IOException e) {
      throw new UncheckedIOException("log " + wanted.log() + " cannot be read", e);
    }
    response
        .header(HeaderNames.CONTENT_TYPE, contentType(found.kind()))
        .header(HeaderNames.CACHE_CONTROL, cacheControl(found.kind()))
        .send(found.bytes());
  }

  /** The key log's head, held back until it is larger than what the client knows. */
  private void head(ServerRequest request, ServerResponse response)
      throws RequestRefusedException, InterruptedException {
    HeadPosition after;
    Duration wait;
    try {
      after =
          HeadPosition.parse(
              request.query().first("after").orElse("0"),
              request.query().first("revoked").asOptional());
      wait = wait(request.query().first("wait").orElse("0s"));
    } catch (FormatException e) {
      throw new RequestRefusedException(
          OAuthError.invalidRequest(
              "after and revoked are sizes, and wait a time such as 5s or 500ms"));
    }
    try (LongPolls.Poll poll = polls.begin(wait)) {
      waiters.await(after.order(), poll.granted());
    }
    byte[] note;
    try {
      note = logs.find(KeyLog.NAME, "checkpoint").orElseThrow(LogEndpoint::notFound).bytes();
    } catch (IOException e) {
      throw new UncheckedIOException("the key log cannot be read", e);
    }
    response
        .header(HeaderNames.CONTENT_TYPE, contentType(PublicLogs.Kind.CHECKPOINT))
        .header(HeaderNames.CACHE_CONTROL, "no-store")
        .send(note);
  }

  static Duration wait(String text) throws FormatException {
    return text.endsWith("ms")
        ? Duration.ofMillis(Decimal.parse(text.substring(0, text.length() - 2), WAIT_MS_MAX))
        : text.endsWith("s")
            ? Duration.ofSeconds(
                Decimal.parse(text.substring(0, text.length() - 1), WAIT_MS_MAX / 1000))
            : refused();
  }

  private static Duration refused() throws FormatException {
    throw new FormatException("a time has a unit");
  }

  private void position(String log, String digest, ServerResponse response)
      throws IOException, RequestRefusedException {
    long position = indexes.position(log, digest).orElseThrow(LogEndpoint::notFound);
    String json = JsonObject.builder().put("log", log).put("position", position).build().toString();
    response
        .header(HeaderNames.CONTENT_TYPE, "application/json")
        .header(HeaderNames.CACHE_CONTROL, "public, max-age=3600, immutable")
        .send(json.getBytes(StandardCharsets.UTF_8));
  }

  private static String contentType(PublicLogs.Kind kind) {
    return switch (kind) {
      case CHECKPOINT, PROOF -> "text/plain; charset=utf-8";
      case FULL_TILE, PARTIAL_TILE -> "application/octet-stream";
    };
  }

  private static String cacheControl(PublicLogs.Kind kind) {
    return switch (kind) {
      case CHECKPOINT -> "no-cache";
      // What a full tile holds never changes, so that whoever has it need not ask again.
      case FULL_TILE -> "public, max-age=31536000, immutable";
      // What it holds does not change either, but soon nobody asks for it.
      case PARTIAL_TILE -> "public, max-age=60, immutable";
      case PROOF -> "public, max-age=60";
    };
  }

  static RequestRefusedException notFound() {
    return new RequestRefusedException(
        OAuthError.of(OAuthError.Code.NOT_FOUND, "the log has nothing at this path, or not yet"));
  }
}
