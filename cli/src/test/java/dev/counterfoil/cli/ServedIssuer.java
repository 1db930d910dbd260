package dev.counterfoil.cli;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.counterfoil.verifier.TestIssuer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.time.InstantSource;
import java.util.concurrent.Executors;

/** An issuer whose key log is read over HTTP, until it is away. */
public final class ServedIssuer implements AutoCloseable {
  private final HttpServer http;
  private final String host;
  private final TestIssuer issuer;
  private volatile boolean isAway;

  public ServedIssuer(String domain) throws IOException {
    http = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    http.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
    host = "http://127.0.0.1:" + http.getAddress().getPort();
    issuer = new TestIssuer(domain, host + "/" + domain, InstantSource.system());
    http.createContext("/", this::answer);
    http.start();
  }

  /** What it serves, once it has published. */
  public TestIssuer issuer() {
    return issuer;
  }

  /** From now on it answers with nothing. */
  public void away() {
    isAway = true;
  }

  private void answer(HttpExchange exchange) throws IOException {
    try (exchange) {
      byte[] body;
      try {
        body =
            isAway ? new byte[0] : issuer.get(URI.create(host + exchange.getRequestURI()), 1 << 24);
      } catch (IOException e) {
        body = new byte[0];
      }
      exchange.sendResponseHeaders(
          body.length == 0 ? 404 : 200, body.length == 0 ? -1 : body.length);
      exchange.getResponseBody().write(body);
    }
  }

  @Override
  public void close() {
    http.stop(0);
  }
}
