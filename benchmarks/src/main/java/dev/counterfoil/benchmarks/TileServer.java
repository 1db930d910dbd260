package dev.counterfoil.benchmarks;

import com.sun.net.httpserver.HttpServer;
import dev.counterfoil.format.tree.Tile;
import dev.counterfoil.log.read.LogReader;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/** A log's public side over HTTP, on the JDK's own server. */
final class TileServer implements AutoCloseable {
  private static final String PREFIX = "/log/";

  private final HttpServer server;
  private final ExecutorService workers = Executors.newFixedThreadPool(4);

  static {
    // The JDK's server sends head and body apart, and would wait 40 ms for each acknowledgement.
    System.setProperty("sun.net.httpserver.nodelay", "true");
  }

  TileServer(LogReader reader) throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.setExecutor(workers);
    server.createContext(
        PREFIX,
        exchange -> {
          Optional<byte[]> found =
              find(reader, exchange.getRequestURI().getPath().substring(PREFIX.length()));
          byte[] body = found.orElse(new byte[0]);
          exchange.sendResponseHeaders(
              found.isPresent() ? 200 : 404, body.length == 0 ? -1 : body.length);
          exchange.getResponseBody().write(body);
          exchange.close();
        });
    server.start();
  }

  private static Optional<byte[]> find(LogReader reader, String path) throws IOException {
    if (path.equals("checkpoint")) {
      return Optional.of(reader.checkpoint());
    }
    Optional<Tile> tile = Tile.parse(path);
    return tile.isEmpty() ? Optional.empty() : reader.find(tile.get());
  }

  URI url() {
    return URI.create("http://127.0.0.1:" + server.getAddress().getPort() + PREFIX);
  }

  @Override
  public void close() {
    server.stop(0);
    workers.shutdownNow();
  }
}
