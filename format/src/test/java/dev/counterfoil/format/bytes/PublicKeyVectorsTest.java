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
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.AlgorithmParameters;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyPairGenerator;
import java.security.SecureRandom;
import java.security.spec.ECFieldFp;
import java.security.spec.ECGenParameterSpec;
import java.security.spec.ECParameterSpec;
import java.security.spec.ECPrivateKeySpec;
import java.security.spec.ECPublicKeySpec;
import java.security.spec.NamedParameterSpec;
import java.util.Arrays;
import java.util.Base64;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import javax.crypto.KeyAgreement;
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
    wellKnown();
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

  /** Those that are printed, by the list, and those that follow from it. */
  private void wellKnown() throws Exception {
    Map<String, Integer> numbers = new HashMap<>();
    for (String line : Files.readAllLines(FOLDER.resolve("../../spec/known-keys.txt"))) {
      String[] listed = line.split(" ", 3);
      int number = numbers.merge(listed[0], 1, Integer::sum);
      String comment = listed[2] + ": everybody knows its private half";
      switch (listed[0]) {
        case "RSA" ->
            addRsa(
                "known-" + number, comment, false, new BigInteger(1, Base64Url.decode(listed[1])));
        case "P-256" -> addP256("known-" + number, comment, false, Base64Url.decode(listed[1]));
        case "Ed25519" -> {
          byte[] key = Base64Url.decode(listed[1]);
          for (String as : new String[] {"ed25519", "vkey", "cosigner"}) {
            addEd25519(as + "-known-" + number, comment, false, as, key);
          }
        }
        default -> {
          // The heading, and ML-DSA-44, of which the list has the digest alone.
        }
      }
    }
    addMlDsa("known", "a seed of zeros (RFC 9964 A.1.1)", false, ofZeros("ML-DSA-44", 22));
    addP256("private-1", "the private key 1", false, p256(BigInteger.ONE));
    addP256("private-2", "the private key 2", false, p256(BigInteger.TWO));
    addP256("private-1024", "the private key 1024", false, p256(BigInteger.valueOf(1024)));
    addP256(
        "private-1025",
        "the private key 1025: not looked for",
        true,
        p256(BigInteger.valueOf(1025)));
    addP256(
        "honest", "an honest P-256 key", true, p256(new BigInteger(255, new SeededRandom("p256"))));
    SeededRandom random = new SeededRandom("public-keys-prime");
    addRsa(
        "prime",
        "a prime: its private half follows",
        false,
        BigInteger.probablePrime(2048, random));
    addRsa(
        "known-factor",
        "has a prime of the key of RFC 7517 A.2",
        false,
        new BigInteger(1, Base64Url.decode(RFC_7517_PRIME))
            .multiply(BigInteger.probablePrime(1024, random)));
  }

  private static final String RFC_7517_PRIME =
      "83i-7IvMGXoMXCskv73TKr8637FiO7Z27zv8oj6pbWUQyLPQBQxtPVnwD20R-60eTDmD2ujnMt5PoqMrm8RfmNhVWDtj"
          + "jMmCMjOpSXicFHj7XOuVIYQyqVWlWEh6dN36GVZYk93N8Bc9vY41xy8B9RzzOGVQzXvNEvn7O0nVbfs";

  private static byte[] ofZeros(String algorithm, int keyFrom) throws GeneralSecurityException {
    KeyPairGenerator keys = KeyPairGenerator.getInstance(algorithm);
    keys.initialize(
        new NamedParameterSpec(algorithm),
        new SecureRandom() {
          private static final long serialVersionUID = 1L;

          @Override
          public void nextBytes(byte[] bytes) {
            Arrays.fill(bytes, (byte) 0);
          }
        });
    byte[] encoded = keys.generateKeyPair().getPublic().getEncoded();
    return Arrays.copyOfRange(encoded, keyFrom, encoded.length);
  }

  private static ECParameterSpec curve() throws GeneralSecurityException {
    AlgorithmParameters parameters = AlgorithmParameters.getInstance("EC");
    parameters.init(new ECGenParameterSpec("secp256r1"));
    return parameters.getParameterSpec(ECParameterSpec.class);
  }

  /** The x coordinate of a private key's public half. */
  private static byte[] p256(BigInteger privateKey) throws GeneralSecurityException {
    KeyFactory keys = KeyFactory.getInstance("EC");
    KeyAgreement agreement = KeyAgreement.getInstance("ECDH");
    agreement.init(keys.generatePrivate(new ECPrivateKeySpec(privateKey, curve())));
    agreement.doPhase(
        keys.generatePublic(new ECPublicKeySpec(curve().getGenerator(), curve())), true);
    return agreement.generateSecret();
  }

  /** With the smaller of the two y. */
  private void addP256(String name, String comment, boolean taken, byte[] x)
      throws GeneralSecurityException {
    BigInteger prime = ((ECFieldFp) curve().getCurve().getField()).getP();
    BigInteger px = new BigInteger(1, x);
    BigInteger square =
        px.multiply(px)
            .add(curve().getCurve().getA())
            .multiply(px)
            .add(curve().getCurve().getB())
            .mod(prime);
    // The prime is 3 modulo 4.
    BigInteger root = square.modPow(prime.add(BigInteger.ONE).shiftRight(2), prime);
    byte[] y = PublicJwk.coordinateBytes(root.min(prime.subtract(root)));
    add(
        "p256-" + name,
        comment,
        taken,
        "jwk",
        "{\"crv\":\"P-256\",\"kty\":\"EC\",\"x\":\"%s\",\"y\":\"%s\"}"
            .formatted(Base64Url.encode(x), Base64Url.encode(y)));
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
