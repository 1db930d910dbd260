package dev.counterfoil.log.disk;

import com.sun.net.httpserver.HttpServer;
import dev.counterfoil.format.tree.Tile;
import dev.counterfoil.log.read.LogSource;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.zip.GZIPOutputStream;

/** A log over HTTP, on the JDK's own server. */
public final class LogServer implements AutoCloseable {
  private static final String PREFIX = "/logs/s1g1/";

  private final HttpServer server;
  private final ExecutorService workers = Executors.newFixedThreadPool(4);

  /** A path that is answered with an error. */
  public volatile String broken = "";

  /** Whether entries are compressed, unasked. */
  public volatile boolean gzip;

  static {
    // The JDK's server sends head and body apart, and would wait 40 ms for each acknowledgement.
    System.setProperty("sun.net.httpserver.nodelay", "true");
  }

  public LogServer(LogSource source) throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.setExecutor(workers);
    server.createContext(
        PREFIX,
        exchange -> {
          String path = exchange.getRequestURI().getPath().substring(PREFIX.length());
          Optional<byte[]> found = find(source, path);
          int status = path.equals(broken) ? 500 : found.isPresent() ? 200 : 404;
          byte[] body = status == 200 ? found.orElseThrow() : new byte[0];
          if (gzip && status == 200 && path.startsWith("tile/entries/")) {
            body = compressed(body);
            exchange.getResponseHeaders().add("Content-Encoding", "gzip");
          }
          exchange.sendResponseHeaders(status, body.length == 0 ? -1 : body.length);
          exchange.getResponseBody().write(body);
          exchange.close();
        });
    server.start();
  }

  private static byte[] compressed(byte[] body) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (GZIPOutputStream gzip = new GZIPOutputStream(out)) {
      gzip.write(body);
    }
    return out.toByteArray();
  }

  private static Optional<byte[]> find(LogSource source, String path) throws IOException {
    if (path.equals("checkpoint")) {
      return Optional.of(source.checkpoint());
    }
    if (path.equals(LogSource.COSIGNED)) {
      return source.cosignedCheckpoint();
    }
    Optional<Tile> tile = Tile.parse(path);
    if (tile.isEmpty()) {
      return Optional.empty();
    }
    try {
      return Optional.of(source.tile(tile.get()));
    } catch (MissingTileException e) {
      return Optional.empty();
    }
  }

  public URI url() {
    return URI.create("http://127.0.0.1:" + server.getAddress().getPort() + "/logs/s1g1");
  }

  @Override
  public void close() {
    server.stop(0);
    workers.shutdownNow();
  }
}
