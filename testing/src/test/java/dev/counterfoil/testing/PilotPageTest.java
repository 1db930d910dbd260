package dev.counterfoil.testing;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The page that leads from a fresh Keycloak to a refused forgery: its versions, and all of it. */
class PilotPageTest {
  private static final Path ROOT = Path.of(System.getProperty("counterfoil.root"));
  private static final Pattern SHELL = Pattern.compile("```sh\n(.*?)```", Pattern.DOTALL);

  /** Those of the page, in its order. */
  private static final List<String> PORTS = List.of("8480", "8481", "8581", "8582", "8583", "8584");

  @TempDir Path folder;

  @Test
  void theVersionsAreThoseOfTheBuildAndTheShellUnderstandsIt() throws Exception {
    String page = page();
    String pom = Files.readString(ROOT.resolve("pom.xml"));
    assertThat(page)
        .contains("keycloak-" + property(pom, "keycloak.version") + ".zip")
        .contains("<version>" + property(pom, "spring-boot-3.version") + "</version>");
    Path script = Files.writeString(folder.resolve("pilot.sh"), script(page));
    assertThat(run(60, "bash", "-n", script.toString())).isEmpty();
  }

  /** Some minutes: it builds, and starts a Keycloak twice. */
  @Test
  @Tag("full")
  void whoFollowsThePageSeesAForgedTokenRefusedByBothServices() throws Exception {
    run(1200, ROOT.resolve("dev").toString(), "keycloak");
    String version = property(Files.readString(ROOT.resolve("pom.xml")), "keycloak.version");
    Path fetched = ROOT.resolve("dist/counterfoil/keycloak/keycloak-" + version);
    run(60, "cp", "-r", fetched.toString(), folder.resolve("keycloak-" + version).toString());
    String script =
        script(page())
            .replace("$HOME/counterfoil", ROOT.toString())
            .replace("$HOME/", folder + "/");
    for (String port : PORTS) {
      script = script.replace(port, Integer.toString(Distribution.freePort()));
    }
    Path file =
        Files.writeString(
            folder.resolve("pilot.sh"),
            "trap 'kill $(jobs -p) 2>/dev/null; wait' EXIT\n" + script + "\nexit 0\n");
    String printed = run(1800, "bash", file.toString());
    assertThat(printed)
        .contains("bell: taken", "are recorded at", "ATTACHED", "VERIFIED")
        .containsPattern("orders of [0-9a-f-]{36}\n200\nstock for [0-9a-f-]{36}\n200\n401\n401\n")
        .containsPattern("RING counterfoil\\.finding\\.raised A token claims a key of the attached")
        .containsPattern("orders +refuses")
        .containsPattern("stock +refuses")
        .contains("tokens that attached issuers recorded");
  }

  private static String page() throws IOException {
    return Files.readString(ROOT.resolve("docs/start/pilot.md"));
  }

  private static String script(String page) {
    return String.join("\n", SHELL.matcher(page).results().map(PilotPageTest::block).toList());
  }

  private static String block(MatchResult block) {
    return block.group(1);
  }

  private static String property(String pom, String name) {
    return pom.substring(pom.indexOf("<" + name + ">") + name.length() + 2).split("<", 2)[0];
  }

  private String run(long seconds, String... command) throws Exception {
    Path output = folder.resolve("printed.txt");
    Process process =
        new ProcessBuilder(command)
            .directory(folder.toFile())
            .redirectErrorStream(true)
            .redirectOutput(output.toFile())
            .start();
    boolean isOver = process.waitFor(seconds, TimeUnit.SECONDS);
    process.destroy();
    String printed = Files.readString(output, StandardCharsets.UTF_8);
    assertThat(isOver).as(printed).isTrue();
    assertThat(process.exitValue()).as(printed).isZero();
    return printed;
  }
}
