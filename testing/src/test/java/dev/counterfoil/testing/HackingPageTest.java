package dev.counterfoil.testing;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** The examples of docs/understand/hacking.md are lines of the code as it is. */
class HackingPageTest {
  private static final Path ROOT = Path.of(System.getProperty("counterfoil.root"));
  private static final Pattern DIFF = Pattern.compile("(?ms)^```diff\\n(.+?)^```$");

  @Test
  void everyLineOfADiffStandsInItsFile() throws Exception {
    Matcher diff = DIFF.matcher(Files.readString(ROOT.resolve("docs/understand/hacking.md")));
    int diffs = 0;
    List<String> missing = new ArrayList<>();
    while (diff.find()) {
      diffs++;
      String path = "";
      List<String> rest = List.of();
      for (String line : diff.group(1).lines().toList()) {
        if (line.startsWith("+++ ")) {
          path = line.substring(4);
          rest = Files.readAllLines(ROOT.resolve(path)).stream().map(String::strip).toList();
          continue;
        }
        // In their order, with what is left out between them.
        int at = rest.indexOf(line.substring(1).strip());
        if (at < 0) {
          missing.add(path + ": " + line);
        } else {
          rest = rest.subList(at + 1, rest.size());
        }
      }
    }
    assertThat(missing).isEmpty();
    assertThat(diffs).isEqualTo(6);
  }
}
