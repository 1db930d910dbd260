package dev.counterfoil.guard;

import dev.counterfoil.configuration.HostPort;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.verifier.Expectations;
import dev.counterfoil.verifier.StapledProof;
import dev.counterfoil.verifier.Stapling;
import dev.counterfoil.verifier.TestIssuer;
import dev.counterfoil.verifier.TestKeys;
import dev.counterfoil.verifier.TokenDraft;
import dev.counterfoil.verifier.dpop.DpopProof;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** A guard over an issuer in memory, and the tokens that it is shown. */
final class TestGuard implements AutoCloseable {
  static final String MAIL = "https://mail.example";

  private final AtomicInteger proofs = new AtomicInteger();
  final TestIssuer issuer =
      new TestIssuer("enterprise", "https://login.example/enterprise", InstantSource.system());
  final TestKeys.Es256 key = issuer.addKey();
  final TestKeys.Es256 client = new TestKeys.Es256();
  final Guard guard;

  TestGuard(Path folder, List<String> proxies, List<GuardConfiguration.Service> services)
      throws IOException {
    this(folder, proxies, List.of(), services, Optional.empty(), Duration.ofSeconds(30));
  }

  TestGuard(
      Path folder,
      List<String> proxies,
      List<String> watchers,
      List<GuardConfiguration.Service> services,
      Optional<GuardConfiguration.Nonces> nonces,
      Duration readTimeout)
      throws IOException {
    this(folder, proxies, watchers, services, nonces, readTimeout, Stapling.IGNORED, null);
  }

  TestGuard(
      Path folder,
      List<String> proxies,
      List<String> watchers,
      List<GuardConfiguration.Service> services,
      Optional<GuardConfiguration.Nonces> nonces,
      Duration readTimeout,
      Stapling stapling,
      GuardConfiguration.@Nullable Reporting reporting)
      throws IOException {
    this(
        folder,
        proxies,
        watchers,
        services,
        nonces,
        readTimeout,
        stapling,
        reporting,
        Optional.empty());
  }

  /** One that reads proofs of issuing, or that lets forged tokens in and reports them. */
  TestGuard(
      Path folder,
      List<String> proxies,
      List<String> watchers,
      List<GuardConfiguration.Service> services,
      Optional<GuardConfiguration.Nonces> nonces,
      Duration readTimeout,
      Stapling stapling,
      GuardConfiguration.@Nullable Reporting reporting,
      Optional<GuardConfiguration.Stream> stream)
      throws IOException {
    issuer.publish();
    Path policy = Files.writeString(folder.resolve("policy.txt"), issuer.policy().text());
    guard =
        Guard.start(
            new GuardConfiguration(
                new HostPort("127.0.0.1", 0),
                Optional.of(new HostPort("127.0.0.1", 0)),
                proxies,
                watchers,
                policy,
                List.of(),
                services,
                Optional.of(
                    new GuardConfiguration.ClientCertificate(
                        "X-Client-Certificate", CertificateForm.PEM)),
                nonces,
                Optional.ofNullable(reporting),
                stapling,
                reporting != null,
                stream,
                readTimeout),
            issuer,
            InstantSource.system(),
            new SecureRandom());
  }

  static GuardConfiguration.Service service(
      String name, Expectations.Binding binding, String... scopes) {
    return new GuardConfiguration.Service(
        name, MAIL, List.of("acme"), false, binding, List.of(scopes), List.of());
  }

  String issued(TokenDraft draft) {
    return issuer.issue(draft, key);
  }

  String issued() {
    return issued(issuer.draft(key));
  }

  /** Signed with the real key, and never recorded. */
  String forged() {
    issued();
    return issuer.draft(key).claim("sub", "mallory").at("s1g1", 0).signed(key);
  }

  /** What the client sends in Counterfoil-Proof for the token at a position. */
  String stapled(long position) throws IOException {
    return StapledProof.of(
        issuer.get(URI.create(issuer.issuer() + "/logs/s1g1/proof/" + position), 100_000));
  }

  String expired() {
    Instant now = Instant.now();
    return issued(issuer.draft(key).times(now.minusSeconds(600), now.minusSeconds(60)));
  }

  String bound(String confirmation, String thumbprint) {
    return issued(
        issuer.draft(key).claim("cnf", JsonObject.builder().put(confirmation, thumbprint).build()));
  }

  String proof(String token, String method, String uri) {
    return draftProof(token, method, uri).signed(client);
  }

  String proof(String token, String method, String uri, String nonce) {
    return draftProof(token, method, uri).claim("nonce", nonce).signed(client);
  }

  private TokenDraft draftProof(String token, String method, String uri) {
    return new TokenDraft()
        .header("typ", "dpop+jwt")
        .header("alg", "ES256")
        .header("jwk", client.jwk().toJson())
        .claim("jti", "proof-" + proofs.getAndIncrement())
        .claim("htm", method)
        .claim("htu", uri)
        .claim("iat", Instant.now().getEpochSecond())
        .claim("ath", DpopProof.accessTokenHash(token));
  }

  @Override
  public void close() {
    guard.close();
  }
}
