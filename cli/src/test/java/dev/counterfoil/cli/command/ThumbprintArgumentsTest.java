package dev.counterfoil.cli.command;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterfoil.cli.CounterfoilCommand;
import org.junit.jupiter.api.Test;

class ThumbprintArgumentsTest {
  private static final String HYPHENED = "-hJzJ3XXjJ1Bqv0v7cQWm8yOqvR3l3n7fQk0Z1x2y3w";
  private static final String PLAIN = "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs";

  @Test
  void aHyphenedThumbprintIsAnOperand() {
    assertThat(unmistakable("keys", "revoke", HYPHENED, "--json"))
        .containsExactly("keys", "revoke", "--json", "--", HYPHENED);
    assertThat(unmistakable("keys", "revoke", "--json", "--", HYPHENED))
        .containsExactly("keys", "revoke", "--json", "--", HYPHENED);
  }

  @Test
  void afterAnOptionThatTakesAValueItIsTheValue() {
    assertThat(unmistakable("keys", "revoke", "--domain", HYPHENED, PLAIN))
        .containsExactly("keys", "revoke", "--domain=" + HYPHENED, PLAIN);
  }

  @Test
  void everythingElseStaysAsItIs() {
    assertThat(unmistakable("keys", "revoke", PLAIN, "--json"))
        .containsExactly("keys", "revoke", PLAIN, "--json");
    assertThat(unmistakable("keys", "-h")).containsExactly("keys", "-h");
    assertThat(unmistakable()).isEmpty();
  }

  @Test
  void theParserTakesItForTheKey() {
    var parsed =
        CounterfoilCommand.commandLine()
            .parseArgs(unmistakable("keys", "revoke", HYPHENED, "--json"))
            .subcommand()
            .subcommand();
    assertThat(parsed.isUsageHelpRequested())
        .as("-h inside a thumbprint asks for no help")
        .isFalse();
    assertThat(parsed.matchedPositionals().getFirst().stringValues()).containsExactly(HYPHENED);
  }

  private static String[] unmistakable(String... arguments) {
    return ThumbprintArguments.unmistakable(
        CounterfoilCommand.commandLine().getCommandSpec(), arguments);
  }
}
