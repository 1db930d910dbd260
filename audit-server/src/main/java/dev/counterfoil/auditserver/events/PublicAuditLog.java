package dev.counterfoil.auditserver.events;

import dev.counterfoil.auditclient.RouteAudit;
import dev.counterfoil.auditserver.RoutePlace;
import dev.counterfoil.format.tree.Tile;
import dev.counterfoil.http.answers.RefusedRequestException;
import dev.counterfoil.http.listener.Problem;
import dev.counterfoil.log.read.LogReader;
import io.helidon.http.HeaderNames;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.io.IOException;

/**
 * The audit log as any log is published (c2sp.org/tlog-tiles): checkpoint and tiles, to everybody.
 * Its leaves are digests with a salt each, so they tell how many events there are and nothing of
 * them.
 */
final class PublicAuditLog {
  private final LogReader reader;
  private final String prefix;

  PublicAuditLog(LogReader reader, String prefix) {
    this.reader = reader;
    this.prefix = prefix + "/";
  }

  RoutePlace place() {
    return RoutePlace.get(
        prefix,
        RouteAudit.none("public checkpoint and tiles, which say nothing of anybody"),
        this::answer);
  }

  private void answer(ServerRequest request, ServerResponse response)
      throws RefusedRequestException, IOException {
    String rest = request.prologue().uriPath().rawPath().substring(prefix.length());
    switch (rest) {
      case "checkpoint" ->
          send(
              response,
              "text/plain; charset=utf-8",
              "no-cache",
              reader.published().orElseThrow(PublicAuditLog::notFound).note().bytes());
      case "checkpoint.cosigned" ->
          send(
              response,
              "text/plain; charset=utf-8",
              "no-cache",
              reader.cosigned().orElseThrow(PublicAuditLog::notFound));
      default -> {
        Tile tile = Tile.parse(rest).orElseThrow(PublicAuditLog::notFound);
        send(
            response,
            "application/octet-stream",
            tile.isPartial()
                ? "public, max-age=60, immutable"
                : "public, max-age=31536000, immutable",
            reader.find(tile).orElseThrow(PublicAuditLog::notFound));
      }
    }
  }

  private static void send(ServerResponse response, String type, String cache, byte[] bytes) {
    response
        .header(HeaderNames.CONTENT_TYPE, type)
        .header(HeaderNames.CACHE_CONTROL, cache)
        .send(bytes);
  }

  private static RefusedRequestException notFound() {
    return new RefusedRequestException(Problem.notFound());
  }
}
