package dev.counterfoil.verifier;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.math.BigInteger;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** The form of ASN.1, held against Java's own shortest numbers. */
class EcdsaDerTest {
  @Test
  void writesEachNumberInAsFewBytesAsItTakes() {
    Random random = new Random(1);
    for (int i = 0; i < 20_000; i++) {
      byte[] signature = new byte[64];
      random.nextBytes(signature);
      // Most numbers have all bytes: those with fewer, down to none, are made.
      Arrays.fill(signature, 0, random.nextInt(4) == 0 ? random.nextInt(33) : 0, (byte) 0);
      Arrays.fill(signature, 32, 32 + (random.nextInt(4) == 0 ? random.nextInt(33) : 0), (byte) 0);
      assertThat(EcdsaDer.of(signature)).isEqualTo(expected(signature));
    }
    for (int length : new int[] {0, 63, 65}) {
      assertThatThrownBy(() -> EcdsaDer.of(new byte[length]))
          .isInstanceOf(IllegalArgumentException.class);
    }
  }

  private static byte[] expected(byte[] signature) {
    byte[] r = new BigInteger(1, Arrays.copyOfRange(signature, 0, 32)).toByteArray();
    byte[] s = new BigInteger(1, Arrays.copyOfRange(signature, 32, 64)).toByteArray();
    ByteArrayOutputStream der = new ByteArrayOutputStream();
    der.write(0x30);
    der.write(4 + r.length + s.length);
    der.write(2);
    der.write(r.length);
    der.writeBytes(r);
    der.write(2);
    der.write(s.length);
    der.writeBytes(s);
    return der.toByteArray();
  }
}
