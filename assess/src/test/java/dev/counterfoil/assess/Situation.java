package dev.counterfoil.assess;

import dev.counterfoil.assess.fetch.AssessmentLimits;
import dev.counterfoil.assess.token.SampleToken;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.stream.Stream;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Issuers, what services load, and sample tokens, all as they should be; tests spoil one thing. The
 * hosts are addresses set aside for documentation (RFC 5737), so that no name is looked up.
 */
final class Situation {
  static final String ISSUER = "https://192.0.2.10/main";
  static final String OTHER = "https://192.0.2.20/other";
  static final TestKey ACTIVE = TestKey.ec();
  static final TestKey NEXT = TestKey.ec();
  static final TestKey OTHER_ACTIVE = TestKey.ec();
  static final TestKey OTHER_NEXT = TestKey.ec();

  /** One issuer, ready to be spoiled. */
  static final class Issuer {
    final String url;
    final ObjectNode metadata;
    ObjectNode openIdMetadata;
    ObjectNode jwks;
    final Map<String, List<String>> jwksHeaders =
        new HashMap<>(
            Map.of("cache-control", List.of("public, max-age=300"), "etag", List.of("\"1\"")));

    private Issuer(String url, ObjectNode jwks) {
      this.url = url;
      this.metadata = soundMetadata(url);
      this.openIdMetadata = metadata;
      this.jwks = jwks;
    }

    ArrayNode keys() {
      return (ArrayNode) jwks.get("keys");
    }

    ObjectNode key(int index) {
      return (ObjectNode) keys().get(index);
    }
  }

  Instant now = Instant.parse("2026-11-25T00:00:00Z");
  AssessmentLimits limits = AssessmentLimits.DEFAULT;
  final FakeWeb web = new FakeWeb();
  final Issuer issuer = new Issuer(ISSUER, jwks(now, ACTIVE, NEXT));
  final Issuer other = new Issuer(OTHER, jwks(now, OTHER_ACTIVE, OTHER_NEXT));
  final Map<String, ObjectNode> deployed = new LinkedHashMap<>();
  final List<SampleToken> tokens = new ArrayList<>();
  Options options = Options.none().comparedWith(URI.create(OTHER));
  Consumer<FakeWeb> webEdit = unchanged -> {};

  Situation() {
    tokens.add(SampleToken.of("sample", token(ACTIVE, header -> {}, claims -> {})));
  }

  /** A token as it should be, then edited. */
  String token(TestKey key, Consumer<ObjectNode> headerEdit, Consumer<ObjectNode> claimsEdit) {
    ObjectNode header =
        TestKey.json("{}")
            .put("alg", key.algorithm())
            .put("kid", key.thumbprint())
            .put("typ", "at+jwt");
    ObjectNode claims =
        TestKey.json("{\"cnf\":{\"jkt\":\"0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I\"}}")
            .put("iss", ISSUER)
            .put("sub", "client-1")
            .put("client_id", "client-1")
            .put("aud", "https://mail.example/")
            .put("tenant", "t1")
            .put("jti", "id-1")
            .put("iat", now.getEpochSecond())
            .put("exp", now.plusSeconds(900).getEpochSecond());
    headerEdit.accept(header);
    claimsEdit.accept(claims);
    return key.sign(header, claims);
  }

  void onlyToken(String token) {
    tokens.clear();
    tokens.add(SampleToken.of("sample", token));
  }

  void onlyToken(Consumer<ObjectNode> headerEdit, Consumer<ObjectNode> claimsEdit) {
    onlyToken(token(ACTIVE, headerEdit, claimsEdit));
  }

  void remember(Path file) {
    options = options.rememberingIn(file);
  }

  AssessmentReport assess() {
    Stream.of(issuer, other).forEach(this::serve);
    deployed.forEach(
        (address, set) ->
            web.put(address, 200, Map.of("cache-control", List.of("max-age=300")), set.toString()));
    webEdit.accept(web);
    Options all =
        options
            .withDeployedKeySets(deployed.keySet().stream().map(URI::create).toArray(URI[]::new))
            .withTokens(tokens);
    return new IssuerAssessment(web, () -> now, limits).assess(URI.create(ISSUER), all);
  }

  private void serve(Issuer one) {
    URI url = URI.create(one.url);
    web.put(
        url.resolve("/.well-known/oauth-authorization-server" + url.getPath()).toString(),
        one.metadata.toString());
    web.put(one.url + "/.well-known/openid-configuration", one.openIdMetadata.toString());
    web.put(one.url + "/jwks", 200, one.jwksHeaders, one.jwks.toString());
  }

  /** A set of young keys that state their beginning. */
  static ObjectNode jwks(Instant now, TestKey... keys) {
    ObjectNode set = TestKey.json("{\"keys\":[]}");
    for (TestKey key : keys) {
      ((ArrayNode) set.get("keys"))
          .add(key.entry().put("iat", now.minus(Duration.ofDays(3)).getEpochSecond()));
    }
    return set;
  }

  static ObjectNode soundMetadata(String url) {
    return TestKey.json(
        """
        {"issuer":"@","token_endpoint":"@/token","authorization_endpoint":"@/authorize","jwks_uri":"@/jwks",
         "introspection_endpoint":"@/introspect","revocation_endpoint":"@/revoke",
         "grant_types_supported":["authorization_code","client_credentials"],
         "code_challenge_methods_supported":["S256"],"authorization_response_iss_parameter_supported":true,
         "dpop_signing_alg_values_supported":["ES256"],
         "token_endpoint_auth_methods_supported":["private_key_jwt","client_secret_basic"],
         "id_token_signing_alg_values_supported":["ES256","RS256"]}
        """
            .replace("@", url));
  }
}
