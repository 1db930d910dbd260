package dev.counterfoil.authority.clients;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterfoil.authority.http.RequestRefusedException;
import dev.counterfoil.format.SeededRandom;
import dev.counterfoil.format.VectorFiles;
import dev.counterfoil.format.bytes.Base64Url;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.bytes.StrictJson;
import dev.counterfoil.format.keys.PublicJwk;
import dev.counterfoil.log.disk.FileDisk;
import java.io.ByteArrayOutputStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.SecureRandom;
import java.security.Signature;
import java.security.interfaces.ECPublicKey;
import java.security.spec.ECGenParameterSpec;
import java.security.spec.MGF1ParameterSpec;
import java.security.spec.PSSParameterSpec;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.UnaryOperator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;

/**
 * The golden files in {@code vectors/client-jwts}: assertions and DPoP proofs as clients send them,
 * and every way to get one wrong. {@code -Dcounterfoil.vectors.write=true} writes them.
 */
class ClientJwtVectorsTest {
  private static final Path FOLDER =
      Path.of(System.getProperty("counterfoil.root", ".."), "vectors/client-jwts");
  private static final String WORLD = "world.json";
  private static final Instant NOW = Instant.parse("2026-11-25T12:00:00Z");
  private static final long SECONDS = NOW.getEpochSecond();
  private static final String ISSUER = "https://login.example";
  private static final String ENDPOINT = ISSUER + "/token";

  private final IssueTimes times = new IssueTimes(() -> NOW, NOW.minusSeconds(3600));

  // ---- reading ----

  @TestFactory
  Stream<DynamicTest> everyVectorEndsAsItSays() throws Exception {
    Path shared = Files.createTempDirectory("client-jwts");
    ClientDirectory clients = clients(shared);
    return VectorFiles.each(FOLDER, 80, vector -> check(vector, clients, shared))
        .onClose(clients::close);
  }

  private static ClientDirectory clients(Path in) throws Exception {
    ClientDirectory clients =
        ClientDirectory.open(
            in.resolve("clients.db"), in.resolve("pepper"), new SecureRandom(), () -> NOW);
    JsonObject world = StrictJson.object(Files.readAllBytes(FOLDER.resolve(WORLD)), 1 << 20);
    for (JsonObject client : world.objects("clients")) {
      clients.register(ClientRegistration.parse(client));
    }
    return clients;
  }

  private void check(String vector, ClientDirectory clients, Path shared) throws Exception {
    Matcher matcher =
        Pattern.compile(
                "comment: [^\n]*\nexpect: (accepted|refused)\n(assertion|proof): ([^\n]*)\n")
            .matcher(vector);
    assertThat(matcher.matches()).as("layout").isTrue();
    String outcome;
    try (UsesOnDisk ahead =
        UsesOnDisk.open(FileDisk.privateFolder(shared), "used", UsedOnce.AHEAD, NOW)) {
      UsedOnce once = new UsedOnce(new ReplayGuard(() -> NOW, 10), ahead, () -> NOW);
      if (matcher.group(2).equals("assertion")) {
        ClientAssertions assertions =
            new ClientAssertions(
                URI.create(ISSUER), URI.create(ENDPOINT), clients, once, () -> NOW, times);
        assertions.check(matcher.group(3), Optional.empty());
      } else {
        new DpopProofs(URI.create(ENDPOINT), once, () -> NOW, times)
            .check("mail", matcher.group(3));
      }
      outcome = "accepted";
    } catch (RequestRefusedException e) {
      outcome = "refused";
    }
    Files.deleteIfExists(shared.resolve("used-a"));
    Files.deleteIfExists(shared.resolve("used-b"));
    assertThat(outcome).isEqualTo(matcher.group(1));
  }

  // ---- writing ----

  private final KeyPair ec = pair("EC", "ec");
  private final KeyPair ed25519 = pair("Ed25519", "ed25519");
  private final KeyPair rsa = pair("RSA", "rsa");
  private final Map<String, String> vectors = new LinkedHashMap<>();
  private int number;

  private static KeyPair pair(String algorithm, String seed) {
    try {
      SecureRandom random = new SeededRandom("client-jwts " + seed);
      KeyPairGenerator generator = KeyPairGenerator.getInstance(algorithm);
      switch (algorithm) {
        case "EC" -> generator.initialize(new ECGenParameterSpec("secp256r1"), random);
        case "RSA" -> generator.initialize(2048, random);
        default -> generator.initialize(255, random);
      }
      return generator.generateKeyPair();
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  @Test
  @EnabledIfSystemProperty(named = "counterfoil.vectors.write", matches = "true")
  void write() throws Exception {
    assertions();
    proofs();
    for (String kind : List.of("assertion", "proof")) {
      spellings(kind);
    }
    VectorFiles.write(FOLDER, vectors);
    Files.writeString(
        FOLDER.resolve(WORLD),
        """
        {"now":"%s","began":"%s","issuer":"%s","token_endpoint":"%s","clients":[
        %s,
        %s]}
        """
            .formatted(
                NOW,
                NOW.minusSeconds(3600),
                ISSUER,
                ENDPOINT,
                client("mail").toJson(),
                client("old")
                    .conceding(Concession.RS256, Concession.TOKEN_ENDPOINT_AUDIENCE)
                    .toJson()));
  }

  private JsonObject jwk(KeyPair pair) {
    return pair == ec
        ? PublicJwk.es256((ECPublicKey) ec.getPublic()).toJson()
        : PublicJwk.of(
                pair == rsa ? PublicJwk.Algorithm.RS256 : PublicJwk.Algorithm.EDDSA,
                pair.getPublic())
            .toJson();
  }

  private ClientRegistration client(String id) {
    JsonObject jwks =
        JsonObject.builder()
            .put("keys", List.of(jwk(ec).with("kid", "k1"), jwk(ed25519), jwk(rsa)))
            .build();
    return ClientRegistration.withKeys(
        id, "acme", jwks, List.of("https://mail.example"), List.of("mail.read"));
  }

  private void add(String kind, String name, boolean accepted, String comment, String jwt) {
    vectors.put(
        kind + "-" + name,
        "comment: %s\nexpect: %s\n%s: %s\n"
            .formatted(comment, accepted ? "accepted" : "refused", kind, jwt));
  }

  private String signed(String algorithm, String header, byte[] payload) throws Exception {
    String input =
        Base64Url.encode(header.getBytes(StandardCharsets.UTF_8)) + "." + Base64Url.encode(payload);
    return input + "." + Base64Url.encode(signature(algorithm, input));
  }

  private byte[] signature(String algorithm, String input) throws GeneralSecurityException {
    byte[] signed = input.getBytes(StandardCharsets.US_ASCII);
    Signature signer =
        switch (algorithm) {
          case "ES256" -> Signature.getInstance("SHA256withECDSAinP1363Format");
          case "ES256-DER" -> Signature.getInstance("SHA256withECDSA");
          case "PS256" -> Signature.getInstance("RSASSA-PSS");
          case "RS256" -> Signature.getInstance("SHA256withRSA");
          default -> Signature.getInstance("Ed25519");
        };
    if (algorithm.equals("PS256")) {
      signer.setParameter(new PSSParameterSpec("SHA-256", "MGF1", MGF1ParameterSpec.SHA256, 32, 1));
    }
    PrivateKey key =
        algorithm.startsWith("ES")
            ? ec.getPrivate()
            : algorithm.endsWith("S256") ? rsa.getPrivate() : ed25519.getPrivate();
    signer.initSign(key, new SeededRandom(key.getEncoded(), signed));
    signer.update(signed);
    return signer.sign();
  }

  private String claims(String client) {
    return "{\"iss\":\"%s\",\"sub\":\"%s\",\"aud\":\"%s\",\"jti\":\"%d\",\"iat\":%d,\"exp\":%d}"
        .formatted(client, client, ISSUER, number++, SECONDS, SECONDS + 60);
  }

  private String proofClaims() {
    return "{\"htm\":\"POST\",\"htu\":\"%s\",\"jti\":\"%d\",\"iat\":%d}"
        .formatted(ENDPOINT, number++, SECONDS);
  }

  private static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private void assertion(String name, boolean accepted, String comment, UnaryOperator<String> edit)
      throws Exception {
    add(
        "assertion",
        name,
        accepted,
        comment,
        signed("ES256", "{\"alg\":\"ES256\"}", utf8(edit.apply(claims("mail")))));
  }

  private void headed(String name, boolean accepted, String comment, String client, String header)
      throws Exception {
    Matcher algorithm = Pattern.compile("\"alg\":\"([^\"]*)\"").matcher(header);
    String by = algorithm.find() ? algorithm.group(1) : "ES256";
    add(
        "assertion",
        name,
        accepted,
        comment,
        signed(
            List.of("PS256", "RS256", "EdDSA", "Ed25519").contains(by) ? by : "ES256",
            header,
            utf8(claims(client))));
  }

  private void assertions() throws Exception {
    assertion("es256", true, "the honest one", all -> all);
    headed("ps256", true, "RSA", "mail", "{\"alg\":\"PS256\"}");
    headed("eddsa", true, "Ed25519", "mail", "{\"alg\":\"EdDSA\"}");
    headed("ed25519", true, "by its newer name (RFC 9864)", "mail", "{\"alg\":\"Ed25519\"}");
    headed("rs256", false, "RS256 without the concession", "mail", "{\"alg\":\"RS256\"}");
    headed("rs256-conceded", true, "RS256 with it", "old", "{\"alg\":\"RS256\"}");
    headed("alg-none", false, "no algorithm", "mail", "{\"alg\":\"none\"}");
    headed("alg-hs256", false, "a symmetric one", "mail", "{\"alg\":\"HS256\"}");
    headed("alg-es384", false, "another curve's", "mail", "{\"alg\":\"ES384\"}");
    headed("alg-case", false, "other letters", "mail", "{\"alg\":\"es256\"}");
    headed("alg-missing", false, "no alg", "mail", "{}");
    headed("kid", true, "its name", "mail", "{\"alg\":\"ES256\",\"kid\":\"k1\"}");
    headed(
        "kid-thumbprint",
        true,
        "its RFC 7638 thumbprint",
        "mail",
        "{\"alg\":\"EdDSA\",\"kid\":\"%s\"}".formatted(PublicJwk.parse(jwk(ed25519)).thumbprint()));
    headed("kid-other", false, "another's", "mail", "{\"alg\":\"ES256\",\"kid\":\"k2\"}");
    for (String type :
        List.of("JWT", "client-authentication+jwt", "application/client-authentication+jwt")) {
      headed(
          "typ-" + type.replaceAll("[^A-Za-z]", "-"),
          true,
          "typ " + type,
          "mail",
          "{\"alg\":\"ES256\",\"typ\":\"" + type + "\"}");
    }
    for (String type : List.of("dpop+jwt", "at+jwt", "secevent+jwt", "logout+jwt", "JOSE")) {
      headed(
          "typ-" + type.replaceAll("[^A-Za-z]", "-"),
          false,
          "a JWT of another kind: " + type,
          "mail",
          "{\"alg\":\"ES256\",\"typ\":\"" + type + "\"}");
    }
    headed("typ-number", false, "typ is no text", "mail", "{\"alg\":\"ES256\",\"typ\":1}");
    for (String member : List.of("crit", "b64", "jwk", "jku", "x5u", "x5c", "zip", "cty")) {
      headed(
          "header-" + member,
          false,
          "a header member that is an extension or names a key",
          "mail",
          "{\"alg\":\"ES256\",\"" + member + "\":\"x\"}");
    }
    headed("x5t", true, "a certificate's name", "mail", "{\"alg\":\"ES256\",\"x5t\":\"AAAA\"}");
    String aud = "\"aud\":\"" + ISSUER + "\"";
    assertion(
        "aud-list",
        false,
        "a list of one",
        all -> all.replace(aud, "\"aud\":[\"" + ISSUER + "\"]"));
    assertion(
        "aud-two",
        false,
        "two audiences",
        all -> all.replace(aud, "\"aud\":[\"" + ISSUER + "\",\"https://other.example\"]"));
    assertion("aud-endpoint", false, "the token endpoint", all -> all.replace(ISSUER, ENDPOINT));
    add(
        "assertion",
        "aud-endpoint-conceded",
        true,
        "the token endpoint, with the concession",
        signed("ES256", "{\"alg\":\"ES256\"}", utf8(claims("old").replace(ISSUER, ENDPOINT))));
    assertion("aud-slash", false, "with a slash", all -> all.replace(ISSUER, ISSUER + "/"));
    assertion("aud-missing", false, "none", all -> all.replace(aud + ",", ""));
    assertion("iss-other", false, "iss is not sub", all -> all.replaceFirst("mail", "old"));
    assertion("jti-missing", false, "no jti", all -> all.replaceAll("\"jti\":\"\\d+\",", ""));
    assertion(
        "jti-empty",
        false,
        "an empty one",
        all -> all.replaceAll("\"jti\":\"\\d+\"", "\"jti\":\"\""));
    time("iat-missing", false, "no iat", "\"iat\":\\d+,", "");
    time("iat-text", false, "iat is a text", "(\"iat\":)(\\d+)", "$1\"$2\"");
    time("iat-fraction", true, "NumericDate may have one", "(\"iat\":\\d+)", "$1.5");
    time("iat-ahead-10", true, "10 s ahead", "\"iat\":\\d+", "\"iat\":" + (SECONDS + 10));
    time("iat-ahead-11", false, "11 s ahead", "\"iat\":\\d+", "\"iat\":" + (SECONDS + 11));
    time(
        "iat-before",
        false,
        "from before the start",
        "\"iat\":\\d+",
        "\"iat\":" + (SECONDS - 3600));
    time(
        "nbf-ahead-10",
        true,
        "nbf 10 s ahead",
        "\"iat\"",
        "\"nbf\":" + (SECONDS + 10) + ",\"iat\"");
    time(
        "nbf-ahead-11",
        false,
        "nbf 11 s ahead",
        "\"iat\"",
        "\"nbf\":" + (SECONDS + 11) + ",\"iat\"");
    time("exp-past", false, "expired", "\"exp\":\\d+", "\"exp\":" + (SECONDS - 11));
    time("exp-far", false, "lives for an hour", "\"exp\":\\d+", "\"exp\":" + (SECONDS + 3600));
    time(
        "exp-wraps",
        false,
        "2^64 milliseconds later: some minutes ahead in a reader that lets it wrap",
        "\"exp\":\\d+",
        "\"exp\":" + (18_446_744_073_709_551L + SECONDS + 200));
    time("exp-2-64", false, "beyond 64 bits", "\"exp\":\\d+", "\"exp\":18446744073709551616");
    time("exp-1e300", false, "a double", "\"exp\":\\d+", "\"exp\":1e300");
    time("exp-negative", false, "before 1970", "\"exp\":\\d+", "\"exp\":-1");
  }

  private void time(String name, boolean accepted, String comment, String from, String to)
      throws Exception {
    assertion(name, accepted, comment, all -> all.replaceFirst(from, to));
  }

  private String proof(String algorithm, KeyPair key) {
    return "{\"alg\":\"%s\",\"typ\":\"dpop+jwt\",\"jwk\":%s}".formatted(algorithm, jwk(key));
  }

  private void proof(String name, boolean accepted, String comment, UnaryOperator<String> edit)
      throws Exception {
    add(
        "proof",
        name,
        accepted,
        comment,
        signed("ES256", proof("ES256", ec), utf8(edit.apply(proofClaims()))));
  }

  private void proofs() throws Exception {
    proof("es256", true, "the honest one", all -> all);
    for (String algorithm : List.of("PS256", "RS256", "EdDSA", "Ed25519")) {
      add(
          "proof",
          algorithm.toLowerCase(java.util.Locale.ROOT),
          !algorithm.equals("RS256"),
          "signed with " + algorithm,
          signed(
              algorithm,
              proof(algorithm, algorithm.endsWith("S256") ? rsa : ed25519),
              utf8(proofClaims())));
    }
    proof("age-60", true, "60 s old", all -> all.replace("" + SECONDS, "" + (SECONDS - 60)));
    proof("age-61", false, "61 s old", all -> all.replace("" + SECONDS, "" + (SECONDS - 61)));
    proof("ahead-10", true, "10 s ahead", all -> all.replace("" + SECONDS, "" + (SECONDS + 10)));
    proof("ahead-11", false, "11 s ahead", all -> all.replace("" + SECONDS, "" + (SECONDS + 11)));
    proof("htm", false, "another method", all -> all.replace("POST", "GET"));
    proof("htu", false, "another place", all -> all.replace("/token", "/introspect"));
    proof("htu-host", false, "another host", all -> all.replace("login.", "other."));
    proof(
        "htu-normal",
        true,
        "its normal form",
        all -> all.replace("https://login", "HTTPS://LOGIN"));
    proof("jti-missing", false, "no jti", all -> all.replaceAll("\"jti\":\"\\d+\",", ""));
    String header = proof("ES256", ec);
    Map<String, String> headers = new LinkedHashMap<>();
    headers.put("typ-jwt", header.replace("dpop+jwt", "JWT"));
    headers.put("typ-missing", header.replace("\"typ\":\"dpop+jwt\",", ""));
    headers.put("jwk-missing", header.replace(",\"jwk\":" + jwk(ec), ""));
    headers.put("jwk-private", header.replace("\"kty\"", "\"d\":\"AA\",\"kty\""));
    headers.put("jwk-other", proof("ES256", ed25519));
    headers.put("jwk-alg", header.replace("\"kty\"", "\"alg\":\"ES384\",\"kty\""));
    headers.put("crit", header.replace("{\"alg\"", "{\"crit\":[\"b64\"],\"alg\""));
    headers.put("alg-none", header.replace("ES256", "none"));
    for (Map.Entry<String, String> one : headers.entrySet()) {
      add(
          "proof",
          "header-" + one.getKey(),
          false,
          "a header that is none",
          signed("ES256", one.getValue(), utf8(proofClaims())));
    }
  }

  private void spellings(String kind) throws Exception {
    boolean isProof = kind.equals("proof");
    String header = isProof ? proof("ES256", ec) : "{\"alg\":\"ES256\"}";
    Map<String, byte[]> payloads = new LinkedHashMap<>();
    payloads.put("twice", utf8(says(isProof).replace("{", "{\"iat\":" + SECONDS + ",")));
    payloads.put("lone-surrogate", utf8(says(isProof).replace("{", "{\"x\":\"\\ud800\",")));
    payloads.put(
        "bom", joined(new byte[] {(byte) 0xef, (byte) 0xbb, (byte) 0xbf}, utf8(says(isProof))));
    payloads.put(
        "not-utf-8",
        joined(
            utf8("{\"x\":\""), new byte[] {(byte) 0xff}, utf8("\"," + says(isProof).substring(1))));
    payloads.put(
        "overlong",
        joined(
            utf8("{\"x\":\""),
            new byte[] {(byte) 0xc0, (byte) 0x80},
            utf8("\"," + says(isProof).substring(1))));
    payloads.put("goes-on", utf8(says(isProof) + "{}"));
    payloads.put("comment", utf8(says(isProof).replace("{", "{/**/")));
    payloads.put("list", utf8("[" + says(isProof) + "]"));
    payloads.put(
        "deep",
        utf8(says(isProof).replace("{", "{\"x\":" + "[".repeat(99) + "]".repeat(99) + ",")));
    for (Map.Entry<String, byte[]> one : payloads.entrySet()) {
      add(
          kind,
          "payload-" + one.getKey(),
          false,
          "a payload in another spelling",
          signed("ES256", header, one.getValue()));
    }
    add(
        kind,
        "header-twice",
        false,
        "a member twice",
        signed(
            "ES256",
            header.replace("{\"alg\"", "{\"alg\":\"ES256\",\"alg\""),
            utf8(says(isProof))));
    String good = signed("ES256", header, utf8(says(isProof)));
    Map<String, String> texts = new LinkedHashMap<>();
    texts.put("padding", good + "==");
    texts.put("space", good + " ");
    texts.put(
        "mark", good.substring(0, good.length() - 20) + "!" + good.substring(good.length() - 20));
    texts.put(
        "stray-bits", good.substring(0, good.length() - 1) + next(good.charAt(good.length() - 1)));
    texts.put("no-signature", good.substring(0, good.lastIndexOf('.') + 1));
    texts.put("two-parts", good.substring(0, good.lastIndexOf('.')));
    texts.put("four-parts", good + ".");
    texts.put("zeros", good.substring(0, good.lastIndexOf('.') + 1) + "A".repeat(86));
    String input = good.substring(0, good.lastIndexOf('.'));
    texts.put("der", input + "." + Base64Url.encode(signature("ES256-DER", input)));
    for (Map.Entry<String, String> one : texts.entrySet()) {
      add(kind, "text-" + one.getKey(), false, "a text in another spelling", one.getValue());
    }
  }

  private String says(boolean isProof) {
    return isProof ? proofClaims() : claims("mail");
  }

  private static byte[] joined(byte[]... parts) {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    for (byte[] part : parts) {
      all.writeBytes(part);
    }
    return all.toByteArray();
  }

  private static char next(char c) {
    String alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    return alphabet.charAt(alphabet.indexOf(c) + 1);
  }
}
