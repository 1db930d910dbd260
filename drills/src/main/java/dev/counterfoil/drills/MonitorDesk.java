package dev.counterfoil.drills;

import dev.counterfoil.format.FormatException;
import dev.counterfoil.format.Hash;
import dev.counterfoil.format.JsonObject;
import dev.counterfoil.format.Sighting;
import dev.counterfoil.format.StrictJson;
import dev.counterfoil.installation.DataFolder;
import dev.counterfoil.installation.DemoService;
import dev.counterfoil.installation.InstallationClients;
import dev.counterfoil.installation.InstallationConfiguration;
import dev.counterfoil.verifier.AccessTokenSource;
import dev.counterfoil.verifier.PrivateKeyJwtTokenSource;
import dev.counterfoil.verifier.SightingReporter;
import dev.counterfoil.verifier.SightingSink;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The monitor of a throwaway installation, over HTTP, as a registered reporter and as the operator.
 */
final class MonitorDesk implements FindingsDesk, AutoCloseable {
  private static final Duration TIMEOUT = Duration.ofSeconds(10);
  private static final int ANSWER_BYTES_MAX = 16 * 1024 * 1024;

  private final URI monitor;
  private final HttpClient http = HttpClient.newBuilder().connectTimeout(TIMEOUT).build();
  private final Map<String, SightingReporter> reporterByIssuer = new HashMap<>();
  private final Map<String, AccessTokenSource> operatorByDomain = new LinkedHashMap<>();

  /**
   * Meets the monitor of an installation that runs.
   *
   * @param folder of the installation
   */
  MonitorDesk(
      DataFolder folder,
      InstallationConfiguration configuration,
      InstantSource clock,
      SecureRandom random)
      throws IOException {
    this.monitor = URI.create("http://" + configuration.monitorListen());
    for (InstallationConfiguration.Domain domain : configuration.domains()) {
      String issuer = domain.issuer().toString();
      reporterByIssuer.put(issuer, new DemoService(folder, domain.name()).reporter());
      operatorByDomain.put(
          domain.name(),
          new PrivateKeyJwtTokenSource(
              issuer,
              InstallationClients.OPERATOR,
              folder.domain(domain.name()).privateKey(InstallationClients.OPERATOR),
              Map.of("scope", "counterfoil:findings", "audience", "counterfoil-monitor"),
              http,
              clock,
              random));
    }
  }

  /** Where services of an issuer report. */
  SightingSink sink(String issuer) {
    SightingReporter reporter = reporterByIssuer.get(issuer);
    if (reporter == null) {
      throw new IllegalArgumentException("no domain has the issuer " + issuer);
    }
    return reporter;
  }

  @Override
  public void report(List<Sighting> sightings) {
    SightingReporter first = reporterByIssuer.values().iterator().next();
    for (Sighting sighting : sightings) {
      // A token in nobody's name is reported all the same.
      String issuer = sighting.issuer() == null ? "" : sighting.issuer();
      reporterByIssuer.getOrDefault(issuer, first).report(sighting);
    }
  }

  @Override
  public List<SeenFinding> findings() throws IOException, InterruptedException {
    Map<String, SeenFinding> findings = new HashMap<>();
    for (AccessTokenSource operator : operatorByDomain.values()) {
      for (JsonObject finding : read(operator)) {
        SeenFinding seen = seen(finding);
        findings.put(seen.id(), seen);
      }
    }
    return findings.values().stream().sorted(Comparator.comparing(SeenFinding::raisedAt)).toList();
  }

  private List<JsonObject> read(AccessTokenSource operator)
      throws IOException, InterruptedException {
    HttpRequest request =
        HttpRequest.newBuilder(URI.create(monitor + "/findings"))
            .timeout(TIMEOUT)
            .header("Authorization", "Bearer " + operator.accessToken(false))
            .build();
    HttpResponse<InputStream> answer = http.send(request, BodyHandlers.ofInputStream());
    try (InputStream body = answer.body()) {
      if (answer.statusCode() != 200) {
        throw new IOException("the monitor answered " + answer.statusCode());
      }
      return StrictJson.object(body.readNBytes(ANSWER_BYTES_MAX), ANSWER_BYTES_MAX)
          .objects("findings");
    } catch (FormatException e) {
      throw new IOException("the monitor's findings are not understood", e);
    }
  }

  private static SeenFinding seen(JsonObject finding) throws IOException {
    try {
      Optional<String> digest = finding.optionalString("digest");
      JsonObject detail = finding.optionalObject("detail").orElse(JsonObject.builder().build());
      return new SeenFinding(
          finding.string("id"),
          Instant.ofEpochMilli(finding.number("raised_at_ms")),
          finding.string("kind"),
          detail.optionalString("grade").orElse(""),
          digest.isPresent() ? Optional.of(Hash.parseBase64Url(digest.get())) : Optional.empty(),
          finding.optionalString("kid").orElse(""),
          detail.optionalString("tenant").orElse(""),
          detail.optionalString("sub").orElse(""),
          detail.optionalString("service").orElse(""));
    } catch (FormatException e) {
      throw new IOException("a finding is not understood", e);
    }
  }

  @Override
  public void close() {
    reporterByIssuer.values().forEach(SightingReporter::close);
    http.close();
  }
}
