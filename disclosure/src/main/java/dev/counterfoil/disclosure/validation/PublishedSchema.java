package dev.counterfoil.disclosure.validation;

import com.networknt.schema.InputFormat;
import com.networknt.schema.Schema;
import com.networknt.schema.SchemaLocation;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;

/** A schema as its standard publishes it, with formats checked. */
public enum PublishedSchema {
  /** CSAF 2.0 documents. */
  CSAF("https://docs.oasis-open.org/csaf/csaf/v2.0/csaf_json_schema.json"),
  /** CSAF 2.1, Committee Specification Draft 03, for documents without vulnerabilities. */
  CSAF_DRAFT("https://docs.oasis-open.org/csaf/csaf/v2.1/schema/csaf.json"),
  /** The {@code provider-metadata.json} of CSAF 2.0. */
  CSAF_PROVIDER("https://docs.oasis-open.org/csaf/csaf/v2.0/provider_json_schema.json");

  private static final int FAULTS_MAX = 50;

  private static final Map<String, String> FILES =
      Map.of(
          "https://docs.oasis-open.org/csaf/csaf/v2.0/csaf_json_schema.json", "csaf-2.0.json",
          "https://docs.oasis-open.org/csaf/csaf/v2.0/provider_json_schema.json",
              "csaf-2.0-provider.json",
          "https://docs.oasis-open.org/csaf/csaf/v2.1/schema/csaf.json", "csaf-2.1-draft.json",
          // What refers to these stands in vulnerabilities and extensions, which ours have not.
          "https://docs.oasis-open.org/csaf/csaf/v2.1/schema/extension-content.json",
              "nothing.json",
          "https://www.first.org/cvss/cvss-v4.0.json", "nothing.json",
          "https://certcc.github.io/SSVC/data/schema/v2/SelectionList_2_0_0.schema.json",
              "nothing.json",
          "https://www.first.org/cvss/cvss-v2.0.json", "cvss-2.0.json",
          "https://www.first.org/cvss/cvss-v3.0.json", "cvss-3.0.json",
          "https://www.first.org/cvss/cvss-v3.1.json", "cvss-3.1.json");

  private final String id;

  PublishedSchema(String id) {
    this.id = id;
  }

  /** Read once, and only where a document is checked. */
  private static final class Loaded {
    static final SchemaRegistry REGISTRY =
        SchemaRegistry.withDefaultDialect(
            SpecificationVersion.DRAFT_2020_12,
            builder ->
                builder.schemas(
                    FILES.entrySet().stream()
                        .collect(
                            Collectors.toMap(Map.Entry::getKey, e -> resource(e.getValue())))));
  }

  private static String resource(String name) {
    try (InputStream in =
        Objects.requireNonNull(PublishedSchema.class.getResourceAsStream(name), name)) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** What is wrong in a JSON text, at most 50 faults; empty where it follows the schema. */
  public List<Fault> faults(String json) {
    Schema schema = Loaded.REGISTRY.getSchema(SchemaLocation.of(id));
    return schema
        .validate(
            json,
            InputFormat.JSON,
            execution -> execution.executionConfig(config -> config.formatAssertionsEnabled(true)))
        .stream()
        .limit(FAULTS_MAX)
        .map(
            error ->
                new Fault("schema", error.getInstanceLocation().toString(), error.getMessage()))
        .toList();
  }
}
