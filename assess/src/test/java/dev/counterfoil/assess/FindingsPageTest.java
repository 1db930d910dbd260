package dev.counterfoil.assess;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterfoil.assess.finding.FindingKind;
import dev.counterfoil.assess.finding.KeyFinding;
import dev.counterfoil.assess.finding.MetadataFinding;
import dev.counterfoil.assess.finding.TokenFinding;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/**
 * {@code docs/start/assess.md} lists every kind of finding as the code knows it, and no other. When
 * this fails, replace the page by the file that the failure names.
 */
class FindingsPageTest {
  private static final Path PAGE = RealIssuer.module().resolveSibling("docs/start/assess.md");
  private static final String BEGIN =
      "<!-- findings: written by FindingsPageTest from the catalogue in the code -->\n";
  private static final String END = "<!-- end of findings -->\n";

  /** A finding's id in running text; other code words of the page are listed below. */
  private static final Pattern CODE_WORD = Pattern.compile("`([a-z][a-z0-9]*(?:-[a-z0-9]+)+)`");

  @Test
  void thePageListsTheCatalogue() throws IOException {
    String page = Files.readString(PAGE);
    int begin = page.indexOf(BEGIN) + BEGIN.length();
    int end = page.indexOf(END);
    assertThat(begin).isGreaterThan(BEGIN.length()).isLessThanOrEqualTo(end);
    String expected = page.substring(0, begin) + list() + page.substring(end);
    Path written = Files.writeString(RealIssuer.module().resolve("target/assess.md"), expected);
    assertThat(page).as("copy %s to %s", written, PAGE).isEqualTo(expected);
  }

  @Test
  void whatThePageNamesExists() throws IOException {
    List<String> ids = FindingKind.all().stream().map(FindingKind::id).toList();
    List<String> named =
        CODE_WORD
            .matcher(Files.readString(PAGE))
            .results()
            .map(MatchResult::group)
            .map(word -> word.replace("`", ""))
            .toList();
    assertThat(named).hasSizeGreaterThanOrEqualTo(ids.size());
    assertThat(ids).containsAll(named).doesNotHaveDuplicates();
  }

  private static String list() {
    StringBuilder text = new StringBuilder();
    append(text, "Metadata", MetadataFinding.values());
    append(text, "Keys", KeyFinding.values());
    append(text, "Tokens", TokenFinding.values());
    return text.toString();
  }

  private static void append(StringBuilder text, String heading, FindingKind[] kinds) {
    text.append("\n### ")
        .append(heading)
        .append("\n\n| finding | what it means | what to do |\n|---|---|---|\n");
    for (FindingKind kind : kinds) {
      FindingKind.Wording wording = kind.wording();
      text.append("| `").append(kind.id()).append("`<br>").append(wording.severity().word());
      text.append(" | **").append(wording.title()).append(".** ").append(wording.requirement());
      text.append(" | ").append(wording.whatToDo()).append(" |\n");
    }
    text.append('\n');
  }
}
