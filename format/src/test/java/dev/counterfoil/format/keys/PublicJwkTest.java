package dev.counterfoil.format.keys;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.counterfoil.format.bytes.Base64Url;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.bytes.StrictJson;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.security.KeyPairGenerator;
import java.security.Signature;
import java.security.spec.ECGenParameterSpec;
import java.util.Random;
import org.junit.jupiter.api.Test;

class PublicJwkTest {
  /** RFC 8037 A.2 and A.3: key and thumbprint. */
  private static final String ED25519 =
      "{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"x\":\"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo\"}";

  /** RFC 7517 A.1's EC key. */
  private static final String P256 =
      "{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4\",\"y\":\"4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM\"}";

  /** RFC 7638 3.1's RSA key. */
  private static final String RSA =
      "{\"kty\":\"RSA\",\"n\":\"0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw\",\"e\":\"AQAB\"}";

  /** RFC 9964 A.1.1's key, of which the RFC has the thumbprint and a signature, too. */
  private static String mlDsa() {
    return "{\"kty\":\"AKP\",\"alg\":\"ML-DSA-44\",\"pub\":\"" + rfc9964("key") + "\"}";
  }

  private static String rfc9964(String what) {
    try (InputStream in = PublicJwkTest.class.getResourceAsStream("rfc9964-" + what + ".txt")) {
      return new String(in.readAllBytes(), StandardCharsets.US_ASCII).replaceAll("\\s", "");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Test
  void theSignatureOfRfc9964IsGood() throws Exception {
    String[] parts = rfc9964("jws").split("\\.", -1);
    byte[] signature = Base64Url.decode(parts[2]);
    PublicJwk key = parse(mlDsa());
    assertThat(signature).hasSize(key.signatureBytes());
    Signature verifier = Signature.getInstance(key.algorithm().javaSignature());
    verifier.initVerify(key.javaKey());
    verifier.update((parts[0] + "." + parts[1]).getBytes(StandardCharsets.US_ASCII));
    assertThat(verifier.verify(signature)).isTrue();
  }

  @Test
  void rsaKeysOutOfBoundsAreRefused() throws Exception {
    for (int bits : new int[] {1024, 2040, 4104}) {
      assertThatThrownBy(() -> parse(rsa(BigInteger.ONE.shiftLeft(bits).subtract(BigInteger.ONE))))
          .as(bits + " bits")
          .isInstanceOf(FormatException.class);
    }
    for (int bits : new int[] {2048, 2049, 3072, 4096}) {
      BigInteger modulus = honest(bits);
      PublicJwk.Rs256 key = (PublicJwk.Rs256) parse(rsa(modulus));
      assertThat(key.modulus()).isEqualTo(modulus);
      assertThat(key.signatureBytes()).isEqualTo((bits + 7) / 8);
    }
    BigInteger even = BigInteger.ONE.shiftLeft(2048).subtract(BigInteger.TWO);
    assertThatThrownBy(() -> parse(rsa(even))).isInstanceOf(FormatException.class);
    // A second spelling of the same number, which would have another thumbprint.
    String padded = RSA.replace("\"n\":\"0vx7", "\"n\":\"AAAA0vx7");
    assertThatThrownBy(() -> parse(padded)).isInstanceOf(FormatException.class);
    for (String exponent : new String[] {"Aw", "AAEAAQ", "AQAC", "", "AQABAQAB"}) {
      assertThatThrownBy(() -> parse(RSA.replace("AQAB", exponent)))
          .as(exponent)
          .isInstanceOf(FormatException.class);
    }
  }

  /** Of a length, with two factors that nobody finds. */
  private static BigInteger honest(int bits) {
    for (int seed = 0; ; seed++) {
      Random random = new Random(seed);
      BigInteger modulus =
          BigInteger.probablePrime(bits / 2, random)
              .multiply(BigInteger.probablePrime(bits - bits / 2, random));
      if (modulus.bitLength() == bits) {
        return modulus;
      }
    }
  }

  private static String rsa(BigInteger modulus) {
    byte[] bytes = modulus.toByteArray();
    int sign = bytes[0] == 0 ? 1 : 0;
    String n = Base64Url.encode(java.util.Arrays.copyOfRange(bytes, sign, bytes.length));
    return "{\"kty\":\"RSA\",\"n\":\"" + n + "\",\"e\":\"AQAB\"}";
  }

  @Test
  void aKeyThatSaysItIsForSomethingElseIsRefused() throws Exception {
    String good = "\"alg\":\"ES256\",\"use\":\"sig\",\"key_ops\":[\"verify\"],\"kid\":\"k\",";
    assertThat(parse(P256.replace("{", "{" + good))).isEqualTo(parse(P256));
    for (String bad :
        new String[] {
          "\"alg\":\"ES384\",",
          "\"alg\":\"EdDSA\",",
          "\"alg\":7,",
          "\"use\":\"enc\",",
          "\"key_ops\":[\"sign\"],",
          "\"key_ops\":[\"verify\",\"sign\"],"
        }) {
      assertThatThrownBy(() -> parse(P256.replace("{", "{" + bad)))
          .as(bad)
          .isInstanceOf(FormatException.class);
    }
    for (String bad : new String[] {"ML-DSA-65", "ML-DSA-87", "ES256"}) {
      assertThatThrownBy(() -> parse(mlDsa().replace("ML-DSA-44", bad)))
          .as(bad)
          .isInstanceOf(FormatException.class);
    }
    assertThatThrownBy(() -> parse(mlDsa().replace("\"alg\":\"ML-DSA-44\",", "")))
        .isInstanceOf(FormatException.class);
    assertThatThrownBy(() -> parse(mlDsa().replace("\"pub\":\"unH5", "\"pub\":\"")))
        .isInstanceOf(FormatException.class);
  }

  @Test
  void aPrivateMemberOfAnyKindIsRefusedOnAKeyOfAnyKind() throws Exception {
    for (String json : new String[] {ED25519, P256, RSA, mlDsa()}) {
      parse(json);
      for (String member : PublicJwk.PRIVATE_MEMBERS) {
        assertThatThrownBy(() -> parse(json.replace("{", "{\"" + member + "\":\"AA\",")))
            .as(member)
            .isInstanceOf(FormatException.class)
            .hasMessageContaining("private");
      }
    }
  }

  /** The keys of the RFCs are read here, and taken from nobody. */
  private static PublicJwk parse(String json) throws FormatException {
    return PublicJwk.read(json(json));
  }

  private static JsonObject json(String json) throws FormatException {
    return StrictJson.object(json.getBytes(StandardCharsets.UTF_8), 4_000);
  }

  @Test
  void aKeyWhosePrivateHalfIsPrintedIsReadAndNotTaken() throws Exception {
    for (String json : new String[] {ED25519, P256, RSA, mlDsa()}) {
      JsonObject jwk = json(json);
      assertThat(PublicJwk.read(jwk).toJson()).isEqualTo(jwk);
      assertThatThrownBy(() -> PublicJwk.parse(jwk))
          .isInstanceOf(FormatException.class)
          .hasMessageContaining("everybody knows its private half");
    }
    // The control: of others each kind is taken.
    for (PublicJwk.Algorithm algorithm : PublicJwk.Algorithm.values()) {
      KeyPairGenerator keys = KeyPairGenerator.getInstance(algorithm.javaKey());
      if (algorithm == PublicJwk.Algorithm.ES256) {
        keys.initialize(new ECGenParameterSpec("secp256r1"));
      }
      PublicJwk key = PublicJwk.of(algorithm, keys.generateKeyPair().getPublic());
      assertThat(PublicJwk.parse(key.toJson())).isEqualTo(key);
    }
  }

  @Test
  void theThumbprintIsTheRfcs() throws Exception {
    assertThat(parse(ED25519).thumbprint())
        .isEqualTo("kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k");
    assertThat(parse(P256).thumbprint()).isEqualTo("cn-I_WNMClehiVp51i_0VpOENW1upEerA8sEam5hn-s");
    assertThat(parse(RSA).thumbprint()).isEqualTo("NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs");
    assertThat(parse(mlDsa()).thumbprint())
        .isEqualTo("T4xl70S7MT6Zeq6r9V9fPJGVn76wfnXJ21-gyo0Gu6o");
  }

  @Test
  void keysAreReadBack() throws Exception {
    for (String json : new String[] {ED25519, P256, RSA, mlDsa()}) {
      PublicJwk key = parse(json);
      assertThat(PublicJwk.read(key.toJson())).isEqualTo(key);
      assertThat(PublicJwk.of(key.algorithm(), key.javaKey())).isEqualTo(key);
    }
  }

  @Test
  void aPointOffTheCurveIsRefused() {
    // RFC 8725 3.4: an invalid curve attack begins with a point that nobody checked.
    for (String change : new String[] {"4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyA"}) {
      String json = P256.replace("4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM", change);
      assertThatThrownBy(() -> parse(json)).isInstanceOf(FormatException.class);
    }
    String zero = "A".repeat(43);
    String ones = "_".repeat(42) + "8";
    for (String coordinate : new String[] {zero, ones}) {
      assertThatThrownBy(
              () ->
                  parse(
                      "{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\""
                          + coordinate
                          + "\",\"y\":\""
                          + coordinate
                          + "\"}"))
          .isInstanceOf(FormatException.class);
    }
  }

  @Test
  void privateSymmetricAndOtherKeysAreRefused() {
    for (String json :
        new String[] {
          P256.replace("{", "{\"d\":\"AA\","),
          ED25519.replace("{", "{\"d\":\"AA\","),
          "{\"kty\":\"oct\",\"k\":\"AA\"}",
          "{\"kty\":\"oct\",\"crv\":\"P-256\"}",
          "{\"kty\":\"RSA\",\"crv\":\"P-256\",\"n\":\"AA\",\"e\":\"AQAB\"}",
          P256.replace("P-256", "P-384"),
          P256.replace("P-256", "secp256k1"),
          ED25519.replace("Ed25519", "X25519"),
          P256.replace("MKBC", "AMKBC")
        }) {
      assertThatThrownBy(() -> parse(json)).as(json).isInstanceOf(FormatException.class);
    }
  }
}
