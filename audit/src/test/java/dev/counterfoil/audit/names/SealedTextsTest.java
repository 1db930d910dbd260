package dev.counterfoil.audit.names;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class SealedTextsTest {
  private static final NameHash KEY = new NameHash(new byte[NameHash.KEY_BYTES]);
  private static final NameHash OTHER =
      new NameHash("0".repeat(32).getBytes(StandardCharsets.US_ASCII));

  private final SealedTexts texts = new SealedTexts();
  private final List<String> sealed = new ArrayList<>();

  private byte[] seal(NameHash key, String text) {
    return texts.seal(
        key,
        text,
        (under, of) -> {
          sealed.add(of);
          return under.seal(of.getBytes(StandardCharsets.UTF_8));
        });
  }

  @Test
  void aTextIsSealedOnceAndToTheSame() {
    byte[] first = seal(KEY, "203.0.113.7");

    assertThat(seal(KEY, "203.0.113.7")).isEqualTo(first);
    assertThat(first).isEqualTo(KEY.seal("203.0.113.7".getBytes(StandardCharsets.UTF_8)));
    assertThat(sealed).containsExactly("203.0.113.7");
  }

  @Test
  void underAnotherKeyItIsSealedAnew() {
    byte[] first = seal(KEY, "203.0.113.7");

    assertThat(seal(OTHER, "203.0.113.7"))
        .isEqualTo(OTHER.seal("203.0.113.7".getBytes(StandardCharsets.UTF_8)))
        .isNotEqualTo(first);
    assertThat(sealed).hasSize(2);
  }

  @Test
  void afterAllIsForgottenItIsSealedAnew() {
    seal(KEY, "203.0.113.7");

    texts.clear();
    seal(KEY, "203.0.113.7");

    assertThat(sealed).hasSize(2);
  }

  @Test
  void whatIsSealedWhileAllIsForgottenIsNotKept() {
    texts.seal(
        KEY,
        "203.0.113.7",
        (under, of) -> {
          texts.clear();
          return under.seal(of.getBytes(StandardCharsets.UTF_8));
        });
    seal(KEY, "203.0.113.7");
    assertThat(sealed).hasSize(1);
    seal(KEY, "203.0.113.7");
    assertThat(sealed).as("the control").hasSize(1);
  }

  @Test
  void aLongTextIsNotKept() {
    String text = "s".repeat(1000);

    assertThat(seal(KEY, text)).isEqualTo(seal(KEY, text));
    assertThat(sealed).hasSize(2);
  }

  @Test
  void whereTwoShareAPlaceEachIsSealedToItsOwn() {
    for (int round = 0; round < 2; round++) {
      for (int i = 0; i < 20_000; i++) {
        String text = "session-" + i;
        assertThat(seal(KEY, text)).isEqualTo(KEY.seal(text.getBytes(StandardCharsets.UTF_8)));
      }
    }
  }
}
