package dev.counterfoil.verifier;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterfoil.format.bytes.Hash;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** What is read of a text that is no token. */
class SignedTextTest {
  /** Longest token that is looked at. */
  private static final int DOTS = 16 << 10;

  private static final Pattern DOTS_AT_END = Pattern.compile("\\.+$");
  private static final String TOKEN = "eyJraWQiOiJrIn0.e30.AAAA";

  @Test
  void dotsAroundATokenAreLeftOut() {
    Hash digest = Hash.sha256("eyJraWQiOiJrIn0.e30".getBytes(StandardCharsets.US_ASCII));
    String dots = ".".repeat(DOTS);
    for (String text :
        List.of(TOKEN, dots + TOKEN, TOKEN + dots, dots + TOKEN + dots, "(" + TOKEN + ")")) {
      assertThat(SignedText.allIn(text))
          .singleElement()
          .satisfies(
              one -> {
                assertThat(one.kid()).isEqualTo("k");
                assertThat(one.digest()).isEqualTo(digest);
              });
    }
  }

  /** What an outsider found to be refused without a finding. */
  @Test
  void whatStandsBeforeATokenIsLeftOut() {
    Hash digest = Hash.sha256("eyJraWQiOiJrIn0.e30".getBytes(StandardCharsets.US_ASCII));
    String decoys = "a.b.AAAA;c.d.AAAA;e.f.AAAA;";
    for (String text :
        List.of(
            "x." + TOKEN,
            "a.b.c." + TOKEN,
            "A".repeat(6_000) + "." + TOKEN,
            "A" + TOKEN,
            "AAAA" + TOKEN,
            "eyJ" + TOKEN,
            decoys + TOKEN,
            TOKEN + ", Bearer " + TOKEN)) {
      assertThat(SignedText.allIn(text))
          .as(text.substring(0, Math.min(40, text.length())))
          .extracting(SignedText::digest)
          .contains(digest);
    }
    assertThat(SignedText.allIn(".e30.AAAA"))
        .singleElement()
        .extracting(SignedText::digest)
        .as("an empty header")
        .isEqualTo(Hash.sha256(".e30".getBytes(StandardCharsets.US_ASCII)));
    assertThat(SignedText.allIn("e30.AAAA")).as("the control").isEmpty();
  }

  /** Each costs checks, and a client may send any number of them. */
  @Test
  void noMoreThanEightAreLookedAt() {
    String many = "eyJ9.".repeat(3_000);
    assertThat(SignedText.allIn(many + TOKEN)).hasSize(8);
    assertThat(SignedText.allIn((TOKEN + ",").repeat(500))).hasSize(8);
    assertThat(SignedText.allIn("eyJ".repeat(5_000) + ".b.AAAA")).hasSize(1);
  }

  @Test
  void dotsAloneAreNoText() {
    String dots = ".".repeat(DOTS);
    assertThat(SignedText.allIn(dots)).isEmpty();
    assertThat(SignedText.allIn(dots + "a")).isEmpty();
    assertThat(SignedText.allIn("a" + dots + "a")).isNotEmpty();
  }

  /** A pattern that looks for dots at the end begins again at each dot of a run before it. */
  @Test
  void eachDotIsLookedAtOnce() {
    Counted run = new Counted("a" + ".".repeat(DOTS) + "a");
    assertThat(SignedText.withoutDotsAround(run)).hasSize(DOTS + 2);
    Counted alone = new Counted(".".repeat(DOTS));
    assertThat(SignedText.withoutDotsAround(alone)).isEmpty();
    assertThat(run.looks + alone.looks).isLessThanOrEqualTo(DOTS + 4);

    Counted control = new Counted("a" + ".".repeat(1024) + "a");
    assertThat(control.toString()).isEqualTo(DOTS_AT_END.matcher(control).replaceAll(""));
    assertThat(control.looks).isGreaterThan(100 * 1024);
  }

  /** A text that counts how often a character of it is looked at. */
  private static final class Counted implements CharSequence {
    private final String text;
    private long looks;

    Counted(String text) {
      this.text = text;
    }

    @Override
    public int length() {
      return text.length();
    }

    @Override
    public char charAt(int index) {
      looks++;
      return text.charAt(index);
    }

    @Override
    public CharSequence subSequence(int start, int end) {
      return text.substring(start, end);
    }

    @Override
    public String toString() {
      return text;
    }
  }
}
