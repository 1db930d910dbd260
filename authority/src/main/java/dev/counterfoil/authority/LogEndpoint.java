package dev.counterfoil.authority;

import io.helidon.http.HeaderNames;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.io.IOException;
import java.io.UncheckedIOException;

/**
 * The public read side of the logs: checkpoints and tiles of c2sp.org/tlog-tiles, proofs of
 * c2sp.org/tlog-proof; and the custodian's counterfoils.
 */
final class LogEndpoint implements Endpoint.Action {
  private final String issuerPath;
  private final PublicLogs logs;
  private final CounterfoilsEndpoint counterfoils;

  LogEndpoint(String issuerPath, PublicLogs logs, CounterfoilsEndpoint counterfoils) {
    this.issuerPath = issuerPath;
    this.logs = logs;
    this.counterfoils = counterfoils;
  }

  @Override
  public void answer(ServerRequest request, ServerResponse response)
      throws RequestRefusedException, InterruptedException {
    String path = request.prologue().uriPath().rawPath().substring(issuerPath.length());
    LogPath wanted = LogPath.parse(path).orElseThrow(LogEndpoint::notFound);
    if (wanted.rest().equals("counterfoils")) {
      counterfoils.answer(wanted.log(), request, response);
      return;
    }
    PublicLogs.Found found;
    try {
      found = logs.find(wanted.log(), wanted.rest()).orElseThrow(LogEndpoint::notFound);
    } catch (IOException e) {
      throw new UncheckedIOException("log " + wanted.log() + " cannot be read", e);
    }
    response
        .header(HeaderNames.CONTENT_TYPE, contentType(found.kind()))
        .header(HeaderNames.CACHE_CONTROL, cacheControl(found.kind()))
        .send(found.bytes());
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

  private static RequestRefusedException notFound() {
    return new RequestRefusedException(
        OAuthError.of(OAuthError.Code.NOT_FOUND, "the log has nothing at this path, or not yet"));
  }
}
