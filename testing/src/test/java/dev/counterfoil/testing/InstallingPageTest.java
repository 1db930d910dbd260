package dev.counterfoil.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.bytes.StrictJson;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * The walk along {@code docs/operate/installing.md}: its commands, as they stand there, with the
 * distribution and the files of {@code deploy/}, under the units' users, on a machine of its own as
 * far as files, users and networks go ({@code machine.sh}).
 */
@Tag("turn-1")
class InstallingPageTest {
  private static final Path CLONE = Path.of(System.getProperty("counterfoil.root"));

  /** Of a busy machine; alone it takes a minute. */
  private static final Duration PATIENCE = Duration.ofMinutes(8);

  private static final Pattern BLOCK = Pattern.compile("(?ms)^(## [^\n]*)$|^```sh\n(.*?)^```$");

  private static final String LAST = "## 9.";

  @SuppressWarnings("NullAway.Init") // each test starts with one
  private Path root;

  @BeforeEach
  void layOut() throws Exception {
    assumeTrue(System.getProperty("user.name").equals("root"), "only root takes other users");
    for (String tool : List.of("unshare", "setpriv", "curl", "systemd-sysusers", "systemd-creds")) {
      assumeTrue(Files.isExecutable(Path.of("/usr/bin", tool)), tool + " is not installed");
    }
    root = Files.createTempDirectory(Path.of("/tmp"), "cfi");
    Files.setPosixFilePermissions(root, PosixFilePermissions.fromString("rwxr-xr-x"));
  }

  @AfterEach
  void clear() throws Exception {
    if (root != null) {
      new ProcessBuilder("rm", "-rf", root.toString()).inheritIO().start().waitFor();
    }
  }

  /** The commands of the sections that a person walks through. */
  private static String commands() throws IOException {
    StringBuilder commands = new StringBuilder();
    Matcher part = BLOCK.matcher(Files.readString(CLONE.resolve("docs/operate/installing.md")));
    String heading = "";
    while (part.find()) {
      if (part.group(1) != null) {
        if (heading.startsWith(LAST)) {
          break;
        }
        heading = part.group(1);
        commands.append("echo '").append(heading).append("'\n");
      } else {
        commands.append(part.group(2));
      }
    }
    assertThat(heading).as("the last section of the walk").startsWith(LAST);
    // The one thing that is another: there is no proxy that speaks TLS, so the issuer is the
    // listener.
    return commands.toString().replace("https://login.example", "http://127.0.0.1:8480");
  }

  /** What the test asks besides, after the walk. */
  private static final String QUESTIONS =
      """
      echo '## questions'
      counterfoil findings --json > findings.json || true
      counterfoil keys list > keys.txt || true
      for command in 'client list' 'findings' 'keys confirm'; do
        setpriv --reuid 65534 --regid 65534 --clear-groups -- \
          /opt/counterfoil/bin/counterfoil $command 2>> denied.txt && exit 9 || true
      done
      counterfoil client list > clients.txt
      """;

  /**
   * What the Debian package does in the place of sections 3 to 6. The package itself holds the
   * files of {@code deploy/} as section 2 puts them.
   */
  private static final String PACKAGE =
      """
      for bad in 'root: "1 HEX"/;e touch /run/owned;#' 'root: "1 HEX"\\nx' \
          'root: "0 HEX"' 'root: "1 HEX0"'; do
        bad=${bad//HEX/$(printf 'a%.0s' {1..64})}
        printf 'registrar.yaml: %s\\n' "$bad" > bad-root.txt
        bash deploy/deb/counterfoil-setup ceremony bad-root.txt bad-root.txt && exit 9 ||
          echo "exit code $?"
      done
      printf 'registrar.yaml: root: "1 %s"\\n' $(printf 'a%.0s' {1..64}) > root.txt
      bash -c '. deploy/deb/counterfoil-setup; pin root.txt'
      ls /run/owned 2> /dev/null && exit 9
      touch /run/broken-counterfoil-monitor
      bash deploy/deb/counterfoil-setup trial && exit 9 || echo "cut off: $?"
      rm /run/broken-counterfoil-monitor
      bash deploy/deb/counterfoil-setup ceremony root.txt root.txt && exit 9 ||
        echo "another root: $?"
      bash deploy/deb/counterfoil-setup trial
      bash deploy/deb/counterfoil-setup trial && exit 9 || echo "again: $?"
      echo '## token'
      counterfoil client add shop --tenant contoso --audience mail --scope read
      counterfoil token --client shop --out token
      counterfoil verify token --audience mail --no-report
      """;

  @Test
  void thePackagesSetupMakesATrialRootThatItsOwnCommandLineAdministers() throws Exception {
    String page = commands();
    String transcript = walked(page.substring(0, page.indexOf("echo '## 3.")) + PACKAGE);
    assertThat(transcript)
        .contains("Everything runs.", "the key of this root lies in")
        .contains("1 " + "a".repeat(64), "cut off: 1", "another root: 3")
        .contains("this installation has a root already", "again: 3");
    assertThat(transcript.split("exit code 3", -1)).as("four lines are refused").hasSize(5);
    assertThat(section(transcript, "## token")).contains("VERIFIED");
  }

  /** Runs commands on the machine, and gives what they say. */
  private String walked(String commands) throws Exception {
    Path script = root.resolve("commands.sh");
    Files.writeString(script, commands);
    Path said = root.resolve("said.txt");
    List<String> words =
        List.of(
            "unshare",
            "--mount",
            "--net",
            "--pid",
            "--fork",
            "--mount-proc",
            "--kill-child",
            "bash",
            CLONE.resolve("testing/src/test/resources/installing/machine.sh").toString(),
            root.toString(),
            CLONE.toString(),
            script.toString());
    ProcessBuilder builder = new ProcessBuilder(words).redirectErrorStream(true);
    builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
    builder.environment().remove("COUNTERFOIL_DATA");
    builder.environment().remove("COUNTERFOIL_CONFIG");
    Process walk = builder.redirectOutput(said.toFile()).start();
    try {
      assertThat(walk.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS))
          .as("it ends: " + Files.readString(said))
          .isTrue();
    } finally {
      walk.destroyForcibly().waitFor();
    }
    String transcript = Files.readString(said);
    assertThat(walk.exitValue()).as(transcript).isZero();
    return transcript;
  }

  @Test
  void thePageLeadsToATokenAFindingAndAContainedTheft() throws Exception {
    String transcript = walked(commands() + QUESTIONS);
    assertThat(transcript)
        .contains("Every essential protection (*) holds.")
        .contains("VERIFIED")
        .contains("REFUSED")
        .contains("STATED")
        .contains("CONTAINED")
        .contains("## questions");
    assertThat(section(transcript, "## 7.")).contains("VERIFIED").doesNotContain("REFUSED");
    assertThat(section(transcript, "## 8.")).contains("REFUSED").doesNotContain("VERIFIED");
    assertThat(section(transcript, "## 9.")).contains("CONTAINED", "VERIFIED");

    Path here = root.resolve("clone");
    List<String> kinds = new ArrayList<>();
    JsonObject findings =
        StrictJson.object(Files.readAllBytes(here.resolve("findings.json")), 1 << 20);
    for (JsonObject finding : findings.objects("findings")) {
      kinds.add(finding.string("kind"));
    }
    assertThat(kinds).contains("unknown-key");
    assertThat(Files.readString(here.resolve("clients.txt"))).contains("shop", "mail");
    // Who may not is told who may.
    assertThat(Files.readAllLines(here.resolve("denied.txt"), StandardCharsets.UTF_8))
        .anySatisfy(
            line -> assertThat(line).contains("authority", "root and counterfoil-authority"))
        .anySatisfy(line -> assertThat(line).contains("monitor", "root and counterfoil-monitor"))
        .anySatisfy(
            line -> assertThat(line).contains("registrar", "root and counterfoil-registrar"));
    try (Stream<Path> outside =
        Stream.of(Path.of("/etc/counterfoil"), Path.of("/run/counterfoil"))) {
      assertThat(outside.filter(Files::exists)).as("the machine itself is as it was").isEmpty();
    }
  }

  private static String section(String transcript, String heading) {
    int from = transcript.indexOf(heading);
    int to = transcript.indexOf("\n## ", from + 1);
    assertThat(from).as(heading).isNotNegative();
    return transcript.substring(from, to < 0 ? transcript.length() : to);
  }
}
