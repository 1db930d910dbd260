package dev.counterfoil.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.counterfoil.authority.settings.AuthorityConfiguration;
import dev.counterfoil.configuration.Configuration;
import dev.counterfoil.console.ConsoleConfiguration;
import dev.counterfoil.custodian.CustodianConfiguration;
import dev.counterfoil.disclosure.desk.DisclosureConfiguration;
import dev.counterfoil.guard.GuardConfiguration;
import dev.counterfoil.installation.layout.Context;
import dev.counterfoil.installation.layout.ContextFile;
import dev.counterfoil.monitor.settings.MonitorConfiguration;
import dev.counterfoil.registrar.settings.RegistrarConfiguration;
import dev.counterfoil.registrar.settings.SignerEntry;
import dev.counterfoil.response.ResponseConfiguration;
import dev.counterfoil.signer.settings.SignerConfiguration;
import dev.counterfoil.witness.WitnessConfiguration;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The units and sample configurations in {@code deploy/}, without a running systemd. */
class DeployTest {
  private static final Path DEPLOY = Path.of(System.getProperty("counterfoil.root"), "deploy");
  private static final Path ANALYZE = Path.of("/usr/bin/systemd-analyze");

  /** A socket outside of the state folder that a process listens on; its folder. */
  private static final Pattern OWN_SOCKET =
      Pattern.compile("(?m)^ *(?:admin|service|tenant)-socket: (/run/counterfoil/[^/]+)/");

  private static final Map<String, Class<? extends Record>> SAMPLES =
      Map.ofEntries(
          Map.entry("signer", SignerConfiguration.class),
          Map.entry("signer-s2", SignerConfiguration.class),
          Map.entry("registrar", RegistrarConfiguration.class),
          Map.entry("authority", AuthorityConfiguration.class),
          Map.entry("monitor", MonitorConfiguration.class),
          Map.entry("custodian", CustodianConfiguration.class),
          Map.entry("witness", WitnessConfiguration.class),
          Map.entry("disclosure", DisclosureConfiguration.class),
          Map.entry("guard", GuardConfiguration.class),
          Map.entry("console", ConsoleConfiguration.class),
          Map.entry("response", ResponseConfiguration.class));

  @TempDir
  @SuppressWarnings("NullAway.Init") // injected
  private Path folder;

  @Test
  void everySampleIsReadAndThereIsOneForEachUnit() throws Exception {
    for (Map.Entry<String, Class<? extends Record>> sample : SAMPLES.entrySet()) {
      Path file =
          Files.writeString(folder.resolve(sample.getKey() + ".yaml"), sample(sample.getKey()));
      assertThat(Configuration.read(file, sample.getValue())).isNotNull();
      assertThat(unit(sample.getKey()))
          .contains("User=counterfoil-" + sample.getKey() + "\n")
          .contains("--config /etc/counterfoil/" + sample.getKey() + ".yaml\n");
      // ProtectSystem=strict: without this the process cannot make its sockets.
      for (MatchResult socket : OWN_SOCKET.matcher(sample(sample.getKey())).results().toList()) {
        assertThat(unit(sample.getKey()))
            .containsPattern("\nReadWritePaths=(.* )?" + socket.group(1) + "[ \n]");
      }
    }
    try (Stream<Path> units = Files.list(DEPLOY.resolve("systemd"))) {
      assertThat(units.filter(file -> file.toString().endsWith(".service")))
          .hasSameSizeAs(SAMPLES.keySet());
    }
  }

  /** Where the command line looks is where the samples have the processes. */
  @Test
  void theCommandLineFindsEachProcessWhereItsSampleHasIt() throws Exception {
    Context context = ContextFile.read(DEPLOY.resolve("etc/cli.yaml")).contexts().getFirst();
    RegistrarConfiguration registrar = read("registrar", RegistrarConfiguration.class);
    SignerConfiguration signer = read("signer", SignerConfiguration.class);
    AuthorityConfiguration.Domain authority =
        Configuration.read(
                Files.writeString(folder.resolve("authority.yaml"), sample("authority")),
                AuthorityConfiguration.class)
            .domains()
            .getFirst();
    MonitorConfiguration monitor =
        Configuration.read(
            Files.writeString(folder.resolve("monitor.yaml"), sample("monitor")),
            MonitorConfiguration.class);
    assertThat(context.domain()).isEqualTo(registrar.process().domain());
    assertThat(context.registrar().adminSocket()).isEqualTo(registrar.process().adminSocket());
    assertThat(context.registrar().folder()).isEqualTo(registrar.process().folder());
    assertThat(context.signers().getFirst().adminSocket())
        .isEqualTo(signer.process().adminSocket());
    assertThat(context.signers().getFirst().folder()).isEqualTo(signer.process().folder());
    assertThat(context.authority().adminSocket()).isEqualTo(authority.adminSocket());
    assertThat(context.policy()).isEqualTo(authority.policy());
    assertThat(context.logFolder()).isEqualTo(authority.logFolder());
    assertThat(context.monitor().adminSocket()).isEqualTo(monitor.adminSocket());
    assertThat(context.monitor().folder()).isEqualTo(monitor.data());
    assertThat(context.monitor().url()).hasToString("http://" + monitor.listen());
    assertThat(Files.readString(DEPLOY.resolve("systemd/tmpfiles.conf")))
        .contains("d " + context.clients() + " 0700 root root\n");
  }

  /** What each signer has at the registrar, by the samples and by the users of the units. */
  @Test
  void everySignerHasASocketOfItsOwnAtTheRegistrar() throws Exception {
    RegistrarConfiguration registrar = read("registrar", RegistrarConfiguration.class);
    List<String> units = List.of("signer", "signer-s2");
    assertThat(registrar.signers()).hasSameSizeAs(units);
    for (int i = 0; i < units.size(); i++) {
      SignerConfiguration signer = read(units.get(i), SignerConfiguration.class);
      SignerEntry entry = registrar.signers().get(i);
      assertThat(entry.name()).isEqualTo(signer.name());
      assertThat(signer.registrarSocket()).isEqualTo(entry.socket());
      assertThat(unit(units.get(i))).contains("User=" + entry.users().getFirst() + "\n");
      assertThat(Files.readString(DEPLOY.resolve("systemd/tmpfiles.conf")))
          .contains(
              "d %s 2750 counterfoil-registrar %s\n"
                  .formatted(entry.socket().path().getParent(), entry.users().getFirst()));
    }
  }

  @Test
  void theConsoleReachesTheNoticesWhereTheDisclosureProcessHasThem() throws Exception {
    DisclosureConfiguration disclosure = read("disclosure", DisclosureConfiguration.class);
    String text = sample("console").replace("# disclosure-socket:", "disclosure-socket:");
    ConsoleConfiguration console =
        Configuration.read(
            Files.writeString(folder.resolve("console.yaml"), text), ConsoleConfiguration.class);
    assertThat(console.disclosureSocket()).isPresent().isEqualTo(disclosure.tenantSocket());
    String user = disclosure.tenantUsers().getFirst();
    assertThat(unit("console")).contains("User=" + user + "\n");
    assertThat(Files.readString(DEPLOY.resolve("systemd/tmpfiles.conf")))
        .contains(
            "d %s 2750 counterfoil-disclosure %s\n"
                .formatted(disclosure.tenantSocket().orElseThrow().path().getParent(), user));
  }

  private <T extends Record> T read(String role, Class<T> type) throws Exception {
    Path file = Files.writeString(folder.resolve(role + ".yaml"), sample(role));
    return Configuration.read(file, type);
  }

  /** A sample whose secrets are there. */
  private String sample(String role) throws IOException {
    String text = Files.readString(DEPLOY.resolve("etc/" + role + ".yaml"));
    for (String secret : List.of("passphrase", "client.jwk")) {
      Path file = folder.resolve(secret);
      if (!Files.exists(file)) {
        Files.createFile(
            file,
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
      }
      text = text.replaceAll("/\\S+/" + Pattern.quote(secret), file.toString());
    }
    return text;
  }

  @Test
  void whoHoldsKeysHasNoNetworkNoSwapAndNoCore() throws Exception {
    for (String role : List.of("signer", "signer-s2", "registrar")) {
      assertThat(unit(role))
          .contains(
              "PrivateNetwork=yes\n",
              "RestrictAddressFamilies=AF_UNIX\n",
              "IPAddressDeny=any\n",
              "MemorySwapMax=0\n",
              "LimitMEMLOCK=infinity\n",
              "LimitCORE=0\n",
              "LoadCredentialEncrypted=passphrase:");
    }
  }

  /**
   * Who starts a process writes its arguments into the journal with every line, and its environment
   * where it crashes; units are readable for all. A file that is named there is neither.
   */
  @Test
  void noUnitPassesASecretButInAFile() throws Exception {
    for (String role : SAMPLES.keySet()) {
      assertThat(passedInTheOpen(unit(role))).as(role).isEmpty();
    }
    // Each of these would be seen.
    for (String line :
        List.of(
            "Environment=COUNTERFOIL_PASSPHRASE=hunter2",
            "Environment = A=1",
            "EnvironmentFile=-/etc/counterfoil/signer.env",
            "PassEnvironment=PIN",
            "SetCredential=passphrase:hunter2",
            "StandardInputText=hunter2",
            "ExecStartPre=/usr/bin/unlock --pin 1234",
            "ExecStart=/opt/counterfoil/bin/counterfoil run signer \\\n  --pin 1234")) {
      String leaky = unit("signer").replace("[Service]\n", "[Service]\n" + line + "\n");
      assertThat(passedInTheOpen(leaky)).as(line).hasSize(1);
    }
  }

  private static final Pattern IN_THE_OPEN =
      Pattern.compile(
          "(Environment|EnvironmentFile|PassEnvironment|SetCredential|StandardInput(Text|Data)) *=.*");

  /** The program, words for what it does, and the file that says all else. */
  private static final Pattern COMMAND =
      Pattern.compile(
          "ExecStart=/opt/counterfoil/bin/counterfoil( [a-z]+){1,2}"
              + " --config /etc/counterfoil/[a-z0-9-]+\\.yaml");

  /** Lines of a unit that say something that others see. */
  private static List<String> passedInTheOpen(String unit) {
    return unit.replaceAll("\\\\\n *", " ")
        .lines()
        .map(String::strip)
        .filter(
            line ->
                IN_THE_OPEN.matcher(line).matches()
                    || (line.startsWith("Exec") && !COMMAND.matcher(line).matches()))
        .toList();
  }

  @Test
  void noUnitIsMoreExposedThanItWas() throws Exception {
    assumeTrue(Files.isExecutable(ANALYZE), "systemd is not installed");
    Map<String, Double> recorded = new TreeMap<>();
    for (String line : Files.readAllLines(DEPLOY.resolve("systemd/exposure.txt"))) {
      if (!line.startsWith("#")) {
        String[] words = line.split(" ", -1);
        recorded.put(words[0], Double.valueOf(words[1]));
      }
    }
    assertThat(recorded).hasSameSizeAs(SAMPLES.keySet());
    Pattern overall = Pattern.compile("Overall exposure level for \\S+: ([0-9.]+)");
    recorded.forEach(
        (unit, most) -> {
          String said =
              run(
                  ANALYZE.toString(),
                  "security",
                  "--offline=true",
                  "--no-pager",
                  DEPLOY.resolve("systemd/" + unit + ".service").toString());
          Matcher score = overall.matcher(said);
          assertThat(score.find()).as(said).isTrue();
          assertThat(Double.parseDouble(score.group(1))).as(said).isLessThanOrEqualTo(most);
        });
    // The measure measures: without its protections a unit is exposed.
    Path bare =
        Files.writeString(folder.resolve("bare.service"), "[Service]\nExecStart=/usr/bin/true\n");
    Matcher score =
        overall.matcher(
            run(ANALYZE.toString(), "security", "--offline=true", "--no-pager", bare.toString()));
    assertThat(score.find()).isTrue();
    assertThat(Double.parseDouble(score.group(1))).isGreaterThan(9);
  }

  @Test
  void systemdUnderstandsEveryLine() throws Exception {
    assumeTrue(Files.isExecutable(ANALYZE), "systemd is not installed");
    for (String role : SAMPLES.keySet()) {
      // All of them, since they name each other; the program is not installed here.
      Files.writeString(
          folder.resolve("counterfoil-" + role + ".service"),
          unit(role).replace("/opt/counterfoil/bin/counterfoil", "/usr/bin/true"));
    }
    for (String role : SAMPLES.keySet()) {
      String said =
          run(
              ANALYZE.toString(),
              "verify",
              "--man=no",
              folder.resolve("counterfoil-" + role + ".service").toString());
      assertThat(said.lines().filter(line -> line.contains("counterfoil-"))).as(role).isEmpty();
    }
    Path wrong =
        Files.writeString(
            folder.resolve("counterfoil-wrong.service"),
            "[Service]\nExecStart=/usr/bin/true\nProtectSytem=strict\n");
    assertThat(run(ANALYZE.toString(), "verify", "--man=no", wrong.toString()))
        .contains("ProtectSytem");
  }

  @Test
  void aUnitIsNotStartedAgainWithAConfigurationThatCannotWork() throws Exception {
    Path broken = Files.writeString(folder.resolve("broken.yaml"), "no-such-key: 1\n");
    for (String role : SAMPLES.keySet()) {
      assertEndsForGood(role, broken, "no-such-key");
    }
    // What a configuration names is as much a part of it.
    for (String role : List.of("custodian", "monitor", "witness")) {
      String text =
          sample(role)
              .replace("/etc/counterfoil/policy.txt", folder.resolve("none.txt").toString())
              .replace("/var/lib/counterfoil", folder.toString())
              .replaceAll("(127\\.0\\.0\\.1):\\d+", "$1:0");
      Path named = Files.writeString(folder.resolve("named-" + role + ".yaml"), text);
      assertEndsForGood(role, named, "none.txt");
    }
  }

  /** By the exit code of what the unit runs, with another configuration. */
  private void assertEndsForGood(String role, Path configuration, String why) throws Exception {
    List<String> words = List.of(line(unit(role), "ExecStart").split(" ", -1));
    assertThat(words).startsWith("/opt/counterfoil/bin/counterfoil");
    Distribution.Result result =
        Distribution.run(
            folder,
            words.stream()
                .skip(1)
                .map(word -> word.startsWith("/etc/") ? configuration.toString() : word)
                .toArray(String[]::new));
    assertThat(result.err()).as(role).contains(why);
    assertThat(line(unit(role), "RestartPreventExitStatus").split(" ", -1))
        .as(role)
        .contains(Integer.toString(result.exitCode()))
        // What may go well the next time: failed, unavailable, a defect.
        .doesNotContain("0", "1", "4", "70");
  }

  private static String line(String unit, String key) {
    return unit.lines()
        .filter(line -> line.startsWith(key + "="))
        .map(line -> line.substring(key.length() + 1))
        .findFirst()
        .orElseThrow();
  }

  static String unit(String role) throws Exception {
    return Files.readString(DEPLOY.resolve("systemd/counterfoil-" + role + ".service"));
  }

  private static String run(String... command) {
    try {
      Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
      return new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }
}
