package dev.counterfoil.cli;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.counterfoil.verifier.TestIssuer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.InstantSource;
import java.util.Base64;
import java.util.concurrent.Executors;

/** An issuer whose key log is read over HTTP, until it is away. */
public final class ServedIssuer implements AutoCloseable {
  private final HttpServer http;
  private final String host;
  private final TestIssuer issuer;
  private volatile boolean isAway;
  private volatile boolean hasSets;

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

  /** From now on it publishes JWK sets as well, with a key that no log has. */
  public void publishSets() {
    hasSets = true;
  }

  /** The JWK set at a path; empty where there is none. */
  private byte[] set(String path) {
    String plain = "{\"keys\":[{\"kty\":\"EC\",\"kid\":\"new\"}]}";
    Base64.Encoder base64 = Base64.getUrlEncoder().withoutPadding();
    String set =
        !hasSets || isAway || !path.contains("jwks")
            ? ""
            : path.endsWith(".jwt")
                ? base64.encodeToString("{}".getBytes(StandardCharsets.UTF_8))
                    + "."
                    + base64.encodeToString(plain.getBytes(StandardCharsets.UTF_8))
                    + "."
                    + base64.encodeToString(new byte[64])
                : plain;
    return set.getBytes(StandardCharsets.UTF_8);
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
        body = set(exchange.getRequestURI().getPath());
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
