package dev.counterfoil.format.weakkeys;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.security.AlgorithmParameters;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyPairGenerator;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.security.Signature;
import java.security.interfaces.RSAPublicKey;
import java.security.spec.ECGenParameterSpec;
import java.security.spec.ECParameterSpec;
import java.security.spec.ECPrivateKeySpec;
import java.security.spec.ECPublicKeySpec;
import java.security.spec.NamedParameterSpec;
import java.security.spec.X509EncodedKeySpec;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import javax.crypto.KeyAgreement;
import org.junit.jupiter.api.Test;

/** Under a weak key the platform takes signatures that nobody's key made; others are not weak. */
class WeakKeysTest {
  private static final HexFormat HEX = HexFormat.of();

  /** All points of small order, in every spelling that the platform decodes (RFC 8032 5.1.3). */
  private static final List<String> SMALL_ORDER =
      List.of(
          "0100000000000000000000000000000000000000000000000000000000000000",
          "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
          "0000000000000000000000000000000000000000000000000000000000000000",
          "0000000000000000000000000000000000000000000000000000000000000080",
          "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
          "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
          "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
          "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85");

  /** The same and others with y of the prime or more, and zero with a sign. */
  private static final List<String> NOT_CANONICAL =
      List.of(
          "0100000000000000000000000000000000000000000000000000000000000080",
          "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
          "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
          "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
          "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
          "f0ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
          "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff");

  private static boolean verify(String algorithm, String spki, byte[] key, byte[] text, byte[] sig)
      throws GeneralSecurityException {
    ByteArrayOutputStream encoded = new ByteArrayOutputStream();
    encoded.writeBytes(HEX.parseHex(spki));
    encoded.writeBytes(key);
    Signature verifier = Signature.getInstance(algorithm);
    verifier.initVerify(
        KeyFactory.getInstance(algorithm)
            .generatePublic(new X509EncodedKeySpec(encoded.toByteArray())));
    verifier.update(text);
    return verifier.verify(sig);
  }

  private static byte[] message(int i) {
    return ("message " + i).getBytes(StandardCharsets.US_ASCII);
  }

  @Test
  void underAPointOfSmallOrderAnybodySigns() throws Exception {
    byte[] nobodys = new byte[64];
    nobodys[0] = 1; // R is the identity, S is zero
    for (String hex : SMALL_ORDER) {
      byte[] key = HEX.parseHex(hex);
      int good = 0;
      for (int i = 0; i < 64; i++) {
        if (verify("Ed25519", "302a300506032b6570032100", key, message(i), nobodys)) {
          good++;
        }
      }
      assertThat(good).as(hex).isPositive();
      assertThat(WeakEd25519.isWeak(key)).as(hex).isTrue();
    }
  }

  @Test
  void otherSpellingsAreRefusedAndHonestKeysAreNot() throws Exception {
    for (String hex : NOT_CANONICAL) {
      assertThat(WeakEd25519.isWeak(HEX.parseHex(hex))).as(hex).isTrue();
    }
    KeyPairGenerator keys = KeyPairGenerator.getInstance("Ed25519");
    for (int i = 0; i < 200; i++) {
      byte[] spki = keys.generateKeyPair().getPublic().getEncoded();
      assertThat(WeakEd25519.isWeak(Arrays.copyOfRange(spki, 12, 44))).isFalse();
    }
  }

  /** FIPS 204, algorithm 8, backwards: for z and h of zero the commitment is zero. */
  private static byte[] nobodysMlDsa(byte[] key, byte[] text) throws GeneralSecurityException {
    MessageDigest shake = MessageDigest.getInstance("SHAKE256-512");
    byte[] keyHash = shake.digest(key);
    shake.update(keyHash);
    shake.update(new byte[2]); // a pure signature, an empty context
    byte[] mu = shake.digest(text);
    shake.update(mu);
    byte[] commitment = shake.digest(new byte[4 * 192]);
    ByteArrayOutputStream signature = new ByteArrayOutputStream();
    signature.writeBytes(Arrays.copyOf(commitment, 32));
    // z of zero: each coefficient is gamma1 - 0 = 2^17, in 18 bits, little-endian.
    BigInteger four = BigInteger.ZERO;
    for (int i = 0; i < 4; i++) {
      four = four.setBit(17 + 18 * i);
    }
    byte[] bigEndian = four.toByteArray();
    byte[] nine = new byte[9];
    for (int i = 0; i < 9; i++) {
      nine[i] = bigEndian[bigEndian.length - 1 - i];
    }
    for (int i = 0; i < 4 * 64; i++) {
      signature.writeBytes(nine);
    }
    signature.writeBytes(new byte[84]);
    return signature.toByteArray();
  }

  @Test
  void underAnMlDsaKeyOfZerosOrOnesAnybodySigns() throws Exception {
    String spki = "30820532300b06096086480165030403110382052100";
    for (int fill : new int[] {0x00, 0xff}) {
      byte[] key = new byte[WeakMlDsa44.KEY_BYTES];
      Arrays.fill(key, (byte) fill);
      assertThat(verify("ML-DSA-44", spki, key, message(1), nobodysMlDsa(key, message(1))))
          .as("filled with %d", fill)
          .isTrue();
      assertThat(WeakMlDsa44.isWeak(key)).isTrue();
    }
    KeyPairGenerator keys = KeyPairGenerator.getInstance("ML-DSA-44");
    for (int i = 0; i < 50; i++) {
      byte[] encoded = keys.generateKeyPair().getPublic().getEncoded();
      byte[] key = Arrays.copyOfRange(encoded, 22, encoded.length);
      assertThat(WeakMlDsa44.isWeak(key)).isFalse();
      assertThat(verify("ML-DSA-44", spki, key, message(1), nobodysMlDsa(key, message(1))))
          .isFalse();
      Arrays.fill(key, 32 + 3 * 320, key.length, (byte) 0);
      assertThat(WeakMlDsa44.isWeak(key)).as("one of four polynomials").isTrue();
    }
  }

  private static BigInteger prime(int seed) {
    return BigInteger.probablePrime(1024, new Random(seed));
  }

  @Test
  void rsa() throws Exception {
    KeyPairGenerator keys = KeyPairGenerator.getInstance("RSA");
    for (int bits : new int[] {2048, 2048, 2048, 3072}) {
      keys.initialize(bits);
      RSAPublicKey key = (RSAPublicKey) keys.generateKeyPair().getPublic();
      assertThat(WeakRsa.fault(key.getModulus())).isEmpty();
    }
    BigInteger honest = prime(1).multiply(prime(2));
    assertThat(WeakRsa.fault(honest)).isEmpty();
    assertThat(WeakRsa.fault(roca())).hasValue(WeakRsa.Fault.ROCA);
    for (int factor : new int[] {3, 5, 167, 173, 65_521}) {
      assertThat(WeakRsa.fault(honest.multiply(BigInteger.valueOf(factor))))
          .as("%d", factor)
          .hasValue(WeakRsa.Fault.SMALL_FACTOR);
    }
    // The first prime above 2^16: what is larger is not looked for.
    assertThat(WeakRsa.fault(honest.multiply(BigInteger.valueOf(65_537)))).isEmpty();
    BigInteger next = prime(1).nextProbablePrime();
    assertThat(WeakRsa.fault(prime(1).multiply(next))).hasValue(WeakRsa.Fault.CLOSE_FACTORS);
    assertThat(WeakRsa.fault(prime(1).pow(2))).hasValue(WeakRsa.Fault.CLOSE_FACTORS);
  }

  /** Two numbers of the flawed library's form, k·M + 65537^a mod M, multiplied. */
  private static BigInteger roca() {
    BigInteger product = BigInteger.ONE;
    for (int candidate = 2; candidate <= 167; candidate++) {
      BigInteger number = BigInteger.valueOf(candidate);
      product = number.isProbablePrime(30) ? product.multiply(number) : product;
    }
    BigInteger generator = BigInteger.valueOf(65_537);
    BigInteger one = product.shiftLeft(804).add(generator.modPow(BigInteger.TEN, product));
    return one.multiply(product.shiftLeft(805).add(generator.modPow(BigInteger.TWO, product)));
  }

  @Test
  void twoModuliWithOnePrimeAreFound() {
    BigInteger modulus = prime(1).multiply(prime(2));
    List<BigInteger> others = List.of(prime(3).multiply(prime(4)), prime(5).multiply(prime(6)));
    assertThat(WeakRsa.sharesFactor(modulus, List.of())).isFalse();
    assertThat(WeakRsa.sharesFactor(modulus, others)).isFalse();
    assertThat(WeakRsa.sharesFactor(modulus, List.of(modulus, others.get(0)))).isFalse();
    assertThat(
            WeakRsa.sharesFactor(
                modulus, List.of(others.get(0), prime(2).multiply(prime(3)), others.get(1))))
        .isTrue();
  }

  /** The x coordinate of a private key's public half, as the platform computes it (RFC 7748 6). */
  private static BigInteger x(BigInteger privateKey) throws GeneralSecurityException {
    KeyFactory keys = KeyFactory.getInstance("EC");
    KeyAgreement agreement = KeyAgreement.getInstance("ECDH");
    agreement.init(keys.generatePrivate(new ECPrivateKeySpec(privateKey, p256())));
    agreement.doPhase(
        keys.generatePublic(new ECPublicKeySpec(p256().getGenerator(), p256())), true);
    return new BigInteger(1, agreement.generateSecret());
  }

  private static ECParameterSpec p256() throws GeneralSecurityException {
    AlgorithmParameters parameters = AlgorithmParameters.getInstance("EC");
    parameters.init(new ECGenParameterSpec("secp256r1"));
    return parameters.getParameterSpec(ECParameterSpec.class);
  }

  @Test
  void p256KeysThatAreGuessedAtOnce() throws Exception {
    BigInteger order = p256().getOrder();
    for (int key : new int[] {1, 2, 3, 4, 5, 6, 7, 8, 255, 256, 1000, 1023, 1024}) {
      BigInteger small = BigInteger.valueOf(key);
      assertThat(WellKnownKeys.hasP256(x(small))).as("%d", key).isTrue();
      assertThat(WellKnownKeys.hasP256(x(order.subtract(small)))).as("-%d", key).isTrue();
    }
    // The controls: beyond what is guessed, and an honest one.
    assertThat(WellKnownKeys.hasP256(x(BigInteger.valueOf(1025)))).isFalse();
    assertThat(WellKnownKeys.hasP256(x(order.subtract(BigInteger.valueOf(1025))))).isFalse();
    assertThat(WellKnownKeys.hasP256(x(new BigInteger(255, new Random(1))))).isFalse();
    byte[] ones = new byte[32];
    Arrays.fill(ones, (byte) 1);
    assertThat(WellKnownKeys.hasP256(x(new BigInteger(1, ones)))).isTrue();
    assertThat(WellKnownKeys.hasP256(x(new BigInteger(1, counting())))).isTrue();
  }

  private static byte[] counting() {
    byte[] counting = new byte[32];
    for (int i = 0; i < counting.length; i++) {
      counting[i] = (byte) i;
    }
    return counting;
  }

  /** The public key of a seed. */
  private static byte[] ofSeed(String algorithm, byte[] seed, int keyFrom)
      throws GeneralSecurityException {
    KeyPairGenerator keys = KeyPairGenerator.getInstance(algorithm);
    keys.initialize(
        new NamedParameterSpec(algorithm),
        new SecureRandom() {
          private static final long serialVersionUID = 1L;

          @Override
          public void nextBytes(byte[] bytes) {
            System.arraycopy(seed, 0, bytes, 0, bytes.length);
          }
        });
    byte[] encoded = keys.generateKeyPair().getPublic().getEncoded();
    return Arrays.copyOfRange(encoded, keyFrom, encoded.length);
  }

  @Test
  void keysOfSeedsThatAreGuessedAtOnce() throws Exception {
    List<byte[]> guessed = new ArrayList<>(List.of(counting()));
    for (int fill : new int[] {0x00, 0x01, 0xff}) {
      byte[] seed = new byte[32];
      Arrays.fill(seed, (byte) fill);
      guessed.add(seed);
    }
    for (byte[] seed : guessed) {
      String as = HEX.formatHex(seed);
      assertThat(WellKnownKeys.hasEd25519(ofSeed("Ed25519", seed, 12))).as(as).isTrue();
      assertThat(WellKnownKeys.hasMlDsa44(ofSeed("ML-DSA-44", seed, 22))).as(as).isTrue();
      seed[7] ^= 0x40;
      assertThat(WellKnownKeys.hasEd25519(ofSeed("Ed25519", seed, 12))).isFalse();
      assertThat(WellKnownKeys.hasMlDsa44(ofSeed("ML-DSA-44", seed, 22))).isFalse();
    }
  }

  @Test
  void rsaKeysThatShareAPrimeWithAnExampleOrAreOne() {
    BigInteger example = new BigInteger(1, Base64.getUrlDecoder().decode(RFC_7517_PRIME));
    assertThat(WellKnownKeys.hasRsa(example.multiply(prime(1)))).isTrue();
    assertThat(WellKnownKeys.hasRsa(BigInteger.probablePrime(2048, new Random(1)))).isTrue();
    assertThat(WellKnownKeys.hasRsa(prime(1).multiply(prime(2)))).isFalse();
  }

  private static boolean isGuessed(BigInteger privateKey) throws GeneralSecurityException {
    BigInteger order = p256().getOrder();
    WellKnownKeys.Point point = WellKnownKeys.Point.GENERATOR.times(privateKey.mod(order));
    assertThat(point.x()).as("as the platform computes it").isEqualTo(x(privateKey.mod(order)));
    return GuessableKeys.hasP256(point.x(), point.y());
  }

  @Test
  void p256KeysThatAreGuessedSoon() throws Exception {
    BigInteger order = p256().getOrder();
    List<BigInteger> guessed =
        new ArrayList<>(
            List.of(
                BigInteger.ONE,
                BigInteger.valueOf(1025),
                BigInteger.valueOf(2049),
                BigInteger.valueOf(4096),
                BigInteger.valueOf(1 << 20),
                BigInteger.ONE.shiftLeft(128),
                BigInteger.ONE.shiftLeft(255),
                BigInteger.ONE.shiftLeft(200).subtract(BigInteger.ONE),
                order.shiftRight(1),
                order.shiftRight(1).add(BigInteger.ONE),
                order.shiftRight(1).add(BigInteger.valueOf(300))));
    for (int fill : new int[] {0x22, 0xee}) {
      byte[] bytes = new byte[32];
      Arrays.fill(bytes, (byte) fill);
      guessed.add(new BigInteger(1, bytes));
    }
    for (String word : new String[] {"", "password"}) {
      byte[] text = word.getBytes(StandardCharsets.US_ASCII);
      guessed.add(new BigInteger(1, MessageDigest.getInstance("SHA-256").digest(text)));
    }
    for (BigInteger key : guessed) {
      assertThat(isGuessed(key)).as(key.toString(16)).isTrue();
      assertThat(isGuessed(order.subtract(key))).as("-" + key.toString(16)).isTrue();
    }
    // The controls: honest ones, and those that are beyond.
    for (int seed = 1; seed <= 5; seed++) {
      assertThat(isGuessed(new BigInteger(255, new Random(seed)))).isFalse();
    }
    assertThat(isGuessed(BigInteger.valueOf(1 << 21))).as("a power of two").isTrue();
    assertThat(isGuessed(BigInteger.valueOf((1 << 21) + 5))).as("beyond").isFalse();
  }

  @Test
  void ed25519KeysThatAreGuessedSoon() throws Exception {
    byte[] one = new byte[32];
    one[31] = 1;
    byte[] first = new byte[32];
    first[0] = 1;
    byte[] same = new byte[32];
    Arrays.fill(same, (byte) 0x22);
    byte[] word =
        MessageDigest.getInstance("SHA-256").digest("password".getBytes(StandardCharsets.US_ASCII));
    for (byte[] seed : List.of(one, first, same, word)) {
      assertThat(GuessableKeys.hasEd25519(ofSeed("Ed25519", seed, 12))).isTrue();
      seed[9] ^= 0x40;
      assertThat(GuessableKeys.hasEd25519(ofSeed("Ed25519", seed, 12))).as("control").isFalse();
    }
  }

  @Test
  void rsaKeysThatAreFactoredSoon() {
    BigInteger honest = prime(1).multiply(prime(2));
    assertThat(FactoredRsa.fault(honest)).isEmpty();
    for (int factor : new int[] {65_537, 1_048_573}) {
      assertThat(FactoredRsa.fault(honest.multiply(BigInteger.valueOf(factor))))
          .hasValue(FactoredRsa.Fault.SMALL_FACTOR);
    }
    // The first prime above 2^20, whose predecessor is 2 * 3 * 5^2 * 6991: by Pollard's method.
    assertThat(FactoredRsa.fault(honest.multiply(BigInteger.valueOf(1_048_583))))
        .hasValue(FactoredRsa.Fault.SMOOTH);
    BigInteger third = BigInteger.probablePrime(683, new Random(3));
    assertThat(FactoredRsa.fault(third.pow(3))).hasValue(FactoredRsa.Fault.POWER);
    assertThat(FactoredRsa.fault(BigInteger.probablePrime(50, new Random(4)).pow(41)))
        .hasValue(FactoredRsa.Fault.POWER);
    assertThat(FactoredRsa.fault(third.pow(2).multiply(third.nextProbablePrime())))
        .hasValue(FactoredRsa.Fault.NEAR_ROOT);
    // Nobody finds these: a large prime twice beside another, and three of them.
    BigInteger other = BigInteger.probablePrime(683, new Random(5));
    assertThat(FactoredRsa.fault(third.pow(2).multiply(other))).isEmpty();
    assertThat(
            FactoredRsa.fault(
                third.multiply(other).multiply(BigInteger.probablePrime(683, new Random(6)))))
        .isEmpty();
  }

  /** The p of the RSA key in RFC 7517 A.2. */
  private static final String RFC_7517_PRIME =
      "83i-7IvMGXoMXCskv73TKr8637FiO7Z27zv8oj6pbWUQyLPQBQxtPVnwD20R-60eTDmD2ujnMt5PoqMrm8RfmNhVWDtj"
          + "jMmCMjOpSXicFHj7XOuVIYQyqVWlWEh6dN36GVZYk93N8Bc9vY41xy8B9RzzOGVQzXvNEvn7O0nVbfs";
}
