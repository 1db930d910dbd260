package dev.counterfoil.authority.logs;

import static dev.counterfoil.authority.RunningDomain.AUDIENCE;
import static dev.counterfoil.authority.RunningDomain.json;
import static org.assertj.core.api.Assertions.assertThat;

import dev.counterfoil.authority.FakeSigner;
import dev.counterfoil.authority.RunningDomain;
import dev.counterfoil.authority.clients.ClientRegistration;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.bytes.StrictJson;
import dev.counterfoil.format.keylog.KeySet;
import dev.counterfoil.format.leaf.LeafBatch;
import dev.counterfoil.format.leaf.LeafPart;
import dev.counterfoil.format.note.Checkpoint;
import dev.counterfoil.format.note.NoteKey;
import dev.counterfoil.format.note.SignedNote;
import dev.counterfoil.format.policy.TlogProof;
import dev.counterfoil.format.token.CompactToken;
import dev.counterfoil.format.tree.Leaf;
import dev.counterfoil.log.record.Counterfoil;
import dev.counterfoil.verifier.Expectations;
import dev.counterfoil.verifier.IssuanceProof;
import dev.counterfoil.verifier.KeySetSource;
import dev.counterfoil.verifier.Verified;
import dev.counterfoil.verifier.Verifier;
import dev.counterfoil.verifier.reading.HttpReadSide;
import dev.counterfoil.verifier.reading.ReadSide;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What everybody may read: keys, metadata, logs; and what only a custodian may. */
class LogEndpointTest {
  private static final String ISSUER = "https://login.example/realms/acme";

  @TempDir Path folder;
  private RunningDomain domain;
  private String app;

  @BeforeEach
  void start() throws Exception {
    domain = new RunningDomain(folder, "enterprise", ISSUER, List.of());
    app = register("app", AUDIENCE, "mail.read");
  }

  @AfterEach
  void stop() throws Exception {
    domain.close();
  }

  private String register(String id, String audience, String scope) throws Exception {
    return domain
        .admin
        .register(ClientRegistration.withSecret(id, "acme", List.of(audience), List.of(scope)))
        .orElseThrow();
  }

  private HttpResponse<String> ok(String path) throws Exception {
    HttpResponse<String> response = domain.get(path);
    assertThat(response.statusCode()).as(path + " " + response.body()).isEqualTo(200);
    return response;
  }

  /** Reads at the port where the issuer really is. */
  private byte[] read(URI uri, int bytesMax) throws IOException {
    String path = uri.toString().substring(ISSUER.length());
    try (HttpClient client = HttpClient.newHttpClient()) {
      HttpResponse<byte[]> response =
          client.send(
              HttpRequest.newBuilder(domain.at(path)).GET().build(),
              HttpResponse.BodyHandlers.ofByteArray());
      if (response.statusCode() != 200) {
        throw new IOException("status " + response.statusCode());
      }
      return response.body();
    } catch (InterruptedException e) {
      throw new IOException(e);
    }
  }

  private KeySet keySet() throws Exception {
    return KeySetSource.read(domain.registrar.policy(), this::read, Instant.now());
  }

  @Test
  void theKeyLogVerifiesFromTheRootDownAndJwksAreCached() throws Exception {
    assertThat(keySet().keys()).hasSize(1);
    HttpResponse<String> response = ok("/jwks");
    assertThat(response.headers().firstValue("Cache-Control").orElseThrow())
        .matches("public, max-age=\\d+, must-revalidate");

    String tag = ok("/jwks").headers().firstValue("ETag").orElseThrow();
    HttpResponse<String> again =
        domain.send(HttpRequest.newBuilder(domain.at("/jwks")).header("If-None-Match", tag).GET());
    assertThat(again.statusCode()).isEqualTo(304);
    assertThat(again.body()).isEmpty();
  }

  @Test
  void theHeadIsHeldBackUntilTheKeyLogGrows() throws Exception {
    long size = keySet().version();
    // Larger than what is known: at once, however long one would wait.
    assertThat(size(ok("/logs/keys/head?after=" + (size - 1) + "&wait=15s"))).isEqualTo(size);
    CompletableFuture<HttpResponse<String>> held =
        CompletableFuture.supplyAsync(
            () -> {
              try {
                return ok("/logs/keys/head?after=" + size + "&wait=15s");
              } catch (Exception e) {
                throw new CompletionException(e);
              }
            });
    while (!ok("/metrics").body().contains("counterfoil_authority_key_log_followers 2.0")) {
      // The other one is the authority's own verifier.
      Thread.sleep(1);
    }
    assertThat(held).isNotDone();
    domain.registrar.revoke(
        JsonObject.builder()
            .put("log", FakeSigner.LOG)
            .put("position", 1)
            .put("until", Instant.now().plusSeconds(60).getEpochSecond())
            .build());
    assertThat(size(held.get(20, TimeUnit.SECONDS))).isEqualTo(size + 1);
    assertThat(held.get().headers().firstValue("Cache-Control")).contains("no-store");
  }

  @Test
  void aWaitThatIsOverIsAnsweredWithTheHeadThereIs() throws Exception {
    long size = keySet().version();
    assertThat(size(ok("/logs/keys/head?after=" + size + "&wait=1ms"))).isEqualTo(size);
    assertThat(size(ok("/logs/keys/head"))).isEqualTo(size);
    for (String question : List.of("after=x", "after=-1", "wait=5", "wait=2h", "wait=5000s")) {
      assertThat(domain.get("/logs/keys/head?" + question).statusCode())
          .as(question)
          .isEqualTo(400);
    }
    assertThat(domain.get("/logs/" + FakeSigner.LOG + "/head").statusCode()).isEqualTo(404);
  }

  private static long size(HttpResponse<String> head) throws Exception {
    return Checkpoint.parse(SignedNote.parse(head.body().getBytes(StandardCharsets.UTF_8)).text())
        .size();
  }

  @Test
  void theJwksIsPublicKeysOnly() throws Exception {
    List<JsonObject> keys = json(ok("/jwks")).objects("keys");
    assertThat(keys).hasSize(1);
    assertThat(keys.getFirst().string("kid")).isEqualTo(domain.signer.publicKey().thumbprint());
    assertThat(keys.getFirst().string("alg")).isEqualTo("ES256");
    assertThat(keys.getFirst().has("d")).isFalse();
  }

  @Test
  void theMetadataNameWhatIsThere() throws Exception {
    domain.close();
    domain = RunningDomain.withoutPeople(folder.resolve("machines"), ISSUER);
    JsonObject oauth = json(ok("/.well-known/oauth-authorization-server"));
    // Nobody signs in here: it is no OpenID provider. SignInProtocolTest has one that is.
    assertThat(domain.get("/.well-known/openid-configuration").statusCode()).isEqualTo(404);
    // RFC 8414 3.2: what has no element is left out.
    for (String member : oauth.names()) {
      assertThat(oauth.get(member)).as(member).isNotEqualTo(List.of());
    }
    assertThat(oauth.string("issuer")).isEqualTo(ISSUER);
    assertThat(oauth.string("token_endpoint")).isEqualTo(ISSUER + "/token");
    assertThat(oauth.string("jwks_uri")).isEqualTo(ISSUER + "/jwks");
    assertThat(oauth.strings("grant_types_supported")).containsExactly("client_credentials");
    assertThat(oauth.strings("counterfoil_status_list_events")).containsExactly("token-revoked");
    assertThat(oauth.strings("dpop_signing_alg_values_supported"))
        .containsExactly("ES256", "PS256", "EdDSA", "Ed25519");
    assertThat(oauth.strings("token_endpoint_auth_signing_alg_values_supported"))
        .containsExactly("ES256", "PS256", "EdDSA", "Ed25519");
    // RFC 8414 3.1: before the issuer's path as well.
    HttpResponse<String> inserted =
        domain.send(
            HttpRequest.newBuilder(
                    domain.at("/").resolve("/.well-known/oauth-authorization-server/realms/acme"))
                .GET());
    assertThat(json(inserted)).isEqualTo(oauth);
  }

  @Test
  void metersAreMadeWhenFirstUsed() throws Exception {
    String idle = ok("/metrics").body();
    assertThat(idle).hasSizeLessThan(40_000).doesNotContain("endpoint=\"introspect\"");
    domain.send(domain.form("/introspect", "token", "x"));
    assertThat(ok("/metrics").body())
        .contains("endpoint=\"introspect\",outcome=\"invalid_client\"");
  }

  @Test
  void healthAndMetrics() throws Exception {
    ok("/health/live");
    // Ready is what the signer said last, and it is asked once a second.
    for (int i = 0; i < 600 && domain.get("/health/ready").statusCode() != 200; i++) {
      Thread.sleep(100);
    }
    assertThat(json(ok("/health/ready")).truth("ready")).isTrue();
    domain.token("app", app);
    assertThat(ok("/metrics").body())
        .contains("counterfoil_authority_requests_seconds_count")
        .contains("counterfoil_authority_signer_connected{signer=\"s1\"} 1");
  }

  @Test
  void aTokenIsProvenByWhatIsServed() throws Exception {
    String token = domain.token("app", app);
    domain.token("app", app);
    NoteKey key = keySet().logs().getFirst().key();

    HttpResponse<String> checkpoint = ok("/logs/s1g1/checkpoint");
    assertThat(checkpoint.headers().firstValue("Cache-Control")).contains("no-cache");
    assertThat(Checkpoint.verify(checkpoint.body().getBytes(StandardCharsets.UTF_8), key).size())
        .isEqualTo(2);
    TlogProof proof =
        TlogProof.parse(ok("/logs/s1g1/proof/0").body().getBytes(StandardCharsets.UTF_8));
    String input = token.substring(0, token.lastIndexOf('.'));
    Leaf leaf = Leaf.of(input.getBytes(StandardCharsets.US_ASCII));
    assertThat(proof.verify(leaf, key).size()).isEqualTo(2);
    assertThat(ok("/logs/s1g1/tile/0/000.p/2").headers().firstValue("Cache-Control"))
        .contains("public, max-age=60, immutable");
    assertThat(ok("/logs/s1g1/tile/entries/000.p/2").body()).isNotEmpty();
  }

  /** Reads over HTTP at the port where the issuer really is, and waits where it waits. */
  private ReadSide network() {
    HttpReadSide http = HttpReadSide.create(Duration.ofSeconds(10));
    return new ReadSide() {
      @Override
      public byte[] get(URI uri, int bytesMax) throws IOException {
        return http.get(there(uri), bytesMax);
      }

      @Override
      public CompletableFuture<byte[]> await(URI uri, int bytesMax, Duration hold) {
        return http.await(there(uri), bytesMax, hold);
      }

      private URI there(URI uri) {
        return domain.at(uri.toString().substring(ISSUER.length()));
      }
    };
  }

  @Test
  void aVerifierReceivesEveryLeaf() throws Exception {
    String first = domain.token("app", app);
    Expectations expected =
        Expectations.audience(AUDIENCE).accessToken().anyTenant().bearerAllowed();
    try (Verifier verifier =
        Verifier.builder(domain.registrar.policy()).network(network()).stream().build()) {
      while (verifier.streams().stream().noneMatch(state -> state.size() == 1)) {
        Thread.sleep(1);
      }
      assertThat(ok("/metrics").body()).contains("counterfoil_authority_leaves_followers ");
      for (String token : List.of(first, domain.token("app", app), domain.token("app", app))) {
        assertThat(verifier.verify(token, expected))
            .isInstanceOfSatisfying(
                Verified.class,
                v -> assertThat(v.proof()).isInstanceOf(IssuanceProof.ByStream.class));
      }
    }
  }

  @Test
  void aVerifierReceivesTheLeavesOfItsAudienceAlone() throws Exception {
    String calendar = register("cal", RunningDomain.PART_AUDIENCE, "cal.read");
    String first = domain.token("cal", calendar);
    for (int i = 0; i < 20; i++) {
      domain.token("app", app);
    }
    String last = domain.token("cal", calendar);
    Expectations expected =
        Expectations.audience(RunningDomain.PART_AUDIENCE)
            .accessToken()
            .anyTenant()
            .bearerAllowed();
    try (Verifier verifier =
        Verifier.builder(domain.registrar.policy())
            .network(network())
            .streamOf(RunningDomain.PART_AUDIENCE)
            .build()) {
      while (verifier.streams().stream().noneMatch(state -> state.size() == 22)) {
        Thread.sleep(1);
      }
      assertThat(verifier.streams().getFirst().leaves()).isEqualTo(2);
      for (String token : List.of(first, last, domain.token("cal", calendar))) {
        assertThat(verifier.verify(token, expected))
            .isInstanceOfSatisfying(
                Verified.class,
                v -> assertThat(v.proof()).isInstanceOf(IssuanceProof.ByStream.class));
      }
    }
    NoteKey key = keySet().logs().getFirst().key();
    URI its = at("from=0&audience=https%3A%2F%2Fcalendar.example");
    LeafPart part = LeafPart.parse(read(its, LeafPart.BYTES_MAX), key);
    assertThat(part.end()).isEqualTo(23);
    assertThat(part.count()).isLessThan(15);
    // Nobody may have those of an audience by themselves that the operator has not named.
    assertThat(
            domain.get("/logs/s1g1/leaves?from=0&audience=https%3A%2F%2Fmail.example").statusCode())
        .isEqualTo(404);
  }

  @Test
  void leavesAreHeldBackUntilTheLogGrows() throws Exception {
    domain.token("app", app);
    NoteKey key = keySet().logs().getFirst().key();
    LeafBatch all = LeafBatch.parse(read(at("from=0"), LeafBatch.BYTES_MAX), key);
    assertThat(all.count()).isEqualTo(1);
    assertThat(LeafBatch.parse(read(at("from=1"), LeafBatch.BYTES_MAX), key).count()).isZero();
    assertThat(LeafBatch.parse(read(at("from=9&wait=1ms"), LeafBatch.BYTES_MAX), key).end())
        .isEqualTo(9);
    CompletableFuture<byte[]> held =
        network().await(at("from=1&wait=15s"), LeafBatch.BYTES_MAX, Duration.ofSeconds(15));
    while (!ok("/metrics").body().contains("counterfoil_authority_leaves_followers 1.0")) {
      Thread.sleep(1);
    }
    assertThat(held).isNotDone();
    domain.token("app", app);
    LeafBatch next = LeafBatch.parse(held.get(60, TimeUnit.SECONDS), key);
    assertThat(next.first()).isEqualTo(1);
    assertThat(next.count()).isEqualTo(1);
    for (String question : List.of("", "from=", "from=-1", "from=x", "from=0&wait=5")) {
      assertThat(domain.get("/logs/s1g1/leaves?" + question).statusCode())
          .as(question)
          .isEqualTo(400);
    }
    assertThat(domain.get("/logs/other/leaves?from=0").statusCode()).isEqualTo(404);
    assertThat(domain.get("/logs/keys/leaves?from=0").statusCode()).isEqualTo(404);
  }

  private static URI at(String question) {
    return URI.create(ISSUER + "/logs/s1g1/leaves?" + question);
  }

  @Test
  void aFullTileIsCachedForEver() throws Exception {
    for (int i = 0; i < 256; i++) {
      domain.token("app", app);
    }
    HttpResponse<String> tile = ok("/logs/s1g1/tile/0/000");
    assertThat(tile.headers().firstValue("Cache-Control"))
        .contains("public, max-age=31536000, immutable");
  }

  @Test
  void whatIsNotInTheLogIsNotFound() throws Exception {
    domain.token("app", app);
    ok("/logs/s1g1/proof/0");
    for (String path :
        List.of(
            "/logs/s1g1/proof/1",
            "/logs/s1g1/proof/-1",
            "/logs/s1g1/proof/00",
            "/logs/s1g1/proof/99999999999999999999",
            "/logs/s1g1/tile/0/000",
            "/logs/s1g1/tile/0/000.p/2",
            "/logs/s1g1/tile/9/000",
            "/logs/s1g1/tile/0/0",
            "/logs/s1g1/digests",
            "/logs/s1g1/",
            "/logs/s1g1",
            "/logs/other/checkpoint",
            "/logs/%2e%2e/checkpoint",
            "/logs/..%2f..%2fclients.db/checkpoint",
            "/logs/s1g1/%63heckpoint/x")) {
      assertThat(domain.get(path).statusCode()).as(path).isIn(400, 404);
    }
  }

  private HttpResponse<String> counterfoils(String query, String token) throws Exception {
    return domain.send(
        HttpRequest.newBuilder(domain.at("/logs/s1g1/counterfoils" + query))
            .header("Authorization", "Bearer " + token)
            .GET());
  }

  @Test
  void aCustodianReadsTheCounterfoils() throws Exception {
    String custodian = register("custodian", ISSUER, "counterfoil:custody");
    String token = domain.token("app", app);
    String custody = domain.token("custodian", custodian);

    HttpResponse<String> response = counterfoils("?from=0&max=10", custody);

    assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
    assertThat(response.headers().firstValue("Content-Type")).contains("application/x-ndjson");
    List<String> lines = response.body().lines().toList();
    assertThat(lines).hasSize(2);
    JsonObject first =
        StrictJson.object(lines.getFirst().getBytes(StandardCharsets.UTF_8), 1 << 16);
    assertThat(first.number("position")).isZero();
    assertThat(token).startsWith(first.string("signing_input") + ".");
    assertThat(counterfoils("?from=1&max=1", custody).body().lines()).hasSize(1);
    assertThat(counterfoils("?from=2", custody).body()).isEmpty();
    assertThat(counterfoils("?from=x", custody).statusCode()).isEqualTo(400);
    assertThat(counterfoils("?max=0", custody).statusCode()).isEqualTo(400);
    assertThat(counterfoils("?max=1000000", custody).statusCode()).isEqualTo(400);
  }

  @Test
  void aCustodiansStreamGoesOnWithTheLog() throws Exception {
    String custodian = register("custodian", ISSUER, "counterfoil:custody");
    String first = domain.token("app", app);
    String custody = domain.token("custodian", custodian);
    HttpRequest request =
        HttpRequest.newBuilder(domain.at("/logs/s1g1/counterfoils?from=0"))
            .header("Authorization", "Bearer " + custody)
            .header("Accept", CounterfoilsEndpoint.RECORDS)
            .build();
    try (HttpClient http = HttpClient.newHttpClient()) {
      HttpResponse<InputStream> response =
          http.send(request, HttpResponse.BodyHandlers.ofInputStream());
      assertThat(response.statusCode()).isEqualTo(200);
      assertThat(response.headers().firstValue("Content-Type"))
          .contains(CounterfoilsEndpoint.RECORDS);
      try (DataInputStream stream = new DataInputStream(response.body())) {
        assertThat(first).startsWith(signingInput(item(stream, 0)) + ".");
        assertThat(custody).startsWith(signingInput(item(stream, 0)) + ".");
        assertThat(head(item(stream, 1))).isEqualTo(2);
        String later = domain.token("app", app);
        byte[] record = item(stream, 0);
        assertThat(Counterfoil.parse(record).position()).isEqualTo(2);
        assertThat(later).startsWith(signingInput(record) + ".");
        assertThat(head(item(stream, 1))).isEqualTo(3);
        // Nothing more for a while, and the stream says so.
        assertThat(item(stream, 2)).isEmpty();
      }
      http.shutdownNow();
    }
  }

  private static byte[] item(DataInputStream stream, int kind) throws Exception {
    int head = stream.readInt();
    assertThat(head >>> 24).isEqualTo(kind);
    return stream.readNBytes(head & 0xffffff);
  }

  private static String signingInput(byte[] record) throws Exception {
    return new String(Counterfoil.parse(record).signingInput(), StandardCharsets.US_ASCII);
  }

  private long head(byte[] note) throws Exception {
    return Checkpoint.verify(note, keySet().logs().getFirst().key()).size();
  }

  @Test
  void nobodyElseDoes() throws Exception {
    String custodian = register("custodian", ISSUER, "counterfoil:custody");
    String otherScope = register("reader", ISSUER, "mail.read");
    String otherAudience = register("stranger", AUDIENCE, "counterfoil:custody");
    String custody = domain.token("custodian", custodian);

    assertThat(domain.get("/logs/s1g1/counterfoils").statusCode()).isEqualTo(401);
    assertThat(counterfoils("", "garbage").statusCode()).isEqualTo(401);
    assertThat(counterfoils("", domain.token("reader", otherScope)).statusCode()).isEqualTo(403);
    assertThat(counterfoils("", domain.token("stranger", otherAudience)).statusCode())
        .isEqualTo(401);
    assertThat(counterfoils("", domain.signer.forge("x", ISSUER, 0)).statusCode()).isEqualTo(401);
    assertThat(counterfoils("", custody).statusCode()).isEqualTo(200);
  }

  @Test
  void theMonitorAloneHearsWhatWasHandedOut() throws Exception {
    String custodian = register("custodian", ISSUER, "counterfoil:custody");
    String monitor = register("monitor", ISSUER, "counterfoil:released");
    String token = domain.token("app", app);
    String digest = CompactToken.parse(token).digest().base64Url();

    assertThat(domain.get("/logs/s1g1/released?digest=" + digest).statusCode()).isEqualTo(401);
    assertThat(released(digest, domain.token("custodian", custodian)).statusCode()).isEqualTo(403);
    HttpResponse<String> word = released(digest, domain.token("monitor", monitor));
    assertThat(word.statusCode()).as(word.body()).isEqualTo(200);
    assertThat(word.body()).contains("\"released\":true");
  }

  private HttpResponse<String> released(String digest, String token) throws Exception {
    return domain.send(
        HttpRequest.newBuilder(domain.at("/logs/s1g1/released?digest=" + digest))
            .header("Authorization", "Bearer " + token)
            .GET());
  }
}
