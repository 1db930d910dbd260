package dev.counterfoil.monitor.notifying;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.bytes.StrictJson;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.Executors;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/** A receiver of webhooks as its author would write one, by Standard Webhooks 1.0 alone. */
final class WebhookReceiver implements AutoCloseable {
  static final byte[] SECRET = "0123456789abcdef0123456789abcdef".getBytes(StandardCharsets.UTF_8);
  static final byte[] OTHER = "fedcba9876543210fedcba9876543210".getBytes(StandardCharsets.UTF_8);
  private static final String HEARTBEAT = "counterfoil.heartbeat";
  private static final long SECONDS_MAX = 60;

  /** What one says that talks much; nobody reads it. */
  private static final byte[] TALK = new byte[100_000];

  private final HttpServer server;
  private final BlockingQueue<Received> received = new LinkedBlockingQueue<>();

  /** What it answers; a place to send on to with 302. */
  volatile int status = 204;

  /** A message whose signature is good. */
  record Received(String id, JsonObject body, List<String> signatures) {
    String type() {
      return String.valueOf(body.get("type"));
    }
  }

  WebhookReceiver() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
    server.createContext("/", this::take);
    server.start();
  }

  URI url() {
    return URI.create("http://127.0.0.1:" + server.getAddress().getPort() + "/hook");
  }

  static String secret(byte[] secret) {
    return "whsec_" + Base64.getEncoder().encodeToString(secret);
  }

  private void take(HttpExchange exchange) throws IOException {
    byte[] body = exchange.getRequestBody().readAllBytes();
    String id = exchange.getRequestHeaders().getFirst("webhook-id");
    String timestamp = exchange.getRequestHeaders().getFirst("webhook-timestamp");
    List<String> signatures =
        List.of(exchange.getRequestHeaders().getFirst("webhook-signature").split(" ", -1));
    exchange.getResponseHeaders().add("Location", url() + "/elsewhere");
    try {
      if (signatures.stream().anyMatch(one -> one.equals(sign(SECRET, id, timestamp, body)))) {
        Received one = new Received(id, StrictJson.object(body, 1 << 20), signatures);
        exchange.sendResponseHeaders(status, status == 200 ? TALK.length : -1);
        if (status == 200) {
          exchange.getResponseBody().write(TALK);
        }
        if (!one.type().equals(HEARTBEAT)) {
          received.add(one);
        }
      } else {
        exchange.sendResponseHeaders(401, -1);
      }
    } catch (FormatException e) {
      exchange.sendResponseHeaders(400, -1);
    }
    exchange.close();
  }

  static String sign(byte[] secret, String id, String timestamp, byte[] body) {
    try {
      Mac mac = Mac.getInstance("HmacSHA256");
      mac.init(new SecretKeySpec(secret, "HmacSHA256"));
      mac.update((id + "." + timestamp + ".").getBytes(StandardCharsets.UTF_8));
      return "v1," + Base64.getEncoder().encodeToString(mac.doFinal(body));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  /** The next one that tells of a finding of a kind. */
  Received await(String kind) throws Exception {
    while (true) {
      Received next = received.poll(SECONDS_MAX, TimeUnit.SECONDS);
      if (next == null) {
        throw new AssertionError("nothing came of " + kind);
      }
      if (kind.equals(next.body().object("data").get("kind")) || next.type().endsWith(kind)) {
        return next;
      }
    }
  }

  List<Received> sofar() {
    return List.copyOf(received);
  }

  static boolean isEqual(String one, String other) {
    return MessageDigest.isEqual(
        one.getBytes(StandardCharsets.UTF_8), other.getBytes(StandardCharsets.UTF_8));
  }

  @Override
  public void close() {
    server.stop(0);
  }
}
