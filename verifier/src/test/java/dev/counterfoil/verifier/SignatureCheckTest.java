package dev.counterfoil.verifier;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.format.keys.PublicJwk;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.NoSuchAlgorithmException;
import java.security.interfaces.RSAPrivateKey;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** The same answers from AWS-LC and from the JDK. */
class SignatureCheckTest {
  private static final byte[] INPUT = "header.payload".getBytes(StandardCharsets.US_ASCII);

  /** The order of P-256. */
  private static final byte[] ORDER =
      HexFormat.of().parseHex("ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551");

  static Stream<SignatureCheck> checks() {
    return Stream.of(SignatureCheck.platform(), SignatureCheck.best());
  }

  @ParameterizedTest
  @MethodSource("checks")
  void takesLowSOnlyAnd64BytesOnly(SignatureCheck check) throws Exception {
    TestKeys.Es256 key = new TestKeys.Es256();
    SignatureCheck.Key prepared = check.key(key.jwk());
    for (int i = 0; i < 50; i++) {
      byte[] good = key.signature(INPUT);
      assertThat(check.refusal(prepared, INPUT, good)).isEmpty();
      assertThat(check.refusal(prepared, INPUT, TestKeys.otherS(good)))
          .contains(RefusalCode.SIGNATURE_HIGH_S);
      good[i] ^= 1;
      assertThat(check.refusal(prepared, INPUT, good)).contains(RefusalCode.SIGNATURE);
    }
    for (byte[] bad :
        new byte[][] {
          new byte[0],
          new byte[63],
          new byte[64],
          new byte[65],
          ones(64),
          new byte[72],
          with(key.signature(INPUT), 0, new byte[32]),
          with(key.signature(INPUT), 32, new byte[32]),
          with(key.signature(INPUT), 0, ORDER),
          with(key.signature(INPUT), 32, ORDER)
        }) {
      assertThat(check.refusal(prepared, INPUT, bad)).contains(RefusalCode.SIGNATURE);
    }
  }

  static Stream<Arguments> checksOfEachAlgorithm() {
    return checks()
        .flatMap(
            check ->
                Stream.of(PublicJwk.Algorithm.values())
                    .map(algorithm -> Arguments.of(check, algorithm)));
  }

  @ParameterizedTest
  @MethodSource("checksOfEachAlgorithm")
  void takesEachAlgorithm(SignatureCheck check, PublicJwk.Algorithm algorithm) throws Exception {
    TestKeys.TokenKey key = TestKeys.of(algorithm);
    SignatureCheck.Key prepared = check.key(PublicJwk.parse(key.jwk().toJson()));
    byte[] signature = key.signature(INPUT);
    assertThat(check.refusal(prepared, INPUT, signature)).isEmpty();
    assertThat(check.refusal(check.key(TestKeys.of(algorithm).jwk()), INPUT, signature))
        .contains(RefusalCode.SIGNATURE);
    for (int length : new int[] {0, signature.length - 1, signature.length + 1}) {
      assertThat(check.refusal(prepared, INPUT, Arrays.copyOf(signature, length)))
          .contains(RefusalCode.SIGNATURE);
    }
    signature[signature.length - 10] ^= 1;
    assertThat(check.refusal(prepared, INPUT, signature)).contains(RefusalCode.SIGNATURE);
  }

  /** Wycheproof calls the second one acceptable: RFC 8017 9.2, whose note 2 lets it be compared. */
  @ParameterizedTest
  @MethodSource("checks")
  void oneEncodingOfAnRs256SignatureIsTaken(SignatureCheck check) throws Exception {
    KeyPairGenerator keys = KeyPairGenerator.getInstance("RSA");
    keys.initialize(2048);
    KeyPair pair = keys.generateKeyPair();
    RSAPrivateKey key = (RSAPrivateKey) pair.getPrivate();
    SignatureCheck.Key prepared =
        check.key(PublicJwk.of(PublicJwk.Algorithm.RS256, pair.getPublic()));
    String hash = Hash.sha256(INPUT).hex();
    String good = "3031300d060960864801650304020105000420" + hash;
    assertThat(check.refusal(prepared, INPUT, raw(key, good))).isEmpty();
    for (String other :
        new String[] {
          "302f300b0609608648016503040201" + "0420" + hash, // without NULL
          "3081" + good.substring(2), // a length in two bytes
          good + "00",
          "3031300d060960864801650304020105000420" + Hash.sha256().hex()
        }) {
      assertThat(check.refusal(prepared, INPUT, raw(key, other)))
          .as(other)
          .contains(RefusalCode.SIGNATURE);
    }
  }

  private static byte[] raw(RSAPrivateKey key, String digestInfo) {
    int padding = 256 - 3 - digestInfo.length() / 2;
    BigInteger encoded = new BigInteger("0001" + "ff".repeat(padding) + "00" + digestInfo, 16);
    byte[] bytes = encoded.modPow(key.getPrivateExponent(), key.getModulus()).toByteArray();
    byte[] signature = new byte[256];
    int from = Math.max(0, bytes.length - 256);
    System.arraycopy(bytes, from, signature, 256 - (bytes.length - from), bytes.length - from);
    return signature;
  }

  @Test
  void whatTheRuntimeLacksIsRefusedByItsOwnCodeAndTheOtherKeysGoOn() throws Exception {
    SignatureCheck java17 =
        SignatureCheck.platform(
            jwk -> {
              if (jwk.algorithm() == PublicJwk.Algorithm.ML_DSA_44) {
                throw new NoSuchAlgorithmException("ML-DSA-44");
              }
              return jwk.javaKey();
            });
    TestKeys.TokenKey lattice = TestKeys.of(PublicJwk.Algorithm.ML_DSA_44);
    SignatureCheck.Key prepared = java17.key(lattice.jwk());
    assertThat(java17.refusal(prepared, INPUT, lattice.signature(INPUT)))
        .contains(RefusalCode.ALGORITHM_UNAVAILABLE);
    assertThat(RefusalCode.ALGORITHM_UNAVAILABLE.isForgedWhenSigned()).isFalse();

    TestKeys.Es256 curve = new TestKeys.Es256();
    assertThat(java17.refusal(java17.key(curve.jwk()), INPUT, curve.signature(INPUT))).isEmpty();
  }

  private static byte[] with(byte[] signature, int at, byte[] number) {
    System.arraycopy(number, 0, signature, at, number.length);
    return signature;
  }

  private static byte[] ones(int length) {
    byte[] bytes = new byte[length];
    Arrays.fill(bytes, (byte) 0xff);
    return bytes;
  }
}
