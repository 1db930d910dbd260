package dev.counterfoil.drills.domain;

import dev.counterfoil.authority.AuthorityAdmin;
import dev.counterfoil.authority.clients.ClientRegistration;
import dev.counterfoil.drills.mail.DovecotKeys;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.bytes.StrictJson;
import dev.counterfoil.installation.Installation;
import dev.counterfoil.installation.layout.DataFolder.DomainFolder;
import dev.counterfoil.installation.layout.InstallationClients;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * What anybody may ask of an issuer over HTTP: tokens for clients that know their secret, and
 * public keys.
 */
public final class IssuerClient implements AutoCloseable {
  /**
   * A client's credentials.
   *
   * @param id its name
   * @param secret its secret
   */
  public record Credentials(String id, String secret) {
    /** Registers a client with a secret in a domain that runs. */
    public static Credentials register(
        Installation installation, String domain, ClientRegistration registration)
        throws Exception {
      DomainFolder folder = installation.folder().domain(domain);
      try (AuthorityAdmin admin = installation.admin(domain)) {
        return register(admin, folder, registration);
      }
    }

    /** The same for one of several. */
    public static Credentials register(
        AuthorityAdmin admin, DomainFolder folder, ClientRegistration registration)
        throws Exception {
      InstallationClients.registerWithSecret(admin, folder, registration);
      String id = registration.clientId();
      return new Credentials(id, Files.readString(folder.secret(id)).strip());
    }

    /** Leaves the secret out. */
    @Override
    public String toString() {
      return "Credentials[" + id + "]";
    }
  }

  private static final Duration TIMEOUT = Duration.ofSeconds(60);
  private static final int ANSWER_BYTES_MAX = 1024 * 1024;

  private final URI issuer;
  private final HttpClient http = HttpClient.newBuilder().connectTimeout(TIMEOUT).build();

  public IssuerClient(URI issuer) {
    this.issuer = issuer;
  }

  /** The issuer. */
  public URI issuer() {
    return issuer;
  }

  /** An address below the issuer. */
  public URI endpoint(String path) {
    return URI.create(issuer + path);
  }

  /** A bearer token. */
  public String token(Credentials client, String scope) throws IOException, InterruptedException {
    return token(tokenRequest(client, scope));
  }

  /** A token bound to a key. */
  public String token(Credentials client, String scope, String proof)
      throws IOException, InterruptedException {
    return token(tokenRequest(client, scope).header("DPoP", proof));
  }

  /** Takes back a token that was issued to a client (RFC 7009). */
  public void revoke(Credentials client, String token) throws IOException, InterruptedException {
    send(request("/revoke", client, Map.of("token", token)));
  }

  /** The issuer's public keys, as the mail server's key folder takes them. */
  public List<DovecotKeys.Key> keys() throws IOException, InterruptedException {
    JsonObject set = json("/jwks");
    List<DovecotKeys.Key> keys = new ArrayList<>();
    try {
      for (JsonObject key : set.objects("keys")) {
        keys.add(new DovecotKeys.Key(key.string("kid"), key.toString()));
      }
    } catch (FormatException e) {
      throw new IOException(issuer + " serves a key set that is none", e);
    }
    return keys;
  }

  /** The text at an address below the issuer. */
  public String text(String path) throws IOException, InterruptedException {
    return new String(send(HttpRequest.newBuilder(endpoint(path))), StandardCharsets.UTF_8);
  }

  /** The JSON at an address below the issuer. */
  public JsonObject json(String path) throws IOException, InterruptedException {
    return json(send(HttpRequest.newBuilder(endpoint(path))));
  }

  /**
   * Posts JSON to an address below the issuer, as a client that has a token; nothing where the
   * answer has no content.
   */
  public JsonObject post(String path, String token, JsonObject body)
      throws IOException, InterruptedException {
    byte[] answer =
        send(
            HttpRequest.newBuilder(endpoint(path))
                .header("Authorization", "Bearer " + token)
                .header("Content-Type", "application/json")
                .POST(BodyPublishers.ofString(body.toString())));
    return answer.length == 0 ? JsonObject.builder().build() : json(answer);
  }

  /** Which signers the authority says that it has; empty while it is not ready. */
  public String health() throws InterruptedException {
    try {
      return text("/health/ready");
    } catch (IOException e) {
      return "";
    }
  }

  @Override
  public void close() {
    http.close();
  }

  private HttpRequest.Builder tokenRequest(Credentials client, String scope) {
    Map<String, String> form = new LinkedHashMap<>();
    form.put("grant_type", "client_credentials");
    form.put("scope", scope);
    return request("/token", client, form);
  }

  private HttpRequest.Builder request(String path, Credentials client, Map<String, String> form) {
    String credentials = encoded(client.id()) + ":" + encoded(client.secret());
    return HttpRequest.newBuilder(endpoint(path))
        .header("Content-Type", "application/x-www-form-urlencoded")
        .header(
            "Authorization",
            "Basic "
                + Base64.getEncoder().encodeToString(credentials.getBytes(StandardCharsets.UTF_8)))
        .POST(
            BodyPublishers.ofString(
                form.entrySet().stream()
                    .map(field -> encoded(field.getKey()) + "=" + encoded(field.getValue()))
                    .collect(Collectors.joining("&"))));
  }

  private String token(HttpRequest.Builder request) throws IOException, InterruptedException {
    try {
      return json(send(request)).string("access_token");
    } catch (FormatException e) {
      throw new IOException(issuer + " answered a token request without a token", e);
    }
  }

  private byte[] send(HttpRequest.Builder request) throws IOException, InterruptedException {
    HttpResponse<byte[]> answer =
        http.send(request.timeout(TIMEOUT).build(), BodyHandlers.ofByteArray());
    if (answer.statusCode() / 100 != 2) {
      // An answer to a request that failed holds no token; it says what was wrong.
      throw new IOException(
          answer.request().uri()
              + " answered "
              + answer.statusCode()
              + ": "
              + new String(answer.body(), StandardCharsets.UTF_8).strip());
    }
    return answer.body();
  }

  private JsonObject json(byte[] answer) throws IOException {
    try {
      return StrictJson.object(answer, ANSWER_BYTES_MAX);
    } catch (FormatException e) {
      throw new IOException(issuer + " answered something that is not JSON", e);
    }
  }

  private static String encoded(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8);
  }
}
