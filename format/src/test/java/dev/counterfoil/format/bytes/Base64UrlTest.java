package dev.counterfoil.format.bytes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Random;
import org.junit.jupiter.api.Test;

class Base64UrlTest {
  @Test
  void everyLengthGoesThereAndBack() throws Exception {
    Random random = new Random(1);
    for (int length = 0; length < 100; length++) {
      byte[] bytes = new byte[length];
      random.nextBytes(bytes);
      assertThat(Base64Url.decode(Base64Url.encode(bytes))).isEqualTo(bytes);
    }
  }

  @Test
  void whateverIsDecodedHasOneSpelling() {
    Random random = new Random(2);
    String letters = "AQgw_-Zz09+/= \n\u00e9";
    int decoded = 0;
    for (int i = 0; i < 200_000; i++) {
      StringBuilder text = new StringBuilder();
      for (int n = random.nextInt(6); n > 0; n--) {
        text.append(letters.charAt(random.nextInt(letters.length())));
      }
      try {
        assertThat(Base64Url.encode(Base64Url.decode(text.toString()))).isEqualTo(text.toString());
        decoded++;
      } catch (FormatException e) {
        // Refused: another spelling, or none.
      }
    }
    assertThat(decoded).isGreaterThan(1_000);
  }

  @Test
  void refusesOtherSpellings() throws Exception {
    assertThat(Base64Url.decode("AQ")).containsExactly(1);
    for (String bad :
        new String[] {"AQ==", "AQ=", "AR", "A", "AQ\n", " AQ", "A+", "A/", "\u00e9Q", "AQID\r\n"}) {
      assertThatThrownBy(() -> Base64Url.decode(bad)).isInstanceOf(FormatException.class);
    }
  }
}
