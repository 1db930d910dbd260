package dev.counterfoil.signer.issuing;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterfoil.format.keys.TokenId;
import java.security.SecureRandom;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.Set;
import org.junit.jupiter.api.Test;

class RandomSaltsTest {
  @Test
  void noSaltComesTwiceAndNoneIsEmpty() {
    Salts salts = new RandomSalts(new SecureRandom());
    Set<String> seen = new HashSet<>();
    for (int i = 0; i < 1_000; i++) {
      byte[] salt = salts.next();
      assertThat(salt).hasSize(TokenId.SALT_BYTES).isNotEqualTo(new byte[TokenId.SALT_BYTES]);
      assertThat(seen.add(HexFormat.of().formatHex(salt))).isTrue();
    }
  }

  @Test
  void changingASaltChangesNoOther() {
    Salts salts = new RandomSalts(new SecureRandom());
    byte[] first = salts.next();
    byte[] copy = first.clone();
    salts.next()[0] ^= 1;
    assertThat(first).isEqualTo(copy);
  }
}
