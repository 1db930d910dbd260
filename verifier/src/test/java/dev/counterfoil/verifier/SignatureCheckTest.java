package dev.counterfoil.verifier;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The same answers from AWS-LC and from the JDK. */
class SignatureCheckTest {
  private static final byte[] INPUT = "header.payload".getBytes(StandardCharsets.US_ASCII);

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
          new byte[0], new byte[63], new byte[64], new byte[65], ones(64), new byte[72]
        }) {
      assertThat(check.refusal(prepared, INPUT, bad)).contains(RefusalCode.SIGNATURE);
    }
  }

  @ParameterizedTest
  @MethodSource("checks")
  void takesEd25519(SignatureCheck check) throws Exception {
    TestKeys.Ed25519 key = new TestKeys.Ed25519();
    SignatureCheck.Key prepared = check.key(key.jwk());
    byte[] signature = key.signature(INPUT);
    assertThat(check.refusal(prepared, INPUT, signature)).isEmpty();
    signature[63] ^= 1;
    assertThat(check.refusal(prepared, INPUT, signature)).contains(RefusalCode.SIGNATURE);
  }

  private static byte[] ones(int length) {
    byte[] bytes = new byte[length];
    Arrays.fill(bytes, (byte) 0xff);
    return bytes;
  }
}
