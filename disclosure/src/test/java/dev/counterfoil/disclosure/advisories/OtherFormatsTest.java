package dev.counterfoil.disclosure.advisories;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.networknt.schema.InputFormat;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import dev.counterfoil.disclosure.PublicDocuments;
import dev.counterfoil.disclosure.validation.Fault;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.bytes.StrictJson;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** CVE records and OpenVEX documents: drafts are valid, and each rule is checked. */
class OtherFormatsTest {
  private static final Instant NOW = Instant.parse("2026-11-30T09:00:00Z");
  private static final Path CVE_SCHEMA =
      Path.of("/usr/lib/python3/dist-packages/cvelib/schemas/CVE_JSON_bundled_5.1.1.json");
  private static final String ID = "CVE-2026-12345";

  private static String cve() {
    return new String(
        CveRecord.draft(
            ID,
            "Tokens of a withdrawn key",
            CsafSamples.PROVIDER,
            UUID.fromString(CsafSamples.PROVIDER.cveOrganization().orElseThrow()),
            NOW),
        StandardCharsets.UTF_8);
  }

  private static String vex() {
    return new String(OpenVex.draft(ID, CsafSamples.PROVIDER, NOW), StandardCharsets.UTF_8);
  }

  private static JsonObject json(String text) throws FormatException {
    return StrictJson.object(text.getBytes(StandardCharsets.UTF_8), CsafDocument.BYTES_MAX);
  }

  @Test
  void draftsAreValid() throws Exception {
    assertThat(CveRecord.is(json(cve()))).isTrue();
    assertThat(OpenVex.is(json(vex()))).isTrue();
    assertThat(CveRecord.faults(json(cve()))).isEmpty();
    assertThat(OpenVex.faults(json(vex()))).isEmpty();
    assertThat(cve()).contains(CveRecord.HOSTED);
  }

  @ParameterizedTest
  @CsvSource({
    "5.2.0, 5.0, /dataVersion",
    "CVE-2026-12345\\\", CVE-26-1\\\", /cveMetadata/cveId",
    "0b142b55-0307-4c5a, 0b142b55-0307-1c5a, /cveMetadata/assignerOrgId",
    "PUBLISHED, RESERVED, /cveMetadata/state",
    "exclusively-hosted-service, hosted, /containers/cna/tags",
    "CWE-347\\\", CWE-0\\\", /containers/cna/problemTypes/0/descriptions/0/cweId",
    "cpe:2.3:a, cpe:/a, /containers/cna/affected/0/cpes",
    "'\"defaultStatus\": \"affected\"', '\"defaultStatus\": \"maybe\"',"
        + " /containers/cna/affected/0/defaultStatus",
    "AT:N, AT:X, /containers/cna/metrics/0/cvssV4_0/vectorString",
    "NONE, LOW, /containers/cna/metrics/0/cvssV4_0/baseSeverity",
    "'\"baseScore\": 0', '\"baseScore\": 11', /containers/cna/metrics/0/cvssV4_0/baseScore",
    "https://trust, htp://trust, /containers/cna/references/0/url",
    "'\"title\"', '\"titel\"', /containers/cna/titel",
    "'\"url\"', '\"uri\"', /containers/cna/references/0/uri",
    "assignerOrgId, assignerOrg, /cveMetadata/assignerOrg",
    "Tokens of a withdrawn key, '', /containers/cna/title",
    "'\"lang\": \"en\",\\n"
        + "          \"value\"', '\"lang\": \"de\",\\n"
        + "          \"value\"', /containers/cna/descriptions",
  })
  void eachRuleOfARecordIsChecked(String good, String bad, String at) throws Exception {
    assertFault(cve(), good, bad, at, true);
  }

  @ParameterizedTest
  @CsvSource({
    "ns/v0.2.0, ns/v9, /@context",
    "'\"version\": 1', '\"version\": 0', /version",
    "2026-11-30T09:00:00Z, yesterday, /timestamp",
    "under_investigation, unknown, /statements/0/status",
    "under_investigation, not_affected, /statements/0/justification",
    "under_investigation, affected, /statements/0/action_statement",
    "'\"Example\"', '\" \"', /author",
  })
  void eachRuleOfOpenVexIsChecked(String good, String bad, String at) throws Exception {
    assertFault(vex(), good, bad, at, false);
  }

  private static void assertFault(String text, String good, String bad, String at, boolean isCve)
      throws FormatException {
    String from = good.replace("\\n", "\n").replace("\\\"", "\"");
    assertThat(text).as("the rule's good case").contains(from);
    JsonObject changed = json(text.replace(from, bad.replace("\\n", "\n").replace("\\\"", "\"")));
    List<Fault> faults = isCve ? CveRecord.faults(changed) : OpenVex.faults(changed);
    assertThat(faults).extracting(Fault::at).contains(at);
  }

  @Test
  void theSchemaOfOpenVexAgrees() throws Exception {
    String schema = Files.readString(PublicDocuments.at("openvex_json_schema.json"));
    SchemaRegistry registry = SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_2020_12);
    assertThat(registry.getSchema(schema).validate(vex(), InputFormat.JSON)).isEmpty();
    String bad = vex().replace("under_investigation", "unknown");
    assertThat(registry.getSchema(schema).validate(bad, InputFormat.JSON)).isNotEmpty();
  }

  /**
   * The CVE Program's own schema, as Debian's package {@code python3-cvelib} brings it: that of
   * 5.1.1, whose rules hold for 5.2, too. What it refuses our own check refuses as well.
   */
  @ParameterizedTest
  @CsvSource({
    "PUBLISHED, PUBLISHED, true",
    "5.2.0, 6.0.0, false",
    "CVE-2026-12345\\\", CVE-26-1\\\", false",
    "PUBLISHED, RESERVED, false",
    "CWE-347\\\", CWE-0\\\", false",
    "'\"defaultStatus\": \"affected\"', '\"defaultStatus\": \"maybe\"', false",
    "AT:N, AT:X, false",
    "'\"baseScore\": 0', '\"baseScore\": 11', false",
    "'\"title\"', '\"titel\"', false",
    "'\"url\"', '\"uri\"', false",
    "CWE-347\\\", CWE-1234567\\\", false",
    "Tokens of a withdrawn key, '', false",
  })
  void theSchemaOfTheCveProgramAgrees(String good, String bad, boolean isValid) throws Exception {
    assumeTrue(Files.exists(CVE_SCHEMA), "the package python3-cvelib is not installed");
    String from = good.replace("\\\"", "\"");
    assertThat(cve()).contains(from);
    String record = cve().replace(from, bad.replace("\\\"", "\""));
    var faults =
        SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_7)
            .getSchema(Files.readString(CVE_SCHEMA))
            .validate(record, InputFormat.JSON);
    assertThat(faults.isEmpty()).as(faults.toString()).isEqualTo(isValid);
    assertThat(CveRecord.faults(json(record)).isEmpty()).isEqualTo(isValid);
  }
}
