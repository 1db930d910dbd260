package dev.counterfoil.rules;

import static org.assertj.core.api.Assertions.assertThat;

import com.networknt.schema.InputFormat;
import com.networknt.schema.Schema;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import dev.counterfoil.rules.model.FieldMap;
import dev.counterfoil.rules.model.RuleDocument;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Our rules by the schemas that Sigma publishes, and the samples that stand beside these. */
final class SigmaSchemasTest {
  private final Path folder = PublicRules.folder();

  private Schema schema(String name, boolean withOurTypes) throws IOException {
    String json =
        Files.readString(folder.resolve("json-schema").resolve(name))
            .replace(
                "https://json-schema.org/draft/2020-12/schema#",
                "https://json-schema.org/draft/2020-12/schema");
    if (withOurTypes) {
      json =
          json.replace(
              "\"const\": \"event_count\"\n            }",
              "\"const\": \"event_count\"\n            }, {\"const\": \"first_seen\"}, {\"const\": \"absence\"}");
    }
    return SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_2020_12).getSchema(json);
  }

  private static String shipped(String name) {
    try (InputStream in =
        Objects.requireNonNull(RuleFiles.class.getResourceAsStream("shipped/" + name))) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Test
  void oursAreSigmas() throws IOException {
    Schema detection = schema("sigma-detection-rule-schema.json", false);
    Schema correlation = schema("sigma-correlation-rules-schema.json", false);
    Schema extended = schema("sigma-correlation-rules-schema.json", true);
    int added = 0;
    for (String name : shipped("index.txt").lines().toList()) {
      for (String document : shipped(name).split("(?m)^---$", -1)) {
        boolean isOurs =
            document.contains("type: first_seen") || document.contains("type: absence");
        boolean isDetection = document.contains("\ndetection:");
        assertThat(
                (isDetection ? detection : isOurs ? extended : correlation)
                    .validate(document, InputFormat.YAML))
            .as(name)
            .isEmpty();
        if (isOurs) {
          // A reader of plain Sigma refuses what it would misunderstand.
          assertThat(correlation.validate(document, InputFormat.YAML)).as(name).isNotEmpty();
          added++;
        }
      }
    }
    assertThat(added).isGreaterThan(3);
  }

  @Test
  void theSamplesOfTheSpecificationAreRead() throws IOException {
    try (Stream<Path> samples = Files.walk(folder.resolve("tests/schema"))) {
      List<Path> files = samples.filter(file -> file.toString().endsWith(".yml")).toList();
      assertThat(files).hasSize(12);
      RuleFiles read = RuleFiles.read(files, FieldMap.NONE);
      assertThat(read.faults()).isEmpty();
      assertThat(read.documents())
          .hasAtLeastOneElementOfType(RuleDocument.Filter.class)
          .hasAtLeastOneElementOfType(RuleDocument.Correlated.class);
    }
  }
}
