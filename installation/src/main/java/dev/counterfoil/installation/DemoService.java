package dev.counterfoil.installation;

import dev.counterfoil.verifier.AccessTokenSource;
import dev.counterfoil.verifier.PrivateKeyJwtTokenSource;
import dev.counterfoil.verifier.SightingReporter;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Map;

/**
 * The service that the trial's tokens are for: it checks them and reports what it sees, as a real
 * one does.
 */
public final class DemoService {
  /** Its audience, and the client as which it reports. */
  public static final String NAME = "demo-api";

  private final DataFolder folder;
  private final String domain;

  /**
   * The demo service of a domain.
   *
   * @param folder of the installation
   * @param domain its name
   */
  public DemoService(DataFolder folder, String domain) {
    this.folder = folder;
    this.domain = domain;
  }

  /**
   * A reporter that sends sightings to the installation's monitor; close it so that the last ones
   * arrive.
   */
  public SightingReporter reporter() throws IOException {
    HttpClient http = HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(5)).build();
    return reporter(NAME, tokens(http), http);
  }

  /** Gives the access tokens with which the service reports. */
  public AccessTokenSource tokens(HttpClient http) throws IOException {
    InstallationConfiguration configuration = InstallationConfiguration.inForce(folder);
    return new PrivateKeyJwtTokenSource(
        configuration.domain(domain).issuer().toString(),
        NAME,
        folder.domain(domain).privateKey(NAME),
        Map.of("scope", "counterfoil:sightings", "audience", "counterfoil-monitor"),
        http,
        InstantSource.system(),
        new SecureRandom());
  }

  /** A reporter of one of several processes of the service. */
  public SightingReporter reporter(String instance, AccessTokenSource tokens, HttpClient http)
      throws IOException {
    return new SightingReporter(
        URI.create("http://" + InstallationConfiguration.inForce(folder).monitorListen()),
        instance,
        tokens,
        http,
        InstantSource.system());
  }
}
