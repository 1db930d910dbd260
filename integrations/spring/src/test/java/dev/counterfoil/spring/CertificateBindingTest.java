package dev.counterfoil.spring;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.spring.sample.SampleApplication;
import dev.counterfoil.verifier.TestCertificates;
import dev.counterfoil.verifier.TestIssuer;
import dev.counterfoil.verifier.TestKeys;
import dev.counterfoil.verifier.reading.ReadSide;
import java.io.OutputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.time.InstantSource;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.support.GenericApplicationContext;

/** The sample application over TLS: a token that is bound to a certificate (RFC 8705 3). */
class CertificateBindingTest {
  private final TestIssuer issuer =
      new TestIssuer("enterprise", "https://login.example/enterprise", InstantSource.system());
  private final TestKeys.Es256 key = issuer.addKey();

  @TempDir
  @SuppressWarnings("NullAway.Init") // injected
  private Path folder;

  private static HttpClient client(KeyStore server, @Nullable KeyStore own) throws Exception {
    return HttpClient.newBuilder().sslContext(TestCertificates.context(own, server)).build();
  }

  private ConfigurableApplicationContext sample(Path trusted) throws Exception {
    Path policy = Files.writeString(folder.resolve("policy.txt"), issuer.policy().text());
    return new SpringApplicationBuilder(SampleApplication.class)
        .web(WebApplicationType.SERVLET)
        .initializers(
            context ->
                ((GenericApplicationContext) context).registerBean(ReadSide.class, () -> issuer))
        .properties(
            "counterfoil.policy=" + policy,
            "counterfoil.audience=https://mail.example",
            "counterfoil.tenants=acme",
            "logging.level.root=error",
            "spring.main.banner-mode=off",
            "server.port=0",
            "server.address=127.0.0.1",
            "server.ssl.key-store=" + folder.resolve("localhost.p12"),
            "server.ssl.key-store-password=" + TestCertificates.PASSWORD,
            "server.ssl.client-auth=want",
            "server.ssl.trust-store=" + trusted,
            "server.ssl.trust-store-password=" + TestCertificates.PASSWORD)
        .run();
  }

  private String bound(KeyStore client) throws Exception {
    String thumbprint = Hash.sha256(client.getCertificate("k").getEncoded()).base64Url();
    return issuer.issue(
        issuer.draft(key).claim("cnf", JsonObject.builder().put("x5t#S256", thumbprint).build()),
        key);
  }

  private static HttpResponse<String> get(HttpClient client, URI uri, String token)
      throws Exception {
    return client.send(
        HttpRequest.newBuilder(uri).header("Authorization", "Bearer " + token).build(),
        HttpResponse.BodyHandlers.ofString());
  }

  private static void assertRefused(HttpResponse<String> response, String code) {
    assertThat(response.statusCode()).isEqualTo(401);
    assertThat(response.headers().firstValue("WWW-Authenticate").orElse("")).contains(code);
  }

  @Test
  void aTokenPassesWithTheCertificateThatItIsBoundToAlone() throws Exception {
    issuer.publish();
    KeyStore server =
        TestCertificates.keyPair(folder, "localhost", "san=dns:localhost,ip:127.0.0.1");
    KeyStore alice = TestCertificates.keyPair(folder, "alice", "bc=ca:false");
    KeyStore mallory = TestCertificates.keyPair(folder, "mallory", "bc=ca:false");
    Path trusted = folder.resolve("trusted.p12");
    try (OutputStream out = Files.newOutputStream(trusted)) {
      TestCertificates.trusting(alice, mallory).store(out, TestCertificates.PASSWORD.toCharArray());
    }
    try (ConfigurableApplicationContext application = sample(trusted)) {
      String port =
          Objects.requireNonNull(application.getEnvironment().getProperty("local.server.port"));
      URI inbox = URI.create("https://localhost:" + port + "/inbox");
      String token = bound(alice);
      assertRefused(get(client(server, null), inbox, token), "binding-missing:");
      assertRefused(get(client(server, mallory), inbox, token), "binding-invalid:");
      assertThat(get(client(server, alice), inbox, token).statusCode()).isEqualTo(200);
      String unbound = issuer.issue(issuer.draft(key), key);
      assertThat(get(client(server, null), inbox, unbound).statusCode()).isEqualTo(200);
    }
  }
}
