package dev.counterfoil.disclosure.advisories;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterfoil.disclosure.PublicDocuments;
import dev.counterfoil.disclosure.validation.Fault;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.JsonObject;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A good document of each profile passes; one that breaks a rule is refused with its number. */
class CsafCheckTest {
  private static List<Fault> faults(JsonObject document) throws FormatException {
    return CsafCheck.faults(document.toString().getBytes(StandardCharsets.UTF_8));
  }

  @ParameterizedTest
  @EnumSource(Profile.class)
  void aDraftOfEachProfileIsValid(Profile profile) throws FormatException {
    assertThat(faults(CsafSamples.good(profile, "CF-2026-0001"))).isEmpty();
  }

  @Test
  void oneWithAllThatOursHaveIsValid() throws FormatException {
    assertThat(faults(CsafSamples.rich())).isEmpty();
  }

  @TestFactory
  Stream<DynamicTest> eachRuleRefusesWhatBreaksIt() {
    return CsafSamples.bad().entrySet().stream()
        .map(
            sample ->
                DynamicTest.dynamicTest(
                    sample.getKey(),
                    () ->
                        assertThat(faults(sample.getValue()))
                            .extracting(Fault::rule)
                            .contains(sample.getKey().split(" ", 2)[0])));
  }

  @ParameterizedTest
  @ValueSource(strings = {"2016-12-31T23:59:60Z", "2026-01-01T00:00:00+23:59"})
  void aDateThatCannotBeComparedIsAFault(String date) throws FormatException {
    String document =
        CsafSamples.good(Profile.BASE, "CF-2026-0001")
            .toString()
            .replaceAll("\"date\":\"[^\"]*\"", "\"date\":\"" + date + "\"");
    assertThat(CsafCheck.faults(document.getBytes(StandardCharsets.UTF_8)))
        .extracting(Fault::at)
        .containsExactly("/document/tracking/revision_history/0/date");
  }

  /** Documents that OASIS publishes as examples. */
  @Test
  void whatOthersPublishedIsValid() throws Exception {
    try (Stream<Path> files = Files.walk(PublicDocuments.at("csaf_2.0/examples/csaf"))) {
      for (Path file : files.filter(f -> f.toString().endsWith(".json")).toList()) {
        assertThat(CsafCheck.faults(Files.readAllBytes(file)))
            .as(file.toString())
            .filteredOn(fault -> !fault.at().contains("cvss"))
            .isEmpty();
      }
    }
  }

  @ParameterizedTest
  @CsvSource({
    "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:C/C:H/I:H/A:H, 3.1, 10.0, CRITICAL",
    "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H, 3.1, 9.8, CRITICAL",
    "CVSS:3.1/AV:N/AC:H/PR:N/UI:R/S:U/C:L/I:L/A:N, 3.1, 4.2, MEDIUM",
    "CVSS:3.1/AV:L/AC:L/PR:L/UI:N/S:U/C:H/I:N/A:N, 3.1, 5.5, MEDIUM",
    "CVSS:3.0/AV:N/AC:L/PR:L/UI:N/S:C/C:L/I:L/A:N, 3.0, 6.4, MEDIUM",
    "CVSS:3.1/AV:P/AC:H/PR:H/UI:R/S:U/C:N/I:N/A:N, 3.1, 0.0, NONE",
  })
  void scoresAreThoseOfTheCalculator(String vector, String version, double score, String severity) {
    JsonObject cvss =
        CsafSamples.json(
            "{'version':'%s','vectorString':'%s','baseScore':%s,'baseSeverity':'%s'}"
                .formatted(version, vector, score, severity));
    assertThat(CvssBaseScore.faults(new CsafMembers("", cvss))).isEmpty();
    assertThat(CvssBaseScore.faults(new CsafMembers("", cvss.with("baseScore", 9.9)))).hasSize(1);
  }

  @Test
  void fileNamesFollowTheRule() throws FormatException {
    Map.of(
            "Example Company - 2019-YH3234", "example_company_-_2019-yh3234.json",
            "RHBA-2019:0024", "rhba-2019_0024.json",
            "2022 #01-A", "2022_01-a.json",
            "../../etc/passwd", "_etc_passwd.json")
        .forEach(
            (id, name) -> {
              try {
                assertThat(
                        CsafDocument.parse(
                                CsafSamples.good(Profile.BASE, id)
                                    .toString()
                                    .getBytes(StandardCharsets.UTF_8))
                            .fileName())
                    .isEqualTo(name);
              } catch (FormatException e) {
                throw new IllegalStateException(e);
              }
            });
  }
}
