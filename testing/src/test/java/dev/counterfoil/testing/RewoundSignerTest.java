package dev.counterfoil.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.nimbusds.jose.JOSEObjectType;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.jwk.source.JWKSource;
import com.nimbusds.jose.jwk.source.JWKSourceBuilder;
import com.nimbusds.jose.proc.BadJOSEException;
import com.nimbusds.jose.proc.DefaultJOSEObjectTypeVerifier;
import com.nimbusds.jose.proc.JWSVerificationKeySelector;
import com.nimbusds.jose.proc.SecurityContext;
import com.nimbusds.jose.util.DefaultResourceRetriever;
import com.nimbusds.jose.util.ResourceRetriever;
import com.nimbusds.jwt.proc.DefaultJWTProcessor;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.bytes.StrictJson;
import dev.counterfoil.testing.Distribution.Result;
import dev.counterfoil.testing.Distribution.Running;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * A signer's folder is copied, and put back later: the copy's key is in other hands. Nothing that
 * is published has it any more, so that a stranger who knows no more than a JWKS refuses the thief.
 */
@Tag("turn-1")
class RewoundSignerTest {
  private static final List<String> SETS =
      List.of("/jwks", "/jwks.jwt", "/signature-only/jwks", "/signature-only/jwks.jwt");

  /** The library waits half a second for an answer, which a busy host may take. */
  private static final ResourceRetriever PATIENT =
      new DefaultResourceRetriever(5_000, 5_000, JWKSourceBuilder.DEFAULT_HTTP_SIZE_LIMIT);

  private final HttpClient http = HttpClient.newHttpClient();

  @SuppressWarnings("NullAway.Init") // made before the test
  private Path folder;

  @SuppressWarnings("NullAway.Init") // made before the test
  private Path configuration;

  @SuppressWarnings("NullAway.Init") // made before the test
  private DemoClient demo;

  private @Nullable Running running;

  @BeforeEach
  void start() throws Exception {
    int port = Distribution.freePort();
    folder = Files.createTempDirectory(Path.of("/tmp"), "cf");
    configuration = folder.resolve("counterfoil.yaml");
    Files.writeString(
        configuration,
        """
        monitor-listen: "127.0.0.1:%d"
        domains:
          - name: main
            issuer: "http://127.0.0.1:%2$d"
            listen: "127.0.0.1:%2$d"
            tenants: [acme]
            audiences: [demo-api]
            spare-signers: 0
            purposes:
              - name: access
        """
            .formatted(Distribution.freePort(), port));
    running = Running.start(folder, configuration);
    demo =
        new DemoClient("http://127.0.0.1:" + port, folder.resolve("counterfoil-data/domains/main"));
  }

  @AfterEach
  void stop() throws Exception {
    demo.close();
    http.close();
    if (running != null) {
      running.close();
    }
    PutBackKeyLog.delete(folder);
  }

  @Test
  void theThiefsKeyIsPublishedNoMoreAndAStrangerRefusesHisTokens() throws Exception {
    String honest = demo.token();
    Path signer = folder.resolve("counterfoil-data/domains/main/signer");
    Path copy = folder.resolve("copy");
    restart(() -> PutBackKeyLog.copy(signer, copy));
    StolenFolder stolen = new StolenFolder("main", copy);
    List<String> later = new ArrayList<>();
    for (int i = 0; i < 5; i++) {
      later.add(demo.token());
    }
    String forged = stolen.forge(honest, "victim");
    String kid = kid(honest);
    assertThat(accepts(honest)).as("the control: an honest token").isEqualTo("demo");
    assertThat(accepts(forged)).as("the control: the forgery is perfect").isEqualTo("victim");
    for (String set : SETS.subList(0, 2)) {
      assertThat(published(set)).as("the control: %s", set).contains(kid);
    }

    restart(
        () -> {
          PutBackKeyLog.delete(signer);
          PutBackKeyLog.copy(copy, signer);
        });
    String fresh = demo.token();
    assertThat(kid(fresh)).as("another log goes on").isNotEqualTo(kid);
    nowhere(kid);
    refusedByStrangers(forged);

    // A service reports the forgery, and whoever reads the findings contains it without a name.
    assertThat(verify(forged).exitCode()).isEqualTo(1);
    awaitForgery(kid);
    Result done = Distribution.run(folder, "compromise", "--yes", "--json");
    assertThat(done.exitCode()).as(done.out() + done.err()).isZero();
    JsonObject said = done.json();
    assertThat(said.truth("contained")).isTrue();
    assertThat(said.object("published").strings("read")).hasSize(5);
    JsonObject before = said.objects("others").getFirst();
    assertThat(before.string("log")).isEqualTo("s1g1");
    assertThat(before.strings("kids")).contains(kid);
    assertThat(before.number("from")).as("what was published stays good").isPositive();
    assertThat(Instant.parse(said.string("last_copy_ends")))
        .isBetween(Instant.now().minusSeconds(600), Instant.now().plusSeconds(900));
    nowhere(kid);
    nowhere(kid(fresh));
    refusedByStrangers(stolen.forge(later.getLast(), "victim"));
    for (int i = 0; i < 600 && !demo.isServed(); i++) {
      Thread.sleep(100);
    }
    assertThat(accepts(demo.token())).as("the control: the next log's").isEqualTo("demo");

    for (String token : Stream.concat(Stream.of(honest), later.stream()).toList()) {
      assertThat(verify(token).exitCode()).as("recorded below the log's end").isZero();
    }
    Result again = Distribution.run(folder, "compromise", "--yes");
    assertThat(again.exitCode()).as(again.out() + again.err()).isZero();
    assertThat(again.out()).contains("CONTAINED ALREADY", "last cached copy of a JWKS");
  }

  /** What is done to files between two runs. */
  @FunctionalInterface
  private interface Meanwhile {
    void run() throws IOException;
  }

  private void restart(Meanwhile meanwhile) throws Exception {
    java.util.Objects.requireNonNull(running).close();
    meanwhile.run();
    running = Running.start(folder, configuration);
  }

  /** The subject of a token that a stranger's library takes, which has just fetched the JWKS. */
  private String accepts(String token) throws Exception {
    JWKSource<SecurityContext> keys =
        JWKSourceBuilder.create(URI.create(demo.issuer() + "/jwks").toURL(), PATIENT).build();
    DefaultJWTProcessor<SecurityContext> processor = new DefaultJWTProcessor<>();
    processor.setJWSTypeVerifier(new DefaultJOSEObjectTypeVerifier<>(new JOSEObjectType("at+jwt")));
    processor.setJWSKeySelector(new JWSVerificationKeySelector<>(JWSAlgorithm.ES256, keys));
    return processor.process(token, null).getSubject();
  }

  private void refusedByStrangers(String forged) {
    assertThatThrownBy(() -> accepts(forged))
        .isInstanceOf(BadJOSEException.class)
        .hasMessageContaining("no matching key");
  }

  /** A signed set is not served until it is signed anew after a change. */
  private String published(String set) throws Exception {
    HttpResponse<String> answer = get(set);
    for (int i = 0; i < 600 && answer.statusCode() == 503; i++) {
      Thread.sleep(100);
      answer = get(set);
    }
    assertThat(answer.statusCode()).as(set).isEqualTo(200);
    return set.endsWith(".jwt") ? payload(answer.body()).toString() : answer.body();
  }

  private HttpResponse<String> get(String set) throws Exception {
    return http.send(
        HttpRequest.newBuilder(URI.create(demo.issuer() + set)).build(),
        HttpResponse.BodyHandlers.ofString());
  }

  /** A set that was read just before the key was revoked is served for a moment longer. */
  private void nowhere(String kid) throws Exception {
    for (String set : SETS) {
      for (int i = 0; i < 100 && published(set).contains(kid); i++) {
        Thread.sleep(100);
      }
      assertThat(published(set)).as(set).doesNotContain(kid);
    }
  }

  private static JsonObject payload(String jws) throws Exception {
    return part(jws, 1);
  }

  private static String kid(String token) throws Exception {
    return part(token, 0).string("kid");
  }

  private static JsonObject part(String jws, int index) throws Exception {
    return StrictJson.object(
        java.util.Base64.getUrlDecoder()
            .decode(jws.split("\\.", -1)[index].getBytes(StandardCharsets.US_ASCII)),
        1 << 20);
  }

  private Result verify(String token) throws Exception {
    return Distribution.runWithInput(folder, token, "verify", "-");
  }

  private void awaitForgery(String kid) throws Exception {
    for (int i = 0; i < 40; i++) {
      if (Distribution.run(folder, "findings", "--json").out().contains(kid)) {
        return;
      }
      Thread.sleep(500);
    }
    throw new AssertionError("the forgery is no finding");
  }
}
