package dev.counterfoil.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.counterfoil.format.bytes.AllowList;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.note.NoteKey;
import dev.counterfoil.format.policy.TrustPolicy;
import dev.counterfoil.format.root.Delegation;
import dev.counterfoil.registrar.root.TrialRoot;
import dev.counterfoil.testing.Distribution.Result;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * The units' commands under users of their own, in the folders of {@code tmpfiles.conf}, with the
 * sample configurations: what each reaches, and what it does not. Users are numbers, so that none
 * has to be made.
 */
class FourUsersTest {
  private static final Path CLONE = Path.of(System.getProperty("counterfoil.root"));
  private static final Path SETPRIV = Path.of("/usr/bin/setpriv");
  private static final Duration PATIENCE = Duration.ofMinutes(2);

  /** Of no user that a Debian system has. */
  private static final Map<String, Integer> USERS = new LinkedHashMap<>();

  static {
    USERS.put("root", 0);
    USERS.put("counterfoil-registrar", 61_101);
    USERS.put("counterfoil-signer", 61_102);
    USERS.put("counterfoil-authority", 61_103);
    USERS.put("counterfoil-monitor", 61_104);
    USERS.put("counterfoil-signer-s2", 61_105);
    USERS.put("counterfoil-log", 61_106);
    USERS.put("counterfoil-response", 61_107);
    USERS.put("counterfoil-disclosure", 61_108);
    USERS.put("counterfoil-console", 61_109);
  }

  private static final int STRANGER = 61_110;

  private final List<Process> processes = new ArrayList<>();
  private Path root = Path.of("");
  private int port;

  @BeforeEach
  void layOut() throws Exception {
    assumeTrue(System.getProperty("user.name").equals("root"), "only root takes other users");
    assumeTrue(Files.isExecutable(SETPRIV), "setpriv is not installed");
    root = Files.createTempDirectory(Path.of("/tmp"), "cfu");
    Files.setPosixFilePermissions(root, PosixFilePermissions.fromString("rwxr-xr-x"));
    port = Distribution.freePort();
    // A clone may lie where other users do not get to.
    command("cp", "-r", CLONE.resolve("cli/target/counterfoil").toString(), root + "/opt");
    for (String line : Files.readAllLines(CLONE.resolve("deploy/systemd/tmpfiles.conf"))) {
      String[] words = line.split(" ", -1);
      if (words[0].equals("d")) {
        Path folder = Files.createDirectories(Path.of(root + words[1]));
        command("chown", USERS.get(words[3]) + ":" + USERS.get(words[4]), folder.toString());
        command("chmod", words[2], folder.toString());
      }
    }
    Files.createDirectories(root.resolve("etc/counterfoil"));
  }

  @AfterEach
  void end() throws Exception {
    for (Process process : processes.reversed()) {
      process.destroy();
    }
    for (Process process : processes) {
      if (!process.waitFor(20, TimeUnit.SECONDS)) {
        process.destroyForcibly().waitFor();
      }
    }
    if (!root.toString().isEmpty()) {
      command("rm", "-rf", root.toString());
    }
  }

  private static int user(String role) {
    return USERS.getOrDefault("counterfoil-" + role, STRANGER);
  }

  private static void command(String... words) throws Exception {
    Process process = new ProcessBuilder(words).inheritIO().start();
    assertThat(process.waitFor()).as(String.join(" ", words)).isZero();
  }

  /** The sample with this test's places and users. */
  private Path configuration(String role, TrialRoot trial) throws Exception {
    String text = Files.readString(CLONE.resolve("deploy/etc/" + role + ".yaml"));
    for (Map.Entry<String, Integer> user : USERS.entrySet()) {
      if (user.getValue() != 0) {
        text = text.replace("[" + user.getKey() + "]", "[\"" + user.getValue() + "\"]");
      }
    }
    text =
        text.replaceAll("(?<=: )/(run|var|etc)/", root + "/$1/")
            .replaceAll("(?m)^root: .*", "root: \"" + trial.pin() + "\"")
            .replace("https://login.example", "http://127.0.0.1:" + port)
            .replace("127.0.0.1:8480", "127.0.0.1:" + port)
            .replaceAll("(?m)^ +monitor-url: .*\n", "");
    Path passphrase = root.resolve("run/credentials/counterfoil-" + role + ".service/passphrase");
    if (text.contains(passphrase.toString())) {
      TrialRoot.openOrMakePassphrase(passphrase);
      command(
          "chown", "-R", user(role) + ":" + user(role), passphrase.resolveSibling("").toString());
      command("chmod", "755", root + "/run/credentials");
    }
    return Files.writeString(root.resolve("etc/counterfoil/" + role + ".yaml"), text);
  }

  /** The unit's own command, as its user. */
  private Process start(String role, String... environment) throws Exception {
    String line =
        DeployTest.unit(role)
            .lines()
            .filter(one -> one.startsWith("ExecStart="))
            .findFirst()
            .orElseThrow()
            .substring("ExecStart=".length())
            .replace("/opt/counterfoil/", root + "/opt/")
            .replace("/etc/", root + "/etc/");
    List<String> words = new ArrayList<>(as(user(role), user(role), groups(role)));
    words.addAll(List.of(line.split(" ", -1)));
    ProcessBuilder builder = new ProcessBuilder(words).directory(Path.of("/").toFile());
    builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
    for (String one : environment) {
      builder.environment().put(one.split("=", 2)[0], one.split("=", 2)[1]);
    }
    Process process =
        builder
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.appendTo(said(role).toFile()))
            .start();
    processes.add(process);
    return process;
  }

  /** Those that the unit's user has beside his own. */
  private static List<Integer> groups(String role) throws Exception {
    return DeployTest.unit(role)
        .lines()
        .filter(line -> line.startsWith("SupplementaryGroups="))
        .map(line -> USERS.get(line.split("=", 2)[1]))
        .toList();
  }

  private Path said(String role) {
    return root.resolve(role + ".log");
  }

  private static List<String> as(int user, int group, List<Integer> groups) {
    return List.of(
        SETPRIV.toString(),
        "--reuid",
        Integer.toString(user),
        "--regid",
        Integer.toString(group),
        groups.isEmpty()
            ? "--clear-groups"
            : "--groups=" + String.join(",", groups.stream().map(String::valueOf).toList()),
        "--");
  }

  private void await(String role, Callable<Boolean> condition) throws Exception {
    Instant end = Instant.now().plus(PATIENCE);
    while (!condition.call()) {
      assertThat(Instant.now()).as(Files.readString(said(role))).isBefore(end);
      Thread.sleep(50);
    }
  }

  /** What a command of some user says, and whether it went well. */
  private static String tried(int user, int group, String... command) throws Exception {
    return tried(user, group, List.of(), command);
  }

  private static String tried(int user, int group, List<Integer> groups, String... command)
      throws Exception {
    List<String> words =
        Stream.concat(as(user, group, groups).stream(), Stream.of(command)).toList();
    Process process = new ProcessBuilder(words).redirectErrorStream(true).start();
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    return (process.waitFor() == 0 ? "yes: " : "no: ") + said;
  }

  /** Connects and waits for a word or the end. */
  private String connected(int user, int group, Path socket) throws Exception {
    Path probe = root.resolve("Probe.java");
    if (!Files.exists(probe)) {
      Files.writeString(
          probe,
          """
          import java.net.*; import java.nio.*; import java.nio.channels.*; import java.nio.file.*;
          class Probe {
            public static void main(String[] a) throws Exception {
              try (var s = SocketChannel.open(StandardProtocolFamily.UNIX)) {
                s.connect(UnixDomainSocketAddress.of(Path.of(a[0])));
                s.configureBlocking(false);
                for (int i = 0; i < 20; i++) {
                  if (s.read(ByteBuffer.allocate(4096)) < 0) { System.out.println("turned away"); return; }
                  Thread.sleep(50);
                }
                System.out.println("served");
              } catch (Exception e) { System.out.println(e.getMessage()); }
            }
          }
          """);
    }
    return tried(
        user,
        group,
        Path.of(System.getProperty("java.home"), "bin/java").toString(),
        "-XX:TieredStopAtLevel=1",
        probe.toString(),
        socket.toString());
  }

  private Result doctor(String role) throws Exception {
    return Distribution.run(
        root,
        "signer",
        "doctor",
        "--json",
        "--process",
        root + "/etc/counterfoil/" + role + ".yaml");
  }

  private static Set<String> notHeld(Result doctor) throws Exception {
    Set<String> names = new TreeSet<>();
    for (JsonObject check : doctor.json().objects("processes").getFirst().objects("checks")) {
      if (!check.string("state").equals("held") && !check.string("about").equals("machine")) {
        names.add(check.string("name"));
      }
    }
    return names;
  }

  @Test
  void eachReachesWhatIsItsOwnAndNothingElse() throws Exception {
    TrialRoot trial = TrialRoot.openOrMake(root.resolve("trial-root"), InstantSource.system());
    configuration("signer", trial);
    configuration("authority", trial);
    Path registrar = configuration("registrar", trial);

    // A protection is taken away: the start is refused, and then accepted by name; the doctor sees
    // it.
    String without = "JDK_JAVA_OPTIONS=-XX:+HeapDumpOnOutOfMemoryError";
    assertThat(start("registrar", without).waitFor())
        .as(Files.readString(said("registrar")))
        .isEqualTo(71);
    String sample = Files.readString(registrar);
    Files.writeString(registrar, sample + "accept-lost-protections: [heap-dumps-by-flag]\n");
    Process weak = start("registrar", without);
    Path folder = root.resolve("var/lib/counterfoil/registrar");
    await(
        "registrar",
        () -> Files.exists(root.resolve("run/counterfoil/registrar-admin/admin.sock")));
    Result unsound = doctor("registrar");
    assertThat(unsound.exitCode()).isEqualTo(1);
    assertThat(notHeld(unsound)).contains("no-heap-dumps");
    weak.destroy();
    assertThat(weak.waitFor(30, TimeUnit.SECONDS)).isTrue();

    // As it is meant to be.
    Files.writeString(registrar, sample);
    start("registrar");
    await("registrar", () -> Files.exists(folder.resolve("ceremony-request.json")));
    String issuer = "http://127.0.0.1:" + port;
    trial.delegate(
        new TrialRoot.Bounds(
            "enterprise",
            issuer,
            new Delegation.Bounds(
                AllowList.of("contoso", "fabrikam", "counterfoil"),
                AllowList.of("mail", "files", "counterfoil-monitor", issuer),
                AllowList.of("at+jwt"),
                Duration.ofHours(1))),
        folder);
    command("chown", "-R", user("registrar") + ":" + user("registrar"), folder.toString());
    NoteKey keyLog = NoteKey.parse(Files.readString(folder.resolve("key-log.vkey")).strip());
    Files.writeString(
        root.resolve("etc/counterfoil/policy.txt"),
        new TrustPolicy("enterprise", issuer, trial.pin(), List.of(keyLog)).text());
    Process signer = start("signer");
    Process authority = start("authority");
    // The authority is ready when signer and registrar answer it: the positive control.
    HttpClient http = HttpClient.newHttpClient();
    HttpRequest ready = HttpRequest.newBuilder(URI.create(issuer + "/health/ready")).build();
    await(
        "authority",
        () -> {
          try {
            return http.send(ready, HttpResponse.BodyHandlers.discarding()).statusCode() == 200;
          } catch (IOException e) {
            return false;
          }
        });

    for (String role : List.of("signer", "registrar")) {
      Result sound = doctor(role);
      assertThat(sound.exitCode()).as(sound.out()).isZero();
      assertThat(notHeld(sound))
          .as("of " + role)
          .isSubsetOf("not-swapped", "landlock", "empty-core", "disk-reserve");
    }

    int mine = user("authority");
    Path sockets = root.resolve("run/counterfoil");
    assertThat(connected(mine, mine, sockets.resolve("signer/service.sock"))).contains("served");
    Path first = sockets.resolve("registrar-s1/s1.sock");
    assertThat(connected(mine, mine, first)).containsIgnoringCase("permission denied");
    // A spare does not get to the first signer's socket, not even with its group, nor the first to
    // the spare's.
    int spare = user("signer-s2");
    Path second = sockets.resolve("registrar-s2/s2.sock");
    assertThat(connected(spare, spare, second)).contains("served");
    assertThat(connected(spare, spare, first)).containsIgnoringCase("permission denied");
    assertThat(connected(spare, user("signer"), first)).contains("turned away");
    assertThat(connected(user("signer"), user("signer"), second))
        .containsIgnoringCase("permission denied");
    assertThat(connected(mine, mine, sockets.resolve("signer-admin/admin.sock")))
        .containsIgnoringCase("permission denied");
    // Past the folder, with a group that was given away: the kernel says who it is.
    assertThat(connected(STRANGER, mine, sockets.resolve("signer/service.sock")))
        .contains("turned away");

    Path state = root.resolve("var/lib/counterfoil");
    assertThat(tried(mine, mine, "ls", state.resolve("signer").toString())).startsWith("no");
    assertThat(tried(user("signer"), user("signer"), "ls", state.resolve("registrar").toString()))
        .startsWith("no");
    assertThat(tried(mine, mine, "ls", state.resolve("authority").toString())).startsWith("yes");
    assertThat(tried(mine, mine, "ls", state.resolve("log/keys").toString())).startsWith("yes");

    // A signer that was taken over holds back no key log, in which its keys are revoked.
    String keyLogFolder = state.resolve("log/keys").toString();
    String anotherLog = state.resolve("log/s9g9").toString();
    int signers = user("signer");
    List<Integer> adding = groups("signer");
    assertThat(tried(signers, signers, adding, "mv", keyLogFolder, anotherLog)).startsWith("no");
    assertThat(tried(signers, signers, adding, "mkdir", anotherLog)).startsWith("yes");
    assertThat(tried(mine, mine, "mkdir", anotherLog + "2")).startsWith("no");

    // Not even its own user looks into a signer; an authority, which holds no key, is as usual.
    assertThat(tried(user("signer"), user("signer"), "cat", "/proc/" + signer.pid() + "/environ"))
        .startsWith("no");
    assertThat(tried(mine, mine, "cat", "/proc/" + authority.pid() + "/environ")).startsWith("yes");
  }
}
