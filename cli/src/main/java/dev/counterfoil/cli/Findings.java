package dev.counterfoil.cli;

import dev.counterfoil.format.FormatException;
import dev.counterfoil.format.JsonObject;
import dev.counterfoil.format.StrictJson;
import dev.counterfoil.installation.DataFolder;
import dev.counterfoil.installation.InstallationClients;
import dev.counterfoil.installation.InstallationConfiguration;
import dev.counterfoil.verifier.PrivateKeyJwtTokenSource;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Reads the monitor's findings, as the installation's operator client. */
final class Findings {
  private static final Duration TIMEOUT = Duration.ofSeconds(10);
  private static final int BYTES_MAX = 16 * 1024 * 1024;

  private final DataFolder folder;
  private final String domain;

  Findings(DataFolder folder, String domain) {
    this.folder = folder;
    this.domain = domain;
  }

  /** Findings of the monitor, oldest first, as its {@code GET /findings} gives them. */
  List<JsonObject> read(String query) throws IOException, InterruptedException, FormatException {
    InstallationConfiguration configuration = InstallationConfiguration.inForce(folder);
    try (HttpClient http = HttpClient.newBuilder().connectTimeout(TIMEOUT).build()) {
      PrivateKeyJwtTokenSource tokens =
          new PrivateKeyJwtTokenSource(
              configuration.domain(domain).issuer().toString(),
              InstallationClients.OPERATOR,
              folder.domain(domain).privateKey(InstallationClients.OPERATOR),
              Map.of("scope", "counterfoil:findings", "audience", "counterfoil-monitor"),
              http,
              InstantSource.system(),
              new SecureRandom());
      HttpResponse<InputStream> response =
          http.send(
              HttpRequest.newBuilder(
                      URI.create("http://" + configuration.monitorListen() + "/findings" + query))
                  .timeout(TIMEOUT)
                  .header("Authorization", "Bearer " + tokens.accessToken(false))
                  .build(),
              HttpResponse.BodyHandlers.ofInputStream());
      try (InputStream body = response.body()) {
        if (response.statusCode() != 200) {
          throw new IOException("the monitor answered " + response.statusCode());
        }
        return StrictJson.object(body.readNBytes(BYTES_MAX), BYTES_MAX).objects("findings");
      }
    }
  }

  /** The newest finding that was raised since an instant, as one sentence. */
  static Optional<String> newestSince(DataFolder folder, String domain, Instant since)
      throws InterruptedException {
    try {
      List<JsonObject> found = new Findings(folder, domain).read("?since=" + since.toEpochMilli());
      return found.isEmpty() ? Optional.empty() : Optional.of(sentence(found.getLast()));
    } catch (IOException | FormatException e) {
      // Asked again by the caller until its time is over.
      return Optional.empty();
    }
  }

  static String sentence(JsonObject finding) throws FormatException {
    return "%-8s  %s  %s"
        .formatted(finding.string("severity"), finding.string("kind"), finding.string("summary"));
  }
}
