package dev.counterfoil.configuration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class ConfigurationTest {
  enum Mode {
    READ_ONLY,
    READ_WRITE
  }

  record Limits(
      @Meaning("Most connections.") @Default("256") @Bounds(min = "1", max = "1000")
          int connections,
      @Meaning("Largest body.") @Default("64KiB") @Bounds(min = "1KiB", max = "1MiB")
          ByteSize body) {}

  record Domain(
      @Meaning("Its name.") String name, @Meaning("Where its issuer answers.") URI issuer) {}

  @FormerKey(name = "token-age", instead = "write token-life")
  record Sample(
      @Meaning("Where it listens.") @Default("127.0.0.1:8480") HostPort listen,
      @Meaning("How long a token lives.") @Default("10m") @Bounds(min = "1s", max = "1h")
          Duration tokenLife,
      @Meaning("What may be done.") @Default("read-only") Mode mode,
      @Meaning("Where data lies.") Path folder,
      @Meaning("The signer's socket.") @Default("signer.sock") UnixSocketPath socket,
      @Meaning("A secret.") Optional<SecretFile> clientSecret,
      @Meaning("Whether it says more.") @Default("false") boolean verbose,
      @Meaning("Most records.") @Default("1000000") long records,
      @Meaning("Limits.") Limits limits,
      @Meaning("The domains.") List<Domain> domains,
      @Meaning("Labels.") Map<String, String> labels) {
    Sample {
      if (verbose && mode == Mode.READ_WRITE) {
        throw new IllegalArgumentException("verbose goes with mode read-only alone");
      }
    }
  }

  @TempDir Path folder;
  private Path file;

  @BeforeEach
  void name() {
    file = folder.resolve("sample.yaml");
  }

  private Sample parse(String yaml) throws ConfigurationException {
    return Configuration.parse(file, yaml, Sample.class);
  }

  @Test
  void whatIsNotNamedHasItsDefault() throws Exception {
    assertThat(parse("folder: data\n"))
        .isEqualTo(
            new Sample(
                new HostPort("127.0.0.1", 8480),
                Duration.ofMinutes(10),
                Mode.READ_ONLY,
                folder.resolve("data"),
                new UnixSocketPath(folder.resolve("signer.sock")),
                Optional.empty(),
                false,
                1_000_000,
                new Limits(256, new ByteSize(64 * 1024)),
                List.of(),
                Map.of()));
  }

  @Test
  void everyKeyIsMapped() throws Exception {
    Path secret = folder.resolve("secret");
    Files.writeString(secret, "s3cret\n");
    Files.setPosixFilePermissions(secret, PosixFilePermissions.fromString("rw-------"));
    Sample sample =
        parse(
            """
            # A comment.
            listen: "[::1]:9000"
            token-life: 90s
            mode: read-write
            folder: /var/lib/sample
            socket: /run/sample.sock
            client-secret: secret
            verbose: false
            records: 5
            limits:
              connections: 10
              body: 1MiB
            domains:
              - name: consumer
                issuer: https://consumer.example
              - name: enterprise
                issuer: https://enterprise.example/x
            labels:
              site: "no"
              rack: 12
            """);
    assertThat(sample.listen()).hasToString("[::1]:9000");
    assertThat(sample.tokenLife()).isEqualTo(Duration.ofSeconds(90));
    assertThat(sample.mode()).isEqualTo(Mode.READ_WRITE);
    assertThat(sample.folder()).isEqualTo(Path.of("/var/lib/sample"));
    assertThat(sample.socket()).hasToString("/run/sample.sock");
    assertThat(sample.clientSecret().orElseThrow().readText()).isEqualTo("s3cret");
    assertThat(sample.records()).isEqualTo(5);
    assertThat(sample.limits()).isEqualTo(new Limits(10, new ByteSize(1 << 20)));
    assertThat(sample.domains())
        .containsExactly(
            new Domain("consumer", URI.create("https://consumer.example")),
            new Domain("enterprise", URI.create("https://enterprise.example/x")));
    assertThat(sample.labels()).containsOnly(Map.entry("site", "no"), Map.entry("rack", "12"));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "folder: d\\ntoken-live: 10m|2|unknown key 'token-live'; did you mean 'token-life'?",
        "folder: d\\nnothing-like-it: 1|2|Keys allowed here: listen, token-life",
        "folder: d\\ntoken-age: 1|2|key 'token-age' is not taken any more: write token-life",
        "folder: d\\nlimits:\\n  conections: 3|3|did you mean 'connections'?",
        "folder: d\\nverbose: true\\nfolder: e|3|key 'folder' stands twice, first on line 1",
        "folder: d\\ntoken-life: 10|2|want a number and a unit of ms, s, m, h, d",
        "folder: d\\ntoken-life: 10 m|2|'10 m' is not allowed",
        "folder: d\\ntoken-life: 2h|2|from 1s to 1h",
        "folder: d\\nlimits:\\n  body: 1MB|3|want a number and a unit of B, KiB, MiB, GiB",
        "folder: d\\nlimits:\\n  connections: 0|3|from 1 to 1000",
        "folder: d\\nlimits:\\n  connections: many|3|want a whole number",
        "folder: d\\nlimits: 3|2|want a block of keys, and there is a single value",
        "folder: d\\nverbose: yes|2|want true or false",
        "folder: d\\nmode: write|2|want one of read-only, read-write",
        "folder: d\\nlisten: 8480|2|want an address and port",
        "folder: d\\nlisten: ::1:80|2|IPv6 address stands in brackets",
        "folder: d\\nlisten: a:70000|2|want an address and port",
        "folder: d\\ndomains: consumer|2|want a list, and there is a single value",
        "folder: d\\ndomains:\\n  - name: a|3|key 'domains[0].issuer' is missing",
        "folder: d\\ndomains:\\n  - name: a\\n    issuer: login|4|want an absolute URL",
        "folder:|1|want a path, and there is nothing",
        "folder: [a, b]|1|want a path, and there is a list",
        "verbose: true|1|key 'folder' is missing: want a path",
        "folder: d\\nverbose: true\\nmode: read-write|1|verbose goes with mode read-only alone",
        "folder: &a d\\nsocket: *a|2|aliases (*)",
        "folder: !!str d|1|tags (!)",
        "folder: d\\n---\\nfolder: e|3|one document",
        "folder: [d\\nmode: x|2|not YAML",
        "- a\\n- b|1|want keys and values",
        "folder: d\\nclient-secret: nowhere|2|is missing or not a regular file",
      })
  void whatIsWrongIsNamedWithItsLine(String yaml, int line, String message) {
    assertThatThrownBy(() -> parse(yaml.replace("\\n", "\n")))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageStartingWith(file + ":" + line + ": ")
        .hasMessageContaining(message);
  }

  @Test
  void aSecretThatOthersCanReadIsRefused() throws Exception {
    Path secret = folder.resolve("secret");
    Files.writeString(secret, "s3cret\n");
    Files.setPosixFilePermissions(secret, PosixFilePermissions.fromString("rw-r-----"));
    String yaml = "folder: d\nclient-secret: secret\n";
    assertThatThrownBy(() -> parse(yaml))
        .hasMessageStartingWith(file + ":2: ")
        .hasMessageContaining("chmod 600")
        .hasMessageNotContaining("s3cret");
    Files.setPosixFilePermissions(secret, PosixFilePermissions.fromString("rw-------"));
    SecretFile reference = parse(yaml).clientSecret().orElseThrow();
    assertThat(reference.toString()).doesNotContain("s3cret");
    assertThat(reference.readText()).isEqualTo("s3cret");
    Files.setPosixFilePermissions(secret, PosixFilePermissions.fromString("rw----r--"));
    assertThatThrownBy(reference::read).hasMessageContaining("chmod 600");
  }

  @Test
  void aSocketPathThatTheKernelCannotHoldIsRefused() throws Exception {
    String fits = "/" + "s".repeat(UnixSocketPath.BYTES_MAX - 1);
    assertThat(parse("folder: d\nsocket: " + fits + "\n").socket()).hasToString(fits);
    assertThatThrownBy(() -> parse("folder: d\nsocket: " + fits + "s\n"))
        .hasMessageStartingWith(file + ":2: ")
        .hasMessageContaining("at most 107");
  }

  @Test
  void aFileThatCannotBeReadIsNamed() throws Exception {
    assertThatThrownBy(() -> Configuration.read(file, Sample.class))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining(file + ": there is no such file");
    assertThatThrownBy(() -> Configuration.read(folder, Sample.class))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageStartingWith(folder.toString());
    Files.write(file, new byte[] {'f', ':', (byte) 0xff});
    assertThatThrownBy(() -> Configuration.read(file, Sample.class))
        .hasMessageContaining("not UTF-8");
    Files.writeString(file, "#" + "x".repeat(Configuration.BYTES_MAX));
    assertThatThrownBy(() -> Configuration.read(file, Sample.class))
        .hasMessageContaining("longer than");
    Files.writeString(file, "folder: here\n");
    assertThat(Configuration.read(file, Sample.class).folder()).isEqualTo(folder.resolve("here"));
  }

  @Test
  void theTableNamesEveryKey() {
    assertThat(Configuration.table(Sample.class))
        .startsWith("| key | type | default | meaning |\n| --- | --- | --- | --- |\n")
        .contains("| `listen` | address | `127.0.0.1:8480` | Where it listens. |\n")
        .contains("| `token-life` | duration, 1s to 1h | `10m` | How long a token lives. |\n")
        .contains("| `folder` | path | required | Where data lies. |\n")
        .contains("| `client-secret` | secret file | none | A secret. |\n")
        .contains("| `limits.connections` | number, 1 to 1000 | `256` | Most connections. |\n")
        .contains("| `domains[].issuer` | URL | required | Where its issuer answers. |\n");
  }

  record Other(
      @Meaning("Where data lies.") Path folder,
      @Meaning("Its door.") String door,
      @Meaning("Labels.") Map<String, String> labels) {}

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "folder: f; door: d                  |Other",
        "{folder: f, \"door\": d}             |Other",
        "folder: f                           |Sample",
        "folder: f; labels: {a: \";door: d\"} |Sample"
      })
  void theKeysOfAFileSayOfWhichTypeItIs(String yaml, String type) throws Exception {
    Files.writeString(file, yaml.replaceAll("; *", "\n"));
    assertThat(Configuration.<Record>readNearest(file, List.of(Sample.class, Other.class)))
        .extracting(read -> read.getClass().getSimpleName())
        .isEqualTo(type);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "folder: f, verbos: true|unknown key 'verbos'; did you mean 'verbose'?",
        "token-age: 5m          |key 'token-age' is not taken any more",
        "folder: f, dooor: d    |unknown key 'dooor'; did you mean 'door'?",
        "door: d                |key 'folder' is missing",
        "nothing: 1             |Keys allowed here: listen"
      })
  void whatIsOfNoTypeIsRefusedByTheNearestOne(String keys, String why) throws Exception {
    Files.writeString(file, "{" + keys + "}");
    assertThatThrownBy(
            () -> Configuration.<Record>readNearest(file, List.of(Sample.class, Other.class)))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining(why);
  }
}
