package dev.counterfoil.authority.http;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.jwk.Curve;
import com.nimbusds.jose.jwk.KeyUse;
import com.nimbusds.jose.jwk.gen.ECKeyGenerator;
import com.nimbusds.jose.jwk.gen.RSAKeyGenerator;
import dev.counterfoil.authority.FakeRegistrar;
import dev.counterfoil.authority.clients.ClientKeys;
import dev.counterfoil.authority.clients.ClientRegistration;
import dev.counterfoil.authority.logs.RecordEndpoint;
import dev.counterfoil.format.ChangedInputs;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.bytes.StrictJson;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * What clients send: forms, credentials, registrations with their keys, paths of logs and digests
 * for the record door. Each is refused in its own way, or read and, written again, read as the
 * same. Jazzer searches when {@code JAZZER_FUZZ=1} is set, one method at a time; the default run
 * changes good inputs from a seed.
 */
class RequestFuzzTest {
  private static final int CHANGED_INPUTS = 500;
  private static final int JSON_BYTES_MAX = 1 << 20;
  private static final List<String> NAMES = List.of("grant_type", "scope", "resource", "audience");

  private static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private static String text(byte[] bytes) {
    return new String(bytes, StandardCharsets.UTF_8);
  }

  /** A refusal is an answer: it quotes nothing, has a status, and is no longer than a sentence. */
  private static void isAnAnswer(RequestRefusedException e) {
    assertThat(e.error().description()).hasSizeBetween(1, 200);
    assertThat(e.error().description().chars()).allMatch(c -> c >= 0x20 && c < 0x7f);
    assertThat(e.error().code().text()).isNotEmpty();
  }

  // ---- forms

  private static boolean isForm(byte[] body) {
    try {
      Form form = Form.parse(body);
      List<List<String>> values = values(form);
      assertThat(values(Form.parse(utf8(written(values))))).isEqualTo(values);
      for (List<String> each : values) {
        assertThat(each.size()).isLessThanOrEqualTo(Form.PARAMETERS_MAX);
        assertThat(each).noneMatch(value -> value.chars().anyMatch(c -> c < 0x20 || c == 0x7f));
      }
      return true;
    } catch (RequestRefusedException e) {
      isAnAnswer(e);
      return false;
    }
  }

  private static List<List<String>> values(Form form) {
    List<List<String>> values = new ArrayList<>();
    for (String name : NAMES) {
      assertThat(form.value(name).stream().toList())
          .isEqualTo(form.values(name).stream().limit(1).toList());
      values.add(form.values(name));
    }
    return values;
  }

  private static String written(List<List<String>> values) {
    StringBuilder out = new StringBuilder();
    for (int i = 0; i < values.size(); i++) {
      for (String value : values.get(i)) {
        out.append(out.isEmpty() ? "" : "&")
            .append(NAMES.get(i))
            .append('=')
            .append(URLEncoder.encode(value, StandardCharsets.UTF_8));
      }
    }
    return out.toString();
  }

  static Stream<byte[]> goodForms() {
    return Stream.of(
            "grant_type=client_credentials&scope=mail.read+mail.send&resource=https%3A%2F%2Fa"
                + "&resource=https%3A%2F%2Fb&audience=%C3%A4",
            "scope=&grant_type", "x=1&y=2&audience=one")
        .map(RequestFuzzTest::utf8);
  }

  // ---- client_secret_basic

  private static boolean isBasic(byte[] bytes) {
    String header = new String(bytes, StandardCharsets.ISO_8859_1);
    if (!BasicCredentials.isBasic(header)) {
      return false;
    }
    try {
      BasicCredentials read = BasicCredentials.parse(header);
      String pair =
          URLEncoder.encode(read.clientId(), StandardCharsets.UTF_8)
              + ":"
              + URLEncoder.encode(text(read.secret()), StandardCharsets.UTF_8);
      String again = "Basic " + Base64.getEncoder().encodeToString(utf8(pair));
      if (again.length() <= BasicCredentials.LENGTH_MAX) {
        BasicCredentials reread = BasicCredentials.parse(again);
        assertThat(reread.clientId()).isEqualTo(read.clientId());
        assertThat(reread.secret()).isEqualTo(read.secret());
      }
      if (read.secret().length > 8) {
        assertThat(read.toString()).doesNotContain(text(read.secret()));
      }
      return true;
    } catch (RequestRefusedException e) {
      isAnAnswer(e);
      return false;
    }
  }

  static Stream<byte[]> goodBasic() {
    return Stream.of("client:a secret", "a%3Ab:s%C3%A4", ":", "client:" + "s".repeat(43))
        .map(pair -> utf8("Basic " + Base64.getEncoder().encodeToString(utf8(pair))));
  }

  // ---- registrations

  private static boolean isRegistration(byte[] bytes) {
    try {
      ClientRegistration read = ClientRegistration.parse(StrictJson.object(bytes, JSON_BYTES_MAX));
      assertThat(ClientRegistration.parse(read.toJson())).isEqualTo(read);
      return true;
    } catch (FormatException e) {
      assertThat(String.valueOf(e.getMessage())).isNotEmpty();
      return false;
    }
  }

  static Stream<byte[]> goodRegistrations() {
    return Stream.of(
            """
            {"client_id":"mail","tenant":"acme","token_endpoint_auth_method":"client_secret_basic",
             "audiences":["https://mail.example"],"scopes":["mail.read"]}\
            """,
            """
            {"client_id":"mail","client_name":"Mail","tenant":"acme","subject":"alice",
             "token_endpoint_auth_method":"private_key_jwt","jwks":{"keys":[]},
             "audiences":[],"scopes":["counterfoil:record"],"dpop_bound_access_tokens":true,
             "may_introspect":true,"token_life_s":300,"access_token_signed_response_alg":"RS256"}\
            """)
        .map(RequestFuzzTest::utf8);
  }

  // ---- keys of clients

  private static boolean isKeys(byte[] bytes) {
    JsonObject jwks;
    try {
      jwks = StrictJson.object(bytes, JSON_BYTES_MAX);
    } catch (FormatException e) {
      return false;
    }
    try {
      assertThat(ClientKeys.parse(jwks)).isNotNull();
      assertThat(jwks.objects("keys")).hasSizeBetween(1, ClientKeys.KEYS_MAX);
      for (JsonObject key : jwks.objects("keys")) {
        assertThat(key.has("d")).isFalse();
      }
      return true;
    } catch (FormatException e) {
      assertThat(String.valueOf(e.getMessage())).isNotEmpty();
      return false;
    }
  }

  static Stream<byte[]> goodKeys() throws Exception {
    String ed25519 = new FakeRegistrar.Ed25519().key().toJson().toString();
    return Stream.of(
            "{\"keys\":[" + ed25519 + "]}",
            "{\"keys\":[%s]}"
                .formatted(
                    new ECKeyGenerator(Curve.P_256)
                        .keyID("1")
                        .keyUse(KeyUse.SIGNATURE)
                        .algorithm(JWSAlgorithm.ES256)
                        .generate()
                        .toPublicJWK()),
            "{\"keys\":[%s]}".formatted(new RSAKeyGenerator(2048).generate().toPublicJWK()))
        .map(RequestFuzzTest::utf8);
  }

  // ---- paths

  private static boolean isPath(byte[] bytes) {
    String path = text(bytes);
    LogPath.parse(path)
        .ifPresent(
            read -> {
              assertThat(LogPath.PREFIX + read.log() + "/" + read.rest()).isEqualTo(path);
              assertThat(read.log()).doesNotContain("/");
            });
    return LogPath.parse(path).isPresent();
  }

  static Stream<byte[]> goodPaths() {
    return Stream.of(
            "/logs/s1g1/tile/0/x001/x234/067.p/8", "/logs/keys/checkpoint", "/logs//", "/logs/a/")
        .map(RequestFuzzTest::utf8);
  }

  // ---- digests

  private static boolean isDigests(byte[] body) {
    try {
      List<Hash> digests = RecordEndpoint.digests(body);
      assertThat(digests).hasSizeBetween(1, 1_000);
      byte[] again = new byte[digests.size() * Hash.BYTES];
      for (int i = 0; i < digests.size(); i++) {
        digests.get(i).write(again, i * Hash.BYTES);
      }
      assertThat(again).isEqualTo(body);
      return true;
    } catch (RequestRefusedException e) {
      isAnAnswer(e);
      return false;
    }
  }

  static Stream<byte[]> goodDigests() {
    return Stream.of(new byte[32], Hash.sha256().bytes(), new byte[32_000]);
  }

  // ---- Jazzer

  @MethodSource("goodForms")
  @FuzzTest(maxDuration = "60s")
  void forms(byte[] bytes) {
    isForm(bytes);
  }

  @MethodSource("goodBasic")
  @FuzzTest(maxDuration = "60s")
  void basic(byte[] bytes) {
    isBasic(bytes);
  }

  @MethodSource("goodRegistrations")
  @FuzzTest(maxDuration = "60s")
  void registrations(byte[] bytes) {
    isRegistration(bytes);
  }

  @MethodSource("goodKeys")
  @FuzzTest(maxDuration = "60s")
  void keys(byte[] bytes) {
    isKeys(bytes);
  }

  @MethodSource({"goodPaths", "goodDigests"})
  @FuzzTest(maxDuration = "60s")
  void pathsAndDigests(byte[] bytes) {
    isPath(bytes);
    isDigests(bytes);
  }

  // ---- without Jazzer

  private record Parser(String name, Stream<byte[]> good, Predicate<byte[]> accepts) {}

  @Test
  void changedInputsAreRefusedOrRead() throws Exception {
    for (Parser parser :
        List.of(
            new Parser("form", goodForms(), RequestFuzzTest::isForm),
            new Parser("basic", goodBasic(), RequestFuzzTest::isBasic),
            new Parser("registration", goodRegistrations(), RequestFuzzTest::isRegistration),
            new Parser("keys", goodKeys(), RequestFuzzTest::isKeys),
            new Parser("path", goodPaths(), RequestFuzzTest::isPath),
            new Parser("digests", goodDigests(), RequestFuzzTest::isDigests))) {
      ChangedInputs changed = new ChangedInputs(9);
      List<byte[]> good = parser.good.toList();
      int accepted = 0;
      for (int i = 0; i < CHANGED_INPUTS; i++) {
        accepted += parser.accepts.test(changed.of(good.get(i % good.size()))) ? 1 : 0;
      }
      assertThat(good).as(parser.name).allMatch(parser.accepts);
      assertThat(accepted).as(parser.name).isBetween(1, CHANGED_INPUTS - 1);
    }
  }
}
