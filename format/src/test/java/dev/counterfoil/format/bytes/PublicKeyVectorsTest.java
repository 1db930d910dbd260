package dev.counterfoil.format.bytes;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterfoil.format.SeededRandom;
import dev.counterfoil.format.VectorFiles;
import dev.counterfoil.format.keys.PublicJwk;
import dev.counterfoil.format.note.CosignerKey;
import dev.counterfoil.format.note.CosignerKey.Algorithm;
import dev.counterfoil.format.note.NoteKey;
import dev.counterfoil.format.note.TestCosigner;
import java.io.IOException;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Base64;
import java.util.HexFormat;
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
 * The golden files in {@code vectors/public-keys}: keys that are taken, and those under which
 * others than their owner sign. {@code -Dcounterfoil.vectors.write=true} writes them.
 */
class PublicKeyVectorsTest {
  private static final Path FOLDER =
      Path.of(System.getProperty("counterfoil.root", ".."), "vectors/public-keys");

  // ---- reading ----

  @TestFactory
  Stream<DynamicTest> everyVectorEndsAsItSays() throws IOException {
    return VectorFiles.each(FOLDER, 40, PublicKeyVectorsTest::check);
  }

  private static void check(String vector) {
    Matcher matcher =
        Pattern.compile("comment: [^\n]*\nexpect: (taken|refused)\n([a-z-]+): ([^\n]*)\n")
            .matcher(vector);
    assertThat(matcher.matches()).as("layout").isTrue();
    assertThat(outcome(matcher.group(2), matcher.group(3))).isEqualTo(matcher.group(1));
  }

  private static String outcome(String kind, String key) {
    try {
      switch (kind) {
        case "jwk" ->
            PublicJwk.parse(StrictJson.object(key.getBytes(StandardCharsets.UTF_8), 1 << 16));
        case "vkey" -> NoteKey.parse(key);
        case "cosigner-vkey" -> CosignerKey.parse(key);
        default -> throw new AssertionError(kind);
      }
      return "taken";
    } catch (FormatException e) {
      assertThat(e).hasMessageContainingAll("anybody can");
      return "refused";
    }
  }

  // ---- writing ----

  private final Map<String, String> vectors = new LinkedHashMap<>();

  @Test
  @EnabledIfSystemProperty(named = "counterfoil.vectors.write", matches = "true")
  void write() throws Exception {
    for (String kind : new String[] {"ed25519", "vkey", "cosigner"}) {
      ed25519(kind);
    }
    mlDsa44();
    rsa();
    VectorFiles.write(FOLDER, vectors);
  }

  private void add(String name, String comment, boolean taken, String kind, String key) {
    vectors.put(
        name,
        "comment: %s\nexpect: %s\n%s: %s\n"
            .formatted(comment, taken ? "taken" : "refused", kind, key));
  }

  private void ed25519(String as) {
    Map<String, String> refused = new LinkedHashMap<>();
    refused.put("identity", "0100000000000000000000000000000000000000000000000000000000000000");
    refused.put("order-2", "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f");
    refused.put("zeros", "0000000000000000000000000000000000000000000000000000000000000000");
    refused.put("order-4", "0000000000000000000000000000000000000000000000000000000000000080");
    refused.put("order-8a", "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a");
    refused.put("order-8b", "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa");
    refused.put("order-8c", "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05");
    refused.put("order-8d", "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85");
    refused.put(
        "identity-signed", "0100000000000000000000000000000000000000000000000000000000000080");
    refused.put(
        "order-2-signed", "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff");
    refused.put("y-is-prime", "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f");
    refused.put("y-past-prime", "f0ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f");
    refused.put("ones", "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff");
    byte[] honest = new TestCosigner("k", Algorithm.ED25519, 1).key().publicKey();
    addEd25519(as + "-honest", "an honest Ed25519 key", true, as, honest);
    for (Map.Entry<String, String> one : refused.entrySet()) {
      addEd25519(
          as + "-" + one.getKey(),
          one.getKey().startsWith("y-") || one.getKey().equals("ones")
              ? "y is the prime or more: no encoding of a point"
              : "a point of small order: anybody can sign under it",
          false,
          as,
          HexFormat.of().parseHex(one.getValue()));
    }
  }

  private void addEd25519(String name, String comment, boolean taken, String as, byte[] key) {
    switch (as) {
      case "ed25519" ->
          add(
              name,
              comment,
              taken,
              "jwk",
              "{\"crv\":\"Ed25519\",\"kty\":\"OKP\",\"x\":\"" + Base64Url.encode(key) + "\"}");
      case "vkey" -> add(name, comment, taken, "vkey", vkey(0x01, key));
      default -> add(name, comment, taken, "cosigner-vkey", vkey(0x04, key));
    }
  }

  private static String vkey(int type, byte[] key) {
    byte[] typed = new byte[1 + key.length];
    typed[0] = (byte) type;
    System.arraycopy(key, 0, typed, 1, key.length);
    String name = "example.org/key";
    Hash hash = Hash.sha256((name + "\n").getBytes(StandardCharsets.UTF_8), typed);
    return name
        + "+"
        + hash.hex().substring(0, 8)
        + "+"
        + Base64.getEncoder().encodeToString(typed);
  }

  private void mlDsa44() {
    byte[] honest = new TestCosigner("k", Algorithm.ML_DSA_44, 1).key().publicKey();
    byte[] part = honest.clone();
    Arrays.fill(part, 32 + 320, 32 + 640, (byte) 0);
    byte[] ones = new byte[honest.length];
    Arrays.fill(ones, (byte) 0xff);
    addMlDsa("honest", "an honest ML-DSA-44 key", true, honest);
    addMlDsa("zeros", "a buffer of zeros: anybody can sign under it", false, new byte[1312]);
    addMlDsa("ones", "a buffer of ones: anybody can sign under it", false, ones);
    addMlDsa("part", "one of the four polynomials is zero", false, part);
  }

  private void addMlDsa(String name, String comment, boolean taken, byte[] key) {
    add(
        "ml-dsa-44-" + name,
        comment,
        taken,
        "jwk",
        "{\"alg\":\"ML-DSA-44\",\"kty\":\"AKP\",\"pub\":\"" + Base64Url.encode(key) + "\"}");
    add("cosigner-ml-dsa-44-" + name, comment, taken, "cosigner-vkey", vkey(0x06, key));
  }

  private void rsa() {
    SeededRandom random = new SeededRandom("public-keys-rsa");
    BigInteger p = BigInteger.probablePrime(1024, random);
    BigInteger q = BigInteger.probablePrime(1024, random);
    addRsa("honest", "an honest RSA key", true, p.multiply(q));
    addRsa(
        "roca",
        "the mark of the flawed library: the modulus is a power of 65537 modulo each small prime",
        false,
        roca(random));
    for (int factor : new int[] {3, 173, 65_521}) {
      addRsa(
          "factor-" + factor,
          "divisible by " + factor,
          false,
          p.multiply(q).multiply(BigInteger.valueOf(factor)));
    }
    addRsa(
        "factor-65537",
        "divisible by a prime above 2^16: not looked for",
        true,
        p.multiply(q).multiply(BigInteger.valueOf(65_537)));
    addRsa(
        "close-factors",
        "the product of a prime and the next one",
        false,
        p.multiply(p.nextProbablePrime()));
    addRsa("square", "the square of a prime", false, p.multiply(p));
  }

  private static BigInteger roca(SeededRandom random) {
    BigInteger product = BigInteger.ONE;
    for (int candidate = 2; candidate <= 167; candidate++) {
      BigInteger number = BigInteger.valueOf(candidate);
      product = number.isProbablePrime(30) ? product.multiply(number) : product;
    }
    BigInteger modulus = BigInteger.ONE;
    for (int i = 0; i < 2; i++) {
      BigInteger factor;
      do {
        BigInteger power = BigInteger.valueOf(65_537).modPow(new BigInteger(64, random), product);
        factor = product.multiply(new BigInteger(806, random).setBit(805)).add(power);
      } while (!factor.isProbablePrime(30));
      modulus = modulus.multiply(factor);
    }
    return modulus;
  }

  private void addRsa(String name, String comment, boolean taken, BigInteger modulus) {
    byte[] bytes = modulus.toByteArray();
    String n = Base64Url.encode(Arrays.copyOfRange(bytes, bytes[0] == 0 ? 1 : 0, bytes.length));
    add(
        "rsa-" + name,
        comment,
        taken,
        "jwk",
        "{\"e\":\"AQAB\",\"kty\":\"RSA\",\"n\":\"" + n + "\"}");
  }
}
