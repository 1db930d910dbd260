package dev.counterfoil.authority.clients;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import com.nimbusds.jose.JOSEObjectType;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.crypto.ECDSASigner;
import com.nimbusds.jose.jwk.Curve;
import com.nimbusds.jose.jwk.ECKey;
import com.nimbusds.jose.jwk.gen.ECKeyGenerator;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.SignedJWT;
import dev.counterfoil.authority.http.RequestRefusedException;
import dev.counterfoil.format.ChangedInputs;
import dev.counterfoil.format.bytes.Base64Url;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.bytes.StrictJson;
import dev.counterfoil.log.disk.FileDisk;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Instant;
import java.util.Date;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * JWTs of clients, before anybody knows who they are: assertions and DPoP proofs. Whatever it is,
 * the answer is a refusal, or the client's own word. An input is {@code header.payload} in the
 * clear, which is encoded and signed here, so that what lies behind the encoding is searched too;
 * or a JWT as it is. Jazzer searches when {@code JAZZER_FUZZ=1} is set.
 */
class JwtFuzzTest {
  private static final int CHANGED_INPUTS = 200;

  private static final Instant NOW = Instant.parse("2026-11-25T12:00:00Z");

  private static final URI ISSUER = URI.create("https://login.example");
  private static final URI TOKEN = URI.create("https://login.example/token");
  private static final World WORLD = world();

  /** Two checks of a server in which one client is registered, and the client's key. */
  private record World(
      Path folder, ClientDirectory clients, ECKey key, IssueTimes times, UsesOnDisk ahead) {
    ClientAssertions assertions() {
      return new ClientAssertions(ISSUER, TOKEN, clients, once(), () -> NOW, times);
    }

    DpopProofs proofs() {
      return new DpopProofs(TOKEN, once(), () -> NOW, times);
    }

    /** One that knows of nothing: each input is asked anew. */
    private UsedOnce once() {
      return new UsedOnce(new ReplayGuard(() -> NOW, 100), ahead, () -> NOW);
    }
  }

  private static World world() {
    try {
      Path folder = Files.createTempDirectory("jwt-fuzz");
      ECKey key = new ECKeyGenerator(Curve.P_256).generate();
      ClientDirectory clients =
          ClientDirectory.open(
              folder.resolve("clients.db"),
              folder.resolve("pepper"),
              new SecureRandom(),
              () -> NOW);
      JsonObject jwks =
          StrictJson.object(utf8("{\"keys\":[" + key.toPublicJWK().toJSONString() + "]}"), 1 << 16);
      clients.register(
          ClientRegistration.withKeys(
              "mail", "acme", jwks, List.of("https://mail.example"), List.of("mail.read")));
      return new World(
          folder,
          clients,
          key,
          new IssueTimes(() -> NOW, NOW.minusSeconds(60)),
          UsesOnDisk.open(FileDisk.privateFolder(folder), "used", UsedOnce.AHEAD, NOW));
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }

  @AfterAll
  static void remove() throws IOException {
    WORLD.clients.close();
    WORLD.ahead.close();
    try (Stream<Path> files = Files.list(WORLD.folder)) {
      for (Path file : files.toList()) {
        Files.delete(file);
      }
    }
    Files.delete(WORLD.folder);
  }

  private static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  /** What stands in the clear, encoded and signed by the client's key. */
  private static String signed(String clear) {
    int line = clear.indexOf('\n');
    if (line < 0) {
      return clear;
    }
    String input =
        Base64Url.encode(utf8(clear.substring(0, line)))
            + "."
            + Base64Url.encode(utf8(clear.substring(line + 1)));
    try {
      return input
          + "."
          + new ECDSASigner(WORLD.key).sign(new JWSHeader(JWSAlgorithm.ES256), utf8(input));
    } catch (com.nimbusds.jose.JOSEException e) {
      throw new IllegalStateException(e);
    }
  }

  private static boolean isAssertion(byte[] bytes) {
    try {
      ClientAssertions.Proved proved =
          WORLD
              .assertions()
              .check(signed(new String(bytes, StandardCharsets.UTF_8)), Optional.empty());
      assertThat(proved.client().id()).isEqualTo("mail");
      assertThat(proved.assertionId()).hasSizeBetween(1, 256);
      return true;
    } catch (RequestRefusedException e) {
      assertThat(e.error().description()).isNotEmpty();
      return false;
    }
  }

  private static boolean isProof(byte[] bytes) {
    try {
      String thumbprint =
          WORLD.proofs().check("mail", signed(new String(bytes, StandardCharsets.UTF_8)));
      assertThat(thumbprint).isEqualTo(WORLD.key.computeThumbprint().toString());
      return true;
    } catch (RequestRefusedException e) {
      assertThat(e.error().description()).isNotEmpty();
      return false;
    } catch (com.nimbusds.jose.JOSEException e) {
      throw new AssertionError("the key is good", e);
    }
  }

  private static byte[] clear(JWSHeader header, JWTClaimsSet claims) {
    return utf8(header.toString() + "\n" + claims.toString());
  }

  static Stream<byte[]> goodAssertions() {
    JWTClaimsSet claims =
        new JWTClaimsSet.Builder()
            .issuer("mail")
            .subject("mail")
            .audience("https://login.example")
            .jwtID("one")
            .issueTime(Date.from(NOW))
            .expirationTime(Date.from(NOW.plusSeconds(60)))
            .build();
    return Stream.of(clear(new JWSHeader(JWSAlgorithm.ES256), claims));
  }

  static Stream<byte[]> goodProofs() {
    JWTClaimsSet claims =
        new JWTClaimsSet.Builder()
            .claim("htm", "POST")
            .claim("htu", TOKEN.toString())
            .jwtID("one")
            .issueTime(Date.from(NOW))
            .build();
    JWSHeader header =
        new JWSHeader.Builder(JWSAlgorithm.ES256)
            .type(new JOSEObjectType("dpop+jwt"))
            .jwk(WORLD.key.toPublicJWK())
            .build();
    return Stream.of(clear(header, claims));
  }

  static Stream<byte[]> jwts() throws Exception {
    SignedJWT jwt =
        new SignedJWT(
            new JWSHeader(JWSAlgorithm.ES256), new JWTClaimsSet.Builder().subject("mail").build());
    jwt.sign(new ECDSASigner(WORLD.key));
    return Stream.of(utf8(jwt.serialize()));
  }

  @MethodSource({"goodAssertions", "jwts"})
  @FuzzTest(maxDuration = "60s")
  void assertions(byte[] bytes) {
    isAssertion(bytes);
  }

  @MethodSource({"goodProofs", "jwts"})
  @FuzzTest(maxDuration = "60s")
  void proofs(byte[] bytes) {
    isProof(bytes);
  }

  /** Bits that belong to no byte would give one key many thumbprints. */
  @Test
  void aProofsKeyHasOneEncoding() {
    String proof = new String(goodProofs().toList().getFirst(), StandardCharsets.UTF_8);
    String x = WORLD.key.getX().toString();
    // The last of 43 characters has two bits to spare, which are zero: the next one sets one.
    String stray = x.substring(0, x.length() - 1) + nextOfAlphabet(x.charAt(x.length() - 1));
    assertThat(isProof(utf8(proof))).isTrue();
    assertThat(isProof(utf8(proof.replace(x, stray)))).isFalse();
  }

  private static char nextOfAlphabet(char c) {
    String alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    return alphabet.charAt(alphabet.indexOf(c) + 1);
  }

  @Test
  void changedJwtsAreRefusedOrTheClients() throws Exception {
    byte[] assertion = goodAssertions().toList().getFirst();
    byte[] proof = goodProofs().toList().getFirst();
    byte[] jwt = jwts().toList().getFirst();
    assertThat(isAssertion(assertion)).isTrue();
    assertThat(isProof(proof)).isTrue();
    ChangedInputs changed = new ChangedInputs(4);
    int accepted = 0;
    for (int i = 0; i < CHANGED_INPUTS; i++) {
      accepted += isAssertion(changed.of(assertion)) ? 1 : 0;
      accepted += isProof(changed.of(proof)) ? 1 : 0;
      isAssertion(changed.of(jwt));
      isProof(changed.of(jwt));
    }
    assertThat(accepted).isBetween(2, 2 * CHANGED_INPUTS - 1);
  }
}
