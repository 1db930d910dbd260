package dev.counterfoil.installation.layout;

import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.policy.TrustPolicy;
import dev.counterfoil.verifier.reporting.AccessTokenSource;
import dev.counterfoil.verifier.reporting.PrivateKeyJwtTokenSource;
import dev.counterfoil.verifier.reporting.SightingReporter;
import java.io.IOException;
import java.net.http.HttpClient;
import java.nio.file.Files;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Map;

/**
 * A service that checks tokens and reports what it sees, with a client's key from the context's
 * folder of clients: in a trial the one that the trial's tokens are for.
 */
public final class DemoService {
  /** The audience of the trial's service, and the client as which it reports. */
  public static final String NAME = "demo-api";

  private final Context context;
  private final String clientId;

  /** The trial's. */
  public DemoService(Context context) {
    this(context, NAME);
  }

  /**
   * One that reports as some client.
   *
   * @param clientId whose private key is in the context's folder of clients
   */
  public DemoService(Context context, String clientId) {
    this.context = context;
    this.clientId = clientId;
  }

  /**
   * A reporter that sends sightings to the installation's monitor; close it so that the last ones
   * arrive.
   */
  public SightingReporter reporter() throws IOException {
    HttpClient http = HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(5)).build();
    return reporter(clientId, tokens(http), http);
  }

  /** Gives the access tokens with which the service reports. */
  public AccessTokenSource tokens(HttpClient http) throws IOException {
    return new PrivateKeyJwtTokenSource(
        issuer(),
        clientId,
        context.privateKey(clientId),
        Map.of("scope", "counterfoil:sightings", "audience", "counterfoil-monitor"),
        http,
        InstantSource.system(),
        new SecureRandom());
  }

  private String issuer() throws IOException {
    try {
      return TrustPolicy.parse(Files.readAllBytes(context.policy())).issuer();
    } catch (FormatException e) {
      throw new IOException(context.policy() + ": " + e.getMessage(), e);
    }
  }

  /** A reporter of one of several processes of the service. */
  public SightingReporter reporter(String instance, AccessTokenSource tokens, HttpClient http) {
    return new SightingReporter(
        context.monitor().url(), instance, tokens, http, InstantSource.system());
  }
}
