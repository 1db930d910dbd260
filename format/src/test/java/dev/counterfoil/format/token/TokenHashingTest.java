package dev.counterfoil.format.token;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterfoil.format.bytes.Hash;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class TokenHashingTest {
  private final TokenHashing hashing = new TokenHashing();

  @Test
  void hashesAllOfItAndWhatIsSignedOfIt() {
    for (int input = 0; input < 3200; input += 1 + input / 7) {
      for (int signature : new int[] {0, 1, 86, 1023, 1024, 2500}) {
        String signed = "ab.c".repeat(800).substring(0, input);
        String text = signed + "." + "x".repeat(signature);
        assertThat(hashing.whole(text)).isEqualTo(Hash.sha256(bytes(text)));
        assertThat(signed()).isEqualTo(text.length() <= 1024 ? Hash.sha256(bytes(signed)) : null);
        hashing.wipe();
        assertThat(signed()).isNull();
      }
    }
  }

  @Test
  void givesNoneOfWhatIsNoTokenAndIsGoodAfterwards() {
    Hash hash = Hash.sha256(bytes("a.b.c"));
    for (String none : new String[] {"a.b\u00e9.c", "a.b.\u0141", "\ud800.b", "a.\udc00"}) {
      assertThat(hashing.whole(none)).isNull();
      assertThat(signed()).isNull();
      assertThat(hashing.whole("a.b.c")).isEqualTo(hash);
      assertThat(signed()).isEqualTo(Hash.sha256(bytes("a.b")));
    }
    assertThat(hashing.whole("abc")).isEqualTo(Hash.sha256(bytes("abc")));
    assertThat(signed()).isNull();
    String late = "a".repeat(2000) + ".b." + "c".repeat(1500);
    assertThat(hashing.whole(late + "\u00e9")).isNull();
    assertThat(hashing.whole(late)).isEqualTo(Hash.sha256(bytes(late)));
  }

  private @Nullable Hash signed() {
    TokenHashing.Hashed hashed = hashing.signingInput();
    return hashed == null ? null : hashed.digest();
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }
}
