package dev.counterfoil.node;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterfoil.disclosure.advisories.AdvisoryPublishing;
import dev.counterfoil.disclosure.advisories.CsafSamples;
import dev.counterfoil.disclosure.advisories.Profile;
import dev.counterfoil.disclosure.documents.StatementSamples;
import dev.counterfoil.disclosure.openpgp.OpenPgpKey;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.bytes.StrictJson;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The BSI's validator agrees with ours about advisories, and GnuPG about their signatures. */
@Tag("turn-3")
class AdvisoriesTest {
  @TempDir
  @SuppressWarnings("NullAway.Init") // injected
  private Path folder;

  private JsonObject verdicts(Path documents) throws Exception {
    Languages.installNode(folder.resolve("npm.log"));
    String said =
        Languages.run(
            "node",
            folder.resolve("said.log"),
            Map.of(),
            "node",
            "programs/csaf-verdicts.js",
            documents.toString());
    return StrictJson.object(said.getBytes(StandardCharsets.UTF_8), 1 << 20);
  }

  private static void write(Path file, JsonObject document) throws IOException {
    Files.createDirectories(file.getParent());
    Files.writeString(file, document.toString());
  }

  @Test
  void whatWePublishIsValidForOthersAndItsSignaturesVerify() throws Exception {
    Map<String, byte[]> sources = new TreeMap<>();
    for (Profile profile : Profile.values()) {
      String id = "CF-2026-000" + sources.size();
      sources.put(id, CsafSamples.good(profile, id).toString().getBytes(StandardCharsets.UTF_8));
    }
    OpenPgpKey key =
        OpenPgpKey.parse(
            OpenPgpKey.make(
                "Example <security@example.com>",
                "secret".toCharArray(),
                CsafSamples.NOW,
                Duration.ofDays(365),
                new SecureRandom()),
            "secret".toCharArray());
    assertThat(
            new AdvisoryPublishing(
                    CsafSamples.PROVIDER,
                    key,
                    folder.resolve("public"),
                    folder.resolve("protected"))
                .publish(sources, CsafSamples.NOW)
                .refusals())
        .isEmpty();
    Path csaf = folder.resolve("public/current/.well-known/csaf");
    Path documents = csaf.resolve("white/2026");
    JsonObject verdicts = verdicts(documents);
    assertThat(verdicts.names()).hasSize(Profile.values().length);
    for (String name : verdicts.names()) {
      assertThat(verdicts.strings(name)).as(name).isEmpty();
    }

    Path home = Files.createDirectory(folder.resolve("gnupg"));
    Path gpgKey = csaf.resolve("openpgp").resolve(key.certificate().fingerprint() + ".asc");
    gpg(home, "--import", gpgKey.toString());
    try (Stream<Path> signatures = Files.list(documents)) {
      List<Path> all = signatures.filter(f -> f.toString().endsWith(".asc")).toList();
      assertThat(all).hasSize(Profile.values().length);
      for (Path signature : all) {
        String document = signature.toString().replaceFirst("\\.asc$", "");
        assertThat(gpg(home, "--verify", signature.toString(), document))
            .contains("Good signature");
        Files.writeString(folder.resolve("other"), Files.readString(Path.of(document)) + " ");
        assertThat(
                gpgFails(
                    home, "--verify", signature.toString(), folder.resolve("other").toString()))
            .contains("BAD signature");
      }
    }
    Languages.run(
        "node",
        folder.resolve("sums.log"),
        Map.of(),
        "sh",
        "-c",
        "cd '" + documents + "' && sha256sum -c *.sha256 && sha512sum -c *.sha512");
  }

  /** Those that no rule of CSAF forbids are left out: we compute no CVSS 2. */
  @Test
  void theValidatorRefusesWhatWeRefuse() throws Exception {
    Path documents = folder.resolve("bad");
    Map<String, JsonObject> bad = CsafSamples.bad();
    for (Map.Entry<String, JsonObject> sample : bad.entrySet()) {
      write(documents.resolve(sample.getKey() + ".json"), sample.getValue());
    }
    JsonObject verdicts = verdicts(documents);
    for (String sample : bad.keySet()) {
      String rule = sample.replaceFirst(" .*", "");
      assertThat(verdicts.strings(sample + ".json"))
          .as(sample)
          .contains(
              rule.equals("schema")
                  ? "csaf_2_0_strict"
                  : "mandatoryTest_" + rule.replace('.', '_'));
    }
  }

  /** The draft of CSAF 2.1: its schema, and all of its mandatory tests that the validator has. */
  @Test
  void theValidatorAgreesAboutDocumentsThatEnded() throws Exception {
    Path documents = Files.createDirectories(folder.resolve("ended"));
    for (Profile profile : Profile.values()) {
      for (boolean isSuperseded : new boolean[] {false, true}) {
        Files.write(
            documents.resolve("good %s %b.json".formatted(profile, isSuperseded)),
            CsafSamples.ended(profile, "CF-2026-0001", isSuperseded));
        Files.write(
            documents.resolve("good 2.0 %s %b.json".formatted(profile, isSuperseded)),
            CsafSamples.endedInCsaf20(profile, "CF-2026-0001", isSuperseded));
      }
    }
    Map<String, JsonObject> bad = CsafSamples.badDrafts();
    for (Map.Entry<String, JsonObject> sample : bad.entrySet()) {
      write(documents.resolve(sample.getKey() + ".json"), sample.getValue());
    }
    JsonObject verdicts = verdicts(documents);
    assertThat(verdicts.names()).hasSize(4 * Profile.values().length + bad.size());
    for (String name : verdicts.names()) {
      if (name.startsWith("good ")) {
        assertThat(verdicts.strings(name)).as(name).isEmpty();
      } else {
        assertThat(verdicts.strings(name))
            .as(name)
            .contains("mandatoryTest_" + name.replace(".json", "").replace('.', '_'));
      }
    }
  }

  /** What comes of an incident's statement, and of its correction. */
  @Test
  void theValidatorAgreesAboutTheAdvisoriesOfAStatement() throws Exception {
    Path documents = Files.createDirectories(folder.resolve("statement"));
    for (int version = 1; version <= 2; version++) {
      Files.write(
          documents.resolve("version %d.json".formatted(version)),
          StatementSamples.advisory(version));
    }
    JsonObject verdicts = verdicts(documents);
    assertThat(verdicts.names()).hasSize(2);
    for (String name : verdicts.names()) {
      assertThat(verdicts.strings(name)).as(name).isEmpty();
    }
  }

  private static String gpg(Path home, String... arguments) throws Exception {
    return gpg(home, 0, arguments);
  }

  private static String gpgFails(Path home, String... arguments) throws Exception {
    return gpg(home, 1, arguments);
  }

  private static String gpg(Path home, int expected, String... arguments) throws Exception {
    Process process =
        new ProcessBuilder(
                Stream.concat(
                        Stream.of(
                            "gpg",
                            "--homedir",
                            home.toString(),
                            "--batch",
                            "--faked-system-time",
                            Long.toString(CsafSamples.NOW.plusSeconds(60).getEpochSecond())),
                        Stream.of(arguments))
                    .toList())
            .redirectErrorStream(true)
            .start();
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).as(said).isEqualTo(expected);
    return said;
  }
}
