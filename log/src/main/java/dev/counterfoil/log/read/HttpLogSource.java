package dev.counterfoil.log.read;

import dev.counterfoil.format.note.SignedNote;
import dev.counterfoil.format.tree.Tile;
import dev.counterfoil.log.disk.MissingTileException;
import dev.counterfoil.log.tiles.PartialTile;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.function.UnaryOperator;
import java.util.zip.GZIPInputStream;

/** A log that is served over HTTP (c2sp.org/tlog-tiles). */
public final class HttpLogSource implements LogSource {
  private static final Duration TIMEOUT = Duration.ofSeconds(30);
  private static final int HTTP_OK = 200;
  private static final int HTTP_NOT_FOUND = 404;

  private final HttpClient client;
  private final String prefix;
  private final UnaryOperator<HttpRequest.Builder> authentication;

  /**
   * A log below a prefix.
   *
   * @param prefix URL of the log: {@code checkpoint} and {@code tile/...} lie below it
   * @param authentication adds what the server wants to see; {@code UnaryOperator.identity()} where
   *     the log is open
   */
  public HttpLogSource(
      HttpClient client, URI prefix, UnaryOperator<HttpRequest.Builder> authentication) {
    this.client = client;
    this.prefix = prefix.toString().replaceFirst("/+$", "") + "/";
    this.authentication = authentication;
  }

  @Override
  public byte[] checkpoint() throws IOException {
    HttpResponse<InputStream> response = get("checkpoint");
    try (InputStream body = response.body()) {
      if (response.statusCode() != HTTP_OK) {
        throw new IOException(response.uri() + " answered " + response.statusCode());
      }
      return body.readNBytes(SignedNote.BYTES_MAX + 1);
    }
  }

  @Override
  public Optional<byte[]> cosignedCheckpoint() throws IOException {
    HttpResponse<InputStream> response = get(COSIGNED);
    try (InputStream body = response.body()) {
      return switch (response.statusCode()) {
        case HTTP_OK -> Optional.of(body.readNBytes(SignedNote.BYTES_MAX + 1));
        case HTTP_NOT_FOUND -> Optional.empty();
        default -> throw new IOException(response.uri() + " answered " + response.statusCode());
      };
    }
  }

  @Override
  public byte[] tile(Tile tile) throws IOException {
    try {
      return fetch(tile);
    } catch (MissingTileException e) {
      if (!tile.isPartial()) {
        throw e;
      }
      // A server may drop a partial tile once the full one exists; it begins with the same hashes.
      return PartialTile.cut(tile, fetch(PartialTile.full(tile)));
    }
  }

  private byte[] fetch(Tile tile) throws IOException {
    HttpResponse<InputStream> response = get(tile.path());
    try (InputStream body = response.body()) {
      return switch (response.statusCode()) {
        case HTTP_OK -> decoded(response, body).readNBytes(LogSource.bytesMax(tile) + 1);
        case HTTP_NOT_FOUND -> throw new MissingTileException(tile, "the server does not have it");
        default -> throw new IOException(response.uri() + " answered " + response.statusCode());
      };
    }
  }

  /**
   * A log may compress without being asked (c2sp.org/tlog-tiles); the limit is on what it means.
   */
  private static InputStream decoded(HttpResponse<InputStream> response, InputStream body)
      throws IOException {
    boolean isGzip =
        response.headers().firstValue("Content-Encoding").filter("gzip"::equals).isPresent();
    return isGzip ? new GZIPInputStream(body) : body;
  }

  private HttpResponse<InputStream> get(String path) throws IOException {
    HttpRequest request =
        authentication
            .apply(HttpRequest.newBuilder(URI.create(prefix + path)).timeout(TIMEOUT))
            .build();
    CompletableFuture<HttpResponse<InputStream>> answer =
        client.sendAsync(request, HttpResponse.BodyHandlers.ofInputStream());
    try {
      return answer.get();
    } catch (InterruptedException e) {
      // A body that comes all the same, and that nobody closes, would keep the client from closing.
      CompletableFuture<Void> _ = answer.thenAccept(HttpLogSource::discard);
      Thread.currentThread().interrupt();
      InterruptedIOException interrupted = new InterruptedIOException("reading the log was ended");
      interrupted.initCause(e);
      throw interrupted;
    } catch (ExecutionException e) {
      throw new IOException("cannot read " + request.uri() + ": " + e.getCause(), e);
    }
  }

  private static void discard(HttpResponse<InputStream> response) {
    try {
      response.body().close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
