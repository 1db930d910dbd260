package dev.counterfoil.signer.privatekeys;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.hardening.AwsLc;
import java.io.ByteArrayOutputStream;
import java.math.BigInteger;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.Signature;
import java.security.spec.ECGenParameterSpec;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

class Es256SigningTest {
  private static final BigInteger N =
      new BigInteger("ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551", 16);

  /** Of both lengths with and without a zero before them. */
  private static final List<BigInteger> EDGES =
      List.of(
          BigInteger.ONE,
          BigInteger.valueOf(127),
          BigInteger.valueOf(128),
          BigInteger.ONE.shiftLeft(247),
          BigInteger.ONE.shiftLeft(248).subtract(BigInteger.ONE),
          BigInteger.ONE.shiftLeft(255).subtract(BigInteger.ONE),
          BigInteger.ONE.shiftLeft(255),
          N.subtract(BigInteger.ONE));

  private static byte[] der(byte[] r, byte[] s) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.write(0x30);
    out.write(4 + r.length + s.length);
    out.write(2);
    out.write(r.length);
    out.writeBytes(r);
    out.write(2);
    out.write(s.length);
    out.writeBytes(s);
    return out.toByteArray();
  }

  private static BigInteger half(byte[] signature, int from) {
    return new BigInteger(1, Arrays.copyOfRange(signature, from, from + 32));
  }

  @Test
  void theHashIsSignedAsTheInputIs() throws Exception {
    KeyPairGenerator generator = KeyPairGenerator.getInstance("EC", AwsLc.PROVIDER);
    generator.initialize(new ECGenParameterSpec("secp256r1"));
    KeyPair pair = generator.generateKeyPair();
    PrivateKeys.Signing signing = new Es256Signing(pair.getPrivate());
    Signature verifier = Signature.getInstance("SHA256withECDSAinP1363Format");
    for (int i = 0; i < 256; i++) {
      byte[] input = {(byte) i, 1};
      for (byte[] signature :
          List.of(signing.sign(input), signing.sign(input, Hash.sha256(input)))) {
        verifier.initVerify(pair.getPublic());
        verifier.update(input);
        assertThat(verifier.verify(signature)).isTrue();
        verifier.initVerify(pair.getPublic());
        verifier.update(new byte[] {(byte) i, 2});
        assertThat(verifier.verify(signature)).isFalse();
      }
    }
  }

  @Test
  void numbersOfEveryLengthStandWhereTheyShould() throws Exception {
    for (BigInteger r : EDGES) {
      for (BigInteger s : EDGES) {
        byte[] signature = Es256Signing.ofDer(der(r.toByteArray(), s.toByteArray()));
        assertThat(signature).hasSize(64);
        assertThat(half(signature, 0)).isEqualTo(r);
        assertThat(half(signature, 32)).isEqualTo(s);
      }
    }
  }

  @Test
  void whatIsNoSignatureInDerIsRefused() throws Exception {
    byte[] number = {5, 6};
    byte[] good = der(number, number);
    assertThat(Es256Signing.ofDer(good)).hasSize(64);
    byte[] tooLong = new byte[33];
    tooLong[0] = 1;
    byte[] longer = new byte[34];
    longer[1] = (byte) 0x80;
    for (byte[] bad :
        List.of(
            new byte[0],
            der(new byte[0], number),
            der(number, new byte[0]),
            der(new byte[] {-1}, number),
            der(number, new byte[] {0, 1}),
            der(tooLong, number),
            der(number, longer),
            Arrays.copyOf(good, good.length + 1))) {
      assertRefused(bad);
    }
    for (int i = 0; i < good.length; i++) {
      assertRefused(Arrays.copyOf(good, i));
    }
    for (int at : new int[] {0, 1, 2, 3, 6, 7}) {
      for (int other = 1; other < 256; other++) {
        byte[] bad = good.clone();
        bad[at] ^= (byte) other;
        assertRefused(bad);
      }
    }
  }

  private static void assertRefused(byte[] der) {
    assertThatThrownBy(() -> Es256Signing.ofDer(der)).isInstanceOf(GeneralSecurityException.class);
  }
}
