package dev.counterfoil.format.weakkeys;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterfoil.format.SeededRandom;
import dev.counterfoil.format.VectorFiles;
import dev.counterfoil.format.bytes.Base64Url;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.format.bytes.StrictJson;
import dev.counterfoil.format.keys.PublicJwk;
import java.io.IOException;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyPairGenerator;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;

/**
 * The golden files in {@code vectors/registered-keys}: keys that are registered, and those that
 * somebody guesses or factors. {@code -Dcounterfoil.vectors.write=true} writes them.
 */
class RegisteredKeyVectorsTest {
  private static final Path FOLDER =
      Path.of(System.getProperty("counterfoil.root", ".."), "vectors/registered-keys");

  @TestFactory
  Stream<DynamicTest> everyVectorEndsAsItSays() throws IOException {
    return VectorFiles.each(FOLDER, 20, RegisteredKeyVectorsTest::check);
  }

  private static void check(String vector) throws FormatException {
    Matcher matcher =
        Pattern.compile("comment: [^\n]*\nexpect: (taken|refused)\njwk: ([^\n]*)\n")
            .matcher(vector);
    assertThat(matcher.matches()).as("layout").isTrue();
    String expected = matcher.group(1);
    // A reader takes all of them.
    PublicJwk key =
        PublicJwk.parse(
            StrictJson.object(matcher.group(2).getBytes(StandardCharsets.UTF_8), 1 << 16));
    String outcome = "taken";
    try {
      key.requireUnguessable();
    } catch (FormatException e) {
      assertThat(e).hasMessageContaining("anybody can sign under it");
      outcome = "refused";
    }
    assertThat(outcome).isEqualTo(expected);
  }

  private final Map<String, String> vectors = new LinkedHashMap<>();

  private void add(String name, String comment, boolean taken, String jwk) {
    vectors.put(
        name,
        "comment: %s\nexpect: %s\njwk: %s\n".formatted(comment, taken ? "taken" : "refused", jwk));
  }

  @Test
  @EnabledIfSystemProperty(named = "counterfoil.vectors.write", matches = "true")
  void write() throws Exception {
    BigInteger order =
        new BigInteger("ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551", 16);
    p256("private-1025", "the private key 1025", false, BigInteger.valueOf(1025));
    p256("private-4096", "the private key 4096", false, BigInteger.valueOf(4096));
    p256("private-1048575", "the private key 2^20 - 1", false, BigInteger.valueOf(1_048_575));
    p256("private-2-128", "the private key 2^128", false, BigInteger.ONE.shiftLeft(128));
    p256("private-2-255", "the private key 2^255", false, BigInteger.ONE.shiftLeft(255));
    p256(
        "private-minus-4096",
        "the negative of the private key 4096",
        false,
        order.subtract(BigInteger.valueOf(4096)));
    p256(
        "private-half",
        "half of the order, rounded up",
        false,
        order.shiftRight(1).add(BigInteger.ONE));
    p256("private-22", "the byte 22, repeated", false, new BigInteger("22".repeat(32), 16));
    p256("private-empty", "the SHA-256 of nothing", false, number(Hash.sha256()));
    byte[] password = "password".getBytes(StandardCharsets.US_ASCII);
    p256("private-password", "the SHA-256 of password", false, number(Hash.sha256(password)));
    p256(
        "honest",
        "an honest P-256 key",
        true,
        new BigInteger(255, new SeededRandom("registered-p256")));
    byte[] one = new byte[32];
    one[31] = 1;
    ed25519("seed-1", "the seed 00 to 00 01", false, one);
    byte[] same = new byte[32];
    Arrays.fill(same, (byte) 0x22);
    ed25519("seed-22", "the byte 22, repeated", false, same);
    ed25519("seed-password", "the SHA-256 of password", false, Hash.sha256(password).bytes());
    ed25519(
        "honest",
        "an honest Ed25519 key",
        true,
        Hash.sha256("registered-ed25519".getBytes(StandardCharsets.US_ASCII)).bytes());
    SeededRandom random = new SeededRandom("registered-rsa");
    BigInteger p = BigInteger.probablePrime(1025, random);
    BigInteger q = BigInteger.probablePrime(1025, random);
    BigInteger third = BigInteger.probablePrime(690, random);
    BigInteger other = BigInteger.probablePrime(690, random);
    rsa("honest", "an honest RSA key", true, p.multiply(q));
    rsa("cube", "the third power of a prime", false, third.pow(3));
    rsa(
        "near-cube",
        "a prime twice, and the next one",
        false,
        third.pow(2).multiply(third.nextProbablePrime()));
    rsa("twice", "a large prime twice, and another", true, third.pow(2).multiply(other));
    for (int factor : new int[] {65_537, 1_048_573, 1_048_583}) {
      rsa(
          "factor-" + factor,
          factor > 1 << 20
              ? "divisible by " + factor + ", whose predecessor has small factors alone"
              : "divisible by " + factor,
          false,
          p.multiply(q).multiply(BigInteger.valueOf(factor)));
    }
    VectorFiles.write(FOLDER, vectors);
  }

  private static BigInteger number(Hash hash) {
    return new BigInteger(1, hash.bytes());
  }

  private void p256(String name, String comment, boolean taken, BigInteger privateKey) {
    WellKnownKeys.Point point = WellKnownKeys.Point.GENERATOR.times(privateKey);
    add(
        "p256-" + name,
        comment,
        taken,
        "{\"crv\":\"P-256\",\"kty\":\"EC\",\"x\":\"%s\",\"y\":\"%s\"}"
            .formatted(
                Base64Url.encode(PublicJwk.coordinateBytes(point.x())),
                Base64Url.encode(PublicJwk.coordinateBytes(point.y()))));
  }

  private void ed25519(String name, String comment, boolean taken, byte[] seed)
      throws GeneralSecurityException {
    KeyPairGenerator keys = KeyPairGenerator.getInstance("Ed25519");
    keys.initialize(
        255,
        new SecureRandom() {
          private static final long serialVersionUID = 1L;

          @Override
          public void nextBytes(byte[] bytes) {
            System.arraycopy(seed, 0, bytes, 0, bytes.length);
          }
        });
    byte[] encoded = keys.generateKeyPair().getPublic().getEncoded();
    add(
        "ed25519-" + name,
        comment,
        taken,
        "{\"crv\":\"Ed25519\",\"kty\":\"OKP\",\"x\":\"%s\"}"
            .formatted(Base64Url.encode(Arrays.copyOfRange(encoded, 12, encoded.length))));
  }

  private void rsa(String name, String comment, boolean taken, BigInteger modulus) {
    byte[] bytes = modulus.toByteArray();
    add(
        "rsa-" + name,
        comment,
        taken,
        "{\"e\":\"AQAB\",\"kty\":\"RSA\",\"n\":\"%s\"}"
            .formatted(
                Base64Url.encode(Arrays.copyOfRange(bytes, bytes[0] == 0 ? 1 : 0, bytes.length))));
  }
}
