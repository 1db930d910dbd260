package dev.counterfoil.cli;

import dev.counterfoil.format.FormatException;
import dev.counterfoil.format.JsonObject;
import dev.counterfoil.format.StrictJson;
import dev.counterfoil.installation.DataFolder;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Base64;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Asks for a token as a client would. */
@Command(
    name = "token",
    mixinStandardHelpOptions = true,
    description = {
      "Asks the authority for an access token, as a client with a secret does.",
      "Prints the token alone, so that it can be piped: counterfoil token | counterfoil verify -"
    })
final class TokenCommand implements Callable<Integer> {
  private static final Duration TIMEOUT = Duration.ofSeconds(10);

  @Mixin
  @SuppressWarnings("NullAway.Init") // picocli fills it before the call
  private InstallationOptions installation;

  @Option(
      names = "--client",
      paramLabel = "ID",
      defaultValue = "demo",
      description =
          "The client; its secret is read from the installation (default: ${DEFAULT-VALUE}).")
  @SuppressWarnings("NullAway.Init") // has a default
  private String client;

  @Option(
      names = "--secret-file",
      paramLabel = "FILE",
      description = "Read the client's secret from this file instead.")
  private @Nullable Path secretFile;

  @Option(
      names = "--audience",
      paramLabel = "NAME",
      description = "The service that the token is for (default: the client's own).")
  private @Nullable String audience;

  @Option(
      names = "--scope",
      paramLabel = "SCOPE",
      description = "The scope wanted (default: all that the client may have).")
  private @Nullable String scope;

  @Option(
      names = "--out",
      paramLabel = "FILE",
      description = "Write the token to a file that only you can read.")
  private @Nullable Path out;

  @Option(names = "--json", description = "Print the authority's whole answer.")
  private boolean json;

  @Override
  public Integer call() throws IOException, InterruptedException {
    URI issuer = URI.create(installation.policy().issuer());
    JsonObject answer = ask(issuer);
    String printed = json ? answer.toString() : token(answer);
    if (out == null) {
      System.out.println(printed);
    } else {
      DataFolder.writeOwnerOnly(out.toAbsolutePath(), printed + "\n");
    }
    return ExitCode.OK;
  }

  private JsonObject ask(URI issuer) throws IOException, InterruptedException {
    StringBuilder form = new StringBuilder("grant_type=client_credentials");
    if (audience != null) {
      form.append("&audience=").append(encode(audience));
    }
    if (scope != null) {
      form.append("&scope=").append(encode(scope));
    }
    String credentials = encode(client) + ":" + encode(secret());
    HttpRequest request =
        HttpRequest.newBuilder(URI.create(issuer + "/token"))
            .timeout(TIMEOUT)
            .header("Content-Type", "application/x-www-form-urlencoded")
            .header(
                "Authorization",
                "Basic "
                    + Base64.getEncoder()
                        .encodeToString(credentials.getBytes(StandardCharsets.UTF_8)))
            .POST(HttpRequest.BodyPublishers.ofString(form.toString()))
            .build();
    try (HttpClient http = HttpClient.newBuilder().connectTimeout(TIMEOUT).build()) {
      HttpResponse<byte[]> response = http.send(request, HttpResponse.BodyHandlers.ofByteArray());
      JsonObject body = StrictJson.object(response.body(), TokenFile.BYTES_MAX);
      if (response.statusCode() == 200) {
        return body;
      }
      throw CommandFailure.unavailable(
          "the authority refused ("
              + response.statusCode()
              + " "
              + body.optionalString("error").orElse("without a reason")
              + "): "
              + body.optionalString("error_description").orElse("no description"));
    } catch (FormatException e) {
      throw CommandFailure.unavailable(
          issuer + " does not answer as an authority does: " + e.getMessage());
    } catch (IOException e) {
      throw CommandFailure.unavailable(
          "no authority answers at "
              + issuer
              + ": is counterfoil up running? ("
              + e.getMessage()
              + ")");
    }
  }

  private String secret() {
    Path file = secretFile != null ? secretFile : installation.domainFolder().secret(client);
    try {
      return Files.readString(file).strip();
    } catch (IOException e) {
      throw CommandFailure.environment(
          "cannot read the secret of client "
              + client
              + " in "
              + file
              + ": name another with --client or --secret-file");
    }
  }

  private static String token(JsonObject answer) {
    try {
      return answer.string("access_token");
    } catch (FormatException e) {
      throw CommandFailure.unavailable("the authority's answer has no token: " + e.getMessage());
    }
  }

  private static String encode(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8);
  }
}
