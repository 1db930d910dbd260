package dev.counterfoil.signer.privatekeys;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.counterfoil.keystore.pkcs11.FakePrivateKeys;
import java.math.BigInteger;
import java.security.KeyPair;
import java.security.Signature;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

class LowSTest {
  private static final BigInteger N =
      new BigInteger("ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551", 16);

  private static byte[] withS(BigInteger s) {
    byte[] signature = new byte[64];
    Arrays.fill(signature, 0, 32, (byte) 7);
    byte[] bytes = s.toByteArray();
    int length = Math.min(32, bytes.length);
    System.arraycopy(bytes, bytes.length - length, signature, 64 - length, length);
    return signature;
  }

  @Test
  void theSmallerOfBothValuesIsTakenAtEveryEdge() {
    BigInteger half = N.shiftRight(1);
    for (BigInteger low :
        new BigInteger[] {
          BigInteger.ONE,
          BigInteger.TWO,
          half,
          half.subtract(BigInteger.ONE),
          BigInteger.TEN.pow(30)
        }) {
      byte[] kept = withS(low);
      LowS.normalise(kept);
      assertThat(kept).isEqualTo(withS(low));
      byte[] turned = withS(N.subtract(low));
      LowS.normalise(turned);
      assertThat(turned).isEqualTo(withS(low));
    }
    assertThat(LowS.isAboveHalf(withS(half))).isFalse();
    assertThat(LowS.isAboveHalf(withS(half.add(BigInteger.ONE)))).isTrue();
  }

  @Test
  void aNormalisedSignatureStaysGood() throws Exception {
    KeyPair pair = FakePrivateKeys.newPair();
    Signature signature = Signature.getInstance("SHA256withECDSAinP1363Format");
    int turned = 0;
    for (int i = 0; i < 64; i++) {
      byte[] input = {(byte) i};
      signature.initSign(pair.getPrivate());
      signature.update(input);
      byte[] made = signature.sign();
      byte[] low = made.clone();
      LowS.normalise(low);
      turned += Arrays.equals(made, low) ? 0 : 1;
      assertThat(LowS.isAboveHalf(low)).isFalse();
      signature.initVerify(pair.getPublic());
      signature.update(input);
      assertThat(signature.verify(low)).isTrue();
    }
    assertThat(turned).isBetween(1, 63);
  }

  @Test
  void anotherLengthIsNoSignature() {
    assertThatThrownBy(() -> LowS.normalise(new byte[63]))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
