package dev.counterfoil.drills.people;

import com.sun.net.httpserver.HttpServer;
import dev.counterfoil.drills.domain.IssuerClient.Credentials;
import dev.counterfoil.drills.run.Await;
import dev.counterfoil.format.bytes.Base64Url;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.bytes.StrictJson;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.URLDecoder;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Collectors;

/** A web application that signs people in: authorization code with PKCE, and refresh tokens. */
final class WebApplication implements AutoCloseable {
  private static final int ANSWER_BYTES_MAX = 1 << 20;

  private final URI issuer;
  private final URI callback;
  private final SecureRandom random;
  private final HttpServer server;
  private final HttpClient http = HttpClient.newHttpClient();
  private final AtomicReference<Map<String, String>> came = new AtomicReference<>();
  private Credentials credentials = new Credentials("", "");
  private String verifier = "";
  private String state = "";
  private String nonce = "";

  /** What an authority answered. */
  record Tokens(String access, String id, String refresh) {
    /** Leaves the tokens out. */
    @Override
    public String toString() {
      return "Tokens";
    }
  }

  /** The authority refused. */
  static final class RefusedException extends Exception {
    private static final long serialVersionUID = 1L;

    RefusedException(String error) {
      super(error);
    }
  }

  WebApplication(URI issuer, int port, SecureRandom random) throws IOException {
    this.issuer = issuer;
    this.random = random;
    this.callback = URI.create("http://127.0.0.1:" + port + "/callback");
    this.server =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 0);
    server.createContext(
        callback.getPath(),
        exchange -> {
          came.set(fields(exchange.getRequestURI().getRawQuery()));
          byte[] page = "<p id=welcome>signed in</p>".getBytes(StandardCharsets.UTF_8);
          exchange.getResponseHeaders().add("Content-Type", "text/html");
          exchange.sendResponseHeaders(200, page.length);
          exchange.getResponseBody().write(page);
          exchange.close();
        });
    server.start();
  }

  /** Where codes come to. */
  URI callback() {
    return callback;
  }

  /** It is registered. */
  void as(Credentials registered) {
    credentials = registered;
  }

  /** Where it sends a browser to sign in. */
  URI begin(String scope) {
    verifier = word();
    state = word();
    nonce = word();
    came.set(Map.of());
    Map<String, String> asked = new LinkedHashMap<>();
    asked.put("response_type", "code");
    asked.put("client_id", credentials.id());
    asked.put("redirect_uri", callback.toString());
    asked.put("scope", scope);
    asked.put("state", state);
    asked.put("nonce", nonce);
    asked.put(
        "code_challenge", Hash.sha256(verifier.getBytes(StandardCharsets.US_ASCII)).base64Url());
    asked.put("code_challenge_method", "S256");
    return URI.create(issuer + "/authorize?" + form(asked));
  }

  /** Takes the code that a browser brings, for tokens. */
  Tokens finish() throws IOException, InterruptedException, RefusedException {
    Await.require("a code at the application", () -> !came.get().isEmpty());
    Map<String, String> answer = came.get();
    if (!state.equals(answer.get("state")) || !issuer.toString().equals(answer.get("iss"))) {
      throw new IOException("the answer is not to this application's question");
    }
    String code = Optional.ofNullable(answer.get("code")).orElse("");
    if (code.isEmpty()) {
      throw new RefusedException(String.valueOf(answer.get("error")));
    }
    Map<String, String> asked = new LinkedHashMap<>();
    asked.put("grant_type", "authorization_code");
    asked.put("code", code);
    asked.put("redirect_uri", callback.toString());
    asked.put("code_verifier", verifier);
    return tokens(asked);
  }

  /** The nonce of the last question, which its ID token has to carry. */
  String nonce() {
    return nonce;
  }

  /** Takes new tokens for a refresh token. */
  Tokens refresh(String refresh) throws IOException, InterruptedException, RefusedException {
    return tokens(Map.of("grant_type", "refresh_token", "refresh_token", refresh));
  }

  private Tokens tokens(Map<String, String> asked)
      throws IOException, InterruptedException, RefusedException {
    String own = encoded(credentials.id()) + ":" + encoded(credentials.secret());
    HttpResponse<byte[]> answer =
        http.send(
            HttpRequest.newBuilder(URI.create(issuer + "/token"))
                .timeout(Await.PATIENCE)
                .header("Content-Type", "application/x-www-form-urlencoded")
                .header(
                    "Authorization",
                    "Basic "
                        + Base64.getEncoder().encodeToString(own.getBytes(StandardCharsets.UTF_8)))
                .POST(HttpRequest.BodyPublishers.ofString(form(asked)))
                .build(),
            HttpResponse.BodyHandlers.ofByteArray());
    try {
      JsonObject json = StrictJson.object(answer.body(), ANSWER_BYTES_MAX);
      if (answer.statusCode() != 200) {
        throw new RefusedException(json.string("error"));
      }
      return new Tokens(
          json.string("access_token"),
          json.optionalString("id_token").orElse(""),
          json.optionalString("refresh_token").orElse(""));
    } catch (FormatException e) {
      throw new IOException("/token answered " + answer.statusCode() + ", and no tokens", e);
    }
  }

  private String word() {
    byte[] bytes = new byte[32];
    random.nextBytes(bytes);
    return Base64Url.encode(bytes);
  }

  private static String form(Map<String, String> fields) {
    return fields.entrySet().stream()
        .map(field -> encoded(field.getKey()) + "=" + encoded(field.getValue()))
        .collect(Collectors.joining("&"));
  }

  private static Map<String, String> fields(String query) {
    Map<String, String> fields = new LinkedHashMap<>();
    for (String field : query.split("&", -1)) {
      String[] parts = field.split("=", 2);
      fields.put(
          URLDecoder.decode(parts[0], StandardCharsets.UTF_8),
          parts.length == 1 ? "" : URLDecoder.decode(parts[1], StandardCharsets.UTF_8));
    }
    return fields;
  }

  private static String encoded(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8);
  }

  @Override
  public void close() {
    server.stop(0);
    http.close();
  }
}
