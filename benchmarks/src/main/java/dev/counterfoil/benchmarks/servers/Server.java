package dev.counterfoil.benchmarks.servers;

import dev.counterfoil.benchmarks.run.Child;
import dev.counterfoil.benchmarks.run.Http;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import tools.jackson.databind.json.JsonMapper;

/**
 * A token server under test, started for one run and ended with it.
 *
 * @param description version and mode, for the report
 * @param issuer audience of client assertions and {@code iss} of tokens
 */
public record Server(
    String name,
    String description,
    String issuer,
    URI tokenEndpoint,
    URI jwks,
    LoadClient client,
    Child child)
    implements AutoCloseable {
  /** People of a peer, whose names are {@code person} and a number. */
  public static final int PEOPLE = 32;

  /** Of each of them. */
  public static final String PASSWORD = "a long password of a benchmark";

  /** What asks for a token, without client authentication. */
  public static final String FORM = "grant_type=client_credentials";

  /** One token with client_secret_basic. */
  public String token() throws IOException, InterruptedException {
    return token(request(FORM).header("Authorization", client.authorization()));
  }

  /** One token that is bound to the key of a DPoP proof. */
  public String boundToken(String proof) throws IOException, InterruptedException {
    return token(
        request(FORM).header("Authorization", client.authorization()).header("DPoP", proof));
  }

  /** One token with private_key_jwt. */
  public String token(String assertion) throws IOException, InterruptedException {
    return token(
        request(
            FORM
                + "&client_assertion_type=urn%3Aietf%3Aparams%3Aoauth%3Aclient-assertion-type%3Ajwt-bearer"
                + "&client_assertion="
                + assertion));
  }

  private HttpRequest.Builder request(String form) {
    return HttpRequest.newBuilder(tokenEndpoint)
        .header("Content-Type", "application/x-www-form-urlencoded")
        .POST(HttpRequest.BodyPublishers.ofString(form));
  }

  private String token(HttpRequest.Builder request) throws IOException, InterruptedException {
    HttpResponse<String> answer = Http.send(request);
    if (answer.statusCode() != 200) {
      throw new IllegalStateException(
          name + " refuses a token: " + answer.statusCode() + " " + answer.body());
    }
    return JsonMapper.shared().readTree(answer.body()).path("access_token").asString();
  }

  @Override
  public void close() {
    child.close();
  }
}
