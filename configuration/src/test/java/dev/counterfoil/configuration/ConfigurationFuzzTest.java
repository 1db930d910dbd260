package dev.counterfoil.configuration;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.counterfoil.format.ChangedInputs;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Whatever stands in a configuration file, it is read, or refused with a message that names a line
 * of it; what is read is read again when it is written down in another style of YAML. Jazzer
 * searches when {@code JAZZER_FUZZ=1} is set; the default run changes good files from a seed.
 */
class ConfigurationFuzzTest {
  private static final int CHANGED_INPUTS = 1_000;
  private static final Path SAMPLES =
      Path.of(System.getProperty("counterfoil.root", ".."), "deploy");
  private static final Place PLACE = new Place("f.yaml", Path.of("/etc/counterfoil"));
  private static final Pattern MESSAGE = Pattern.compile("f\\.yaml:([0-9]+): .+");

  private static String text(byte[] bytes) {
    return new String(bytes, StandardCharsets.UTF_8);
  }

  private static void namesALine(ConfigurationException e, String yaml) {
    Matcher message = MESSAGE.matcher(String.valueOf(e.getMessage()));
    assertThat(message.matches()).as(String.valueOf(e.getMessage())).isTrue();
    // YAML breaks lines at more characters than this counts, never at fewer.
    long lines = yaml.lines().count() + yaml.chars().filter(c -> c > 0x7f).count();
    assertThat(Long.parseLong(message.group(1))).isBetween(1L, lines + 1);
  }

  /** Whether it is YAML that we take. */
  private static boolean isYaml(byte[] bytes) {
    String yaml = text(bytes);
    try {
      YamlNode.Mapping read = YamlReader.read(PLACE, yaml);
      String again = written(read);
      assertThat(written(YamlReader.read(PLACE, again))).isEqualTo(again);
      return true;
    } catch (ConfigurationException e) {
      namesALine(e, yaml);
      return false;
    }
  }

  /** In the style of flows, every text in quotes. */
  private static String written(YamlNode node) {
    StringBuilder out = new StringBuilder();
    write(out, node);
    return out.toString();
  }

  private static void write(StringBuilder out, YamlNode node) {
    switch (node) {
      case YamlNode.Empty empty -> out.append("null");
      case YamlNode.Scalar scalar -> quote(out, scalar.text());
      case YamlNode.Sequence sequence -> {
        out.append('[');
        for (YamlNode element : sequence.elements()) {
          write(out, element);
          out.append(", ");
        }
        out.append(']');
      }
      case YamlNode.Mapping mapping -> {
        out.append('{');
        for (Map.Entry<String, YamlNode.Entry> entry : mapping.entries().entrySet()) {
          out.append("? ");
          quote(out, entry.getKey());
          out.append(" : ");
          write(out, entry.getValue().value());
          out.append(", ");
        }
        out.append('}');
      }
    }
  }

  private static void quote(StringBuilder out, String text) {
    out.append('"');
    for (int i = 0; i < text.length(); i++) {
      out.append("\\u%04x".formatted((int) text.charAt(i)));
    }
    out.append('"');
  }

  /** Whether it is a configuration. */
  private static boolean isConfiguration(byte[] bytes) {
    String yaml = text(bytes);
    try {
      assertThat(
              Configuration.parse(Path.of("f.yaml"), yaml, ConfigurationTest.Sample.class)
                  .limits()
                  .connections())
          .isBetween(1, 1000);
      return true;
    } catch (ConfigurationException e) {
      namesALine(e, yaml);
      return false;
    }
  }

  static Stream<byte[]> goodConfigurations() {
    return Stream.of(
            "folder: data\n",
            """
            # A comment.
            listen: 0.0.0.0:9000
            token-life: 5m
            mode: read-write
            folder: /var/lib/x
            socket: x.sock
            verbose: false
            records: 7
            limits:
              connections: 5
              body: 2KiB
            domains:
              - name: "one"
                issuer: https://login.example/one
              - {name: 'two', issuer: https://login.example/two}
            labels:
              a: |
                two
                lines
              b: >-
                folded
            """)
        .map(yaml -> yaml.getBytes(StandardCharsets.UTF_8));
  }

  static Stream<byte[]> goodYaml() {
    try (Stream<Path> files = Files.walk(SAMPLES)) {
      List<Path> yaml = files.filter(ConfigurationFuzzTest::isYamlAsItStands).sorted().toList();
      assertThat(yaml).isNotEmpty();
      return Stream.concat(goodConfigurations(), yaml.stream().map(ConfigurationFuzzTest::content));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Templates of the Helm chart become YAML only when it is installed. */
  private static boolean isYamlAsItStands(Path file) {
    return file.toString().endsWith(".yaml") && !file.toString().contains("/templates/");
  }

  private static byte[] content(Path file) {
    try {
      return Files.readAllBytes(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @MethodSource("goodYaml")
  @FuzzTest(maxDuration = "60s")
  void yaml(byte[] bytes) {
    isYaml(bytes);
  }

  @MethodSource("goodConfigurations")
  @FuzzTest(maxDuration = "60s")
  void configurations(byte[] bytes) {
    isConfiguration(bytes);
  }

  @Test
  void changedFilesAreRefusedOrRead() {
    ChangedInputs changed = new ChangedInputs(5);
    List<byte[]> configurations = goodConfigurations().toList();
    List<byte[]> yaml = goodYaml().toList();
    int read = 0;
    int taken = 0;
    for (int i = 0; i < CHANGED_INPUTS; i++) {
      read += isYaml(changed.of(yaml.get(i % yaml.size()))) ? 1 : 0;
      taken += isConfiguration(changed.of(configurations.get(i % configurations.size()))) ? 1 : 0;
    }
    assertThat(read).isBetween(1, CHANGED_INPUTS - 1);
    assertThat(taken).isBetween(1, CHANGED_INPUTS - 1);
    assertThat(yaml).allMatch(ConfigurationFuzzTest::isYaml);
    assertThat(configurations).allMatch(ConfigurationFuzzTest::isConfiguration);
  }
}
