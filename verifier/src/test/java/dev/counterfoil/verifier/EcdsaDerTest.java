package dev.counterfoil.verifier;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.math.BigInteger;
import java.util.Arrays;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** The form of ASN.1, held against Java's own shortest numbers. */
class EcdsaDerTest {
  @Test
  void writesEachNumberInAsFewBytesAsItTakes() {
    Random random = new Random(1);
    for (int i = 0; i < 20_000; i++) {
      byte[] signature = random(random);
      assertThat(EcdsaDer.of(signature)).isEqualTo(expected(signature));
    }
    for (int length : new int[] {0, 63, 65}) {
      assertThatThrownBy(() -> EcdsaDer.of(new byte[length]))
          .isInstanceOf(IllegalArgumentException.class);
    }
  }

  @Test
  void joinsWhatItWrote() {
    Random random = new Random(2);
    for (int i = 0; i < 20_000; i++) {
      byte[] signature = random(random);
      byte[] der = EcdsaDer.of(signature);
      assertThat(EcdsaDer.joined(der)).hasValue(signature);
      assertThat(EcdsaDer.joined(Arrays.copyOf(der, der.length + random.nextInt(9))))
          .hasValue(signature);
    }
  }

  @Test
  void whatIsCutOffOrHasAnotherLengthIsNotTheSame() {
    Random random = new Random(3);
    for (int i = 0; i < 300; i++) {
      byte[] signature = random(random);
      // Both numbers without zeros at their ends: each byte that is missing is seen.
      signature[0] |= 1;
      signature[31] |= 1;
      signature[32] |= 1;
      signature[63] |= 1;
      byte[] der = EcdsaDer.of(signature);
      for (int length = 0; length < der.length; length++) {
        assertThat(EcdsaDer.joined(Arrays.copyOf(der, length)))
            .as("%d of %d bytes", length, der.length)
            .isEmpty();
      }
      int lengthOfS = 5 + der[3];
      for (int at : new int[] {3, lengthOfS}) {
        for (int length = 0; length < 256; length++) {
          byte[] changed = der.clone();
          changed[at] = (byte) length;
          Optional<byte[]> joined = EcdsaDer.joined(changed);
          assertThat(joined.filter(one -> Arrays.equals(one, signature)).isPresent())
              .as("length %d at %d", length, at)
              .isEqualTo(changed[at] == der[at]);
        }
      }
    }
  }

  /** Most numbers have all bytes: those with fewer, down to none, are made. */
  private static byte[] random(Random random) {
    byte[] signature = new byte[64];
    random.nextBytes(signature);
    Arrays.fill(signature, 0, random.nextInt(4) == 0 ? random.nextInt(33) : 0, (byte) 0);
    Arrays.fill(signature, 32, 32 + (random.nextInt(4) == 0 ? random.nextInt(33) : 0), (byte) 0);
    return signature;
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
