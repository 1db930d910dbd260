package dev.counterfoil.drills.mail;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * A policy server for Dovecot: hears of each login, with the whole token, after Dovecot has checked
 * the signature, and may refuse it. So a mail server that only knows how to check signatures gets
 * an answer to "was this ever issued?". When it is down, Dovecot refuses everybody.
 */
public final class PolicyHook implements AutoCloseable {
  /** What decides about a login. */
  public interface Decider {
    /**
     * Decides.
     *
     * @return nothing when the login may go on, else why not, in words that the user may see
     */
    Optional<String> objection(String token, String user);
  }

  /** The largest token that Dovecot takes fits well. */
  private static final int REQUEST_BYTES_MAX = 64 * 1024;

  private static final int REFUSE = -1;
  private static final int GO_ON = 0;
  private static final JsonMapper JSON = JsonMapper.builder().build();

  private final HttpServer server;
  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
  private final String secret;
  private final Decider decider;

  private PolicyHook(HttpServer server, String secret, Decider decider) {
    this.server = server;
    this.secret = secret;
    this.decider = decider;
  }

  /**
   * Starts one on a free loopback port.
   *
   * @param secret what Dovecot has to show
   */
  public static PolicyHook start(String secret, Decider decider) throws IOException {
    HttpServer server =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    var hook = new PolicyHook(server, secret, decider);
    server.setExecutor(hook.threads);
    server.createContext("/policy", hook::answer);
    server.start();
    return hook;
  }

  /** What to tell Dovecot. */
  public DovecotSettings.PolicyServer address() {
    return new DovecotSettings.PolicyServer(
        URI.create("http://127.0.0.1:" + server.getAddress().getPort() + "/policy"), secret);
  }

  @Override
  public void close() {
    server.stop(0);
    threads.shutdownNow();
  }

  private void answer(HttpExchange exchange) throws IOException {
    try (exchange) {
      String shown = exchange.getRequestHeaders().getFirst("Authorization");
      if (shown == null || !isSecret(shown)) {
        exchange.sendResponseHeaders(401, -1);
        return;
      }
      byte[] body = exchange.getRequestBody().readNBytes(REQUEST_BYTES_MAX + 1);
      if (body.length > REQUEST_BYTES_MAX) {
        exchange.sendResponseHeaders(413, -1);
        return;
      }
      JsonNode request;
      try {
        request = JSON.readTree(body);
      } catch (JacksonException e) {
        // Whoever sends this is not Dovecot; a refusal without words is all it gets.
        exchange.sendResponseHeaders(400, -1);
        return;
      }
      Optional<String> objection =
          decider.objection(request.path("token").asString(""), request.path("login").asString(""));
      ObjectNode answer = JSON.createObjectNode();
      answer.put("status", objection.isPresent() ? REFUSE : GO_ON);
      answer.put("msg", objection.orElse(""));
      byte[] text = JSON.writeValueAsBytes(answer);
      exchange.getResponseHeaders().set("Content-Type", "application/json");
      exchange.sendResponseHeaders(200, text.length);
      exchange.getResponseBody().write(text);
    }
  }

  private boolean isSecret(String shown) {
    return MessageDigest.isEqual(
        shown.getBytes(StandardCharsets.UTF_8),
        ("Bearer " + secret).getBytes(StandardCharsets.UTF_8));
  }
}
