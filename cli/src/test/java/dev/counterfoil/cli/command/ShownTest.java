package dev.counterfoil.cli.command;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What strangers wrote moves no cursor, turns no text and is no formula. */
class ShownTest {
  @ParameterizedTest
  @ValueSource(
      strings = {
        "=HYPERLINK(\"http://attacker.example\")",
        "+1",
        "-1",
        "@SUM(A1)",
        "  =1+1",
        "\uff1d1+1",
        "\uff0b1",
        "\uff0d1",
        "\uff20A1"
      })
  void aFormulaIsAText(String poison) {
    assertThat(Shown.csv(poison)).startsWith("\"'").endsWith("\"");
  }

  @Test
  void whatIsNoFormulaIsLeftAsItIs() {
    assertThat(Shown.csv("alice@acme.example, \"A\""))
        .isEqualTo("\"alice@acme.example, \"\"A\"\"\"");
    assertThat(Shown.csv("")).isEqualTo("\"\"");
  }

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
        "\t=1"
      })
  void whatATerminalTakesForAnOrderIsShownAsItsNumber(String poison) {
    assertThat(Shown.csv(poison)).matches("\"[\\p{Graph} ]*\"");
    assertThat(Shown.ascii("{\"a\":\"" + poison.replaceAll("\\p{Cntrl}", "") + "\"}"))
        .matches("[\\x20-\\x7e]*");
  }
}
