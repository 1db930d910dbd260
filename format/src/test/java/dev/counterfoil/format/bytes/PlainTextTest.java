package dev.counterfoil.format.bytes;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a terminal takes for an order does not reach it. */
class PlainTextTest {
  @ParameterizedTest
  @ValueSource(
      strings = {
        "\u001b[2J",
        "\u009b2J",
        "a\r=1",
        "a\n=1",
        "\u202egpj.exe",
        "\u2066x",
        "\u2028",
        "\t=1",
        "\ue000",
        "\ud800"
      })
  void whatATerminalTakesForAnOrderIsShownAsItsNumber(String poison) {
    assertThat(PlainText.of(poison)).contains("\\u{").matches("[\\p{Graph} ]*");
    assertThat(PlainText.of(poison, 100)).isEqualTo(PlainText.of(poison));
  }

  @Test
  void whatIsPlainStaysAsItIs() {
    String plain = "Zoë wrote: `x` = \ud83d\ude00";
    assertThat(PlainText.of(plain)).isEqualTo(plain);
    assertThat(PlainText.of(plain, plain.length())).isEqualTo(plain);
  }

  @Test
  void theLengthCountsWhatIsShown() {
    assertThat(PlainText.of("abcd", 3)).isEqualTo("ab…");
    assertThat(PlainText.of("\n".repeat(1000), 9)).isEqualTo("\\u{a}\\u{…");
    assertThat(PlainText.of("ab\ud83d\ude00", 3)).isEqualTo("ab…");
  }
}
