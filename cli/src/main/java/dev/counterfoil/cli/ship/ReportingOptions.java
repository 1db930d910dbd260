package dev.counterfoil.cli.ship;

import dev.counterfoil.operations.shipping.IntakeClient;
import dev.counterfoil.verifier.reporting.PrivateKeyJwtTokenSource;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.InstantSource;
import java.util.Map;
import picocli.CommandLine.Option;

/** As which client events are reported, and to whom. */
public final class ReportingOptions {
  private static final String SCOPE = "counterfoil:audit-report";

  @Option(
      names = "--monitor",
      required = true,
      paramLabel = "URL",
      description = "The monitor that keeps the audit log.")
  private URI monitor;

  @Option(
      names = "--issuer",
      required = true,
      paramLabel = "URL",
      description = "The issuer of the trust domain.")
  private String issuer;

  @Option(
      names = "--client",
      required = true,
      paramLabel = "ID",
      description = "The client that reports, with scope " + SCOPE + ".")
  private String client;

  @Option(
      names = "--key",
      required = true,
      paramLabel = "FILE",
      description = "The client's private JWK.")
  private Path key;

  @Option(
      names = "--audience",
      paramLabel = "NAME",
      defaultValue = "counterfoil-monitor",
      description = "The monitor's audience (default: ${DEFAULT-VALUE}).")
  private String audience;

  /** The client's name. */
  public String client() {
    return client;
  }

  /** Where batches of its events go. */
  public IntakeClient intake(HttpClient http) throws IOException {
    return new IntakeClient(
        http,
        new PrivateKeyJwtTokenSource(
            issuer,
            client,
            key,
            Map.of("audience", audience, "scope", SCOPE),
            http,
            InstantSource.system(),
            new SecureRandom()),
        URI.create(monitor.toString().replaceAll("/+$", "") + "/audit/v1/events"));
  }
}
