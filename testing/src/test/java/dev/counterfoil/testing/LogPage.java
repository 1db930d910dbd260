package dev.counterfoil.testing;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The commands that docs/operate/log.md tells an auditor, to be run as they stand there. */
final class LogPage {
  private static final Pattern BLOCK = Pattern.compile("(?ms)^```sh\n(.*?)^```");
  private static final String EXAMPLE = "https://auth.example/logs/s1g1";

  /**
   * A command of the page.
   *
   * @param words after {@code counterfoil}
   * @param output file that its output goes to
   */
  record Step(List<String> words, Optional<String> output) {}

  private LogPage() {}

  /**
   * The page's commands, on a real log. Those that would go on for ever are run once, and the web
   * server's folder is one of the test's.
   */
  static List<Step> steps(Path root, String logUrl, Path webFolder) throws IOException {
    List<Step> steps = new ArrayList<>();
    Matcher block = BLOCK.matcher(Files.readString(root.resolve("docs/operate/log.md")));
    while (block.find()) {
      for (String line : block.group(1).replace("\\\n", " ").lines().toList()) {
        String command =
            line.replaceFirst("\\s+#.*$", "")
                .replace(EXAMPLE, logUrl)
                .replace("/srv/log", webFolder.toString())
                .replace(" --every 10s", "")
                .strip();
        if (command.startsWith("counterfoil log watch")) {
          command += " --once";
        }
        steps.add(step(command));
      }
    }
    return steps;
  }

  private static Step step(String command) {
    List<String> words = new ArrayList<>(List.of(command.split("\\s+")));
    if (!words.removeFirst().equals("counterfoil")) {
      throw new AssertionError("docs/operate/log.md has a command that is not ours: " + command);
    }
    int redirect = words.indexOf(">");
    if (redirect < 0) {
      return new Step(words, Optional.empty());
    }
    String output = words.get(redirect + 1);
    return new Step(List.copyOf(words.subList(0, redirect)), Optional.of(output));
  }
}
