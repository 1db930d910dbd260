package dev.counterfoil.disclosure.advisories;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.counterfoil.disclosure.openpgp.OpenPgpKey;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.JsonObject;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A provider's folders: all documents or none, each version once, and whole after a crash. */
class AdvisoryPublishingTest {
  private static final Instant NOW = CsafSamples.NOW;

  @TempDir
  @SuppressWarnings("NullAway.Init") // injected
  private Path folder;

  private final Map<String, byte[]> sources = new TreeMap<>();

  @BeforeEach
  void onePublicAndOneProtectedDocument() {
    put("a.json", CsafSamples.good(Profile.SECURITY_INCIDENT_RESPONSE, "CF-2026-0001"));
    put(
        "b.json",
        CsafSamples.set(
            CsafSamples.good(Profile.VEX, "CF-2026-0002"),
            "document/distribution/tlp/label",
            "AMBER"));
  }

  static OpenPgpKey key(Instant made) {
    byte[] file =
        OpenPgpKey.make(
            "Example <security@example.com>",
            new char[0],
            made,
            Duration.ofDays(365),
            new SecureRandom());
    try {
      return OpenPgpKey.parse(file, new char[0]);
    } catch (FormatException e) {
      throw new IllegalStateException(e);
    }
  }

  private void put(String name, JsonObject document) {
    sources.put(name, document.toString().getBytes(StandardCharsets.UTF_8));
  }

  private AdvisoryPublishing publishing(OpenPgpKey key) {
    return new AdvisoryPublishing(
        CsafSamples.PROVIDER, key, folder.resolve("public"), folder.resolve("protected"));
  }

  private List<String> files(String name) throws IOException {
    Path top = folder.resolve(name).resolve("current/.well-known/csaf").toRealPath();
    try (Stream<Path> files = Files.walk(top)) {
      return files
          .filter(Files::isRegularFile)
          .map(f -> top.relativize(f).toString())
          .sorted()
          .toList();
    }
  }

  @Test
  void aDocumentGoesToTheFolderOfItsLabelWithHashesAndASignature() throws IOException {
    OpenPgpKey key = key(NOW.minusSeconds(1));
    AdvisoryPublishing.Outcome outcome = publishing(key).publish(sources, NOW);
    assertThat(outcome.refusals()).isEmpty();
    assertThat(outcome.documents()).isEqualTo(2);
    assertThat(files("public"))
        .containsExactly(
            "openpgp/" + key.certificate().fingerprint() + ".asc",
            "provider-metadata.json",
            "white/2026/cf-2026-0001.json",
            "white/2026/cf-2026-0001.json.asc",
            "white/2026/cf-2026-0001.json.sha256",
            "white/2026/cf-2026-0001.json.sha512",
            "white/changes.csv",
            "white/csaf-feed-tlp-white.json",
            "white/index.txt");
    assertThat(files("protected"))
        .contains("amber/2026/cf-2026-0002.json", "amber/index.txt")
        .noneMatch(name -> name.contains("0001") || name.contains("metadata"));
  }

  private ProviderReport report() throws Exception {
    Path top = folder.resolve("public/current").toRealPath();
    String base = CsafSamples.PROVIDER.url() + "/";
    return new ProviderCheck(
            (address, bytesMax) ->
                Files.readAllBytes(top.resolve(address.toString().replace(base, ""))),
            java.net.URI.create(base + ProviderFiles.METADATA),
            NOW)
        .report();
  }

  private static List<Integer> notMet(ProviderReport report) {
    return report.requirements().stream()
        .filter(one -> one.verdict() == ProviderReport.Verdict.NOT_MET)
        .map(ProviderReport.Requirement::number)
        .toList();
  }

  @Test
  void whatIsPublishedIsATrustedProviderAndEachDamageIsNamed() throws Exception {
    publishing(key(NOW.minusSeconds(1))).publish(sources, NOW);
    ProviderReport good = report();
    // security.txt is not made here.
    assertThat(notMet(good)).containsExactly(8);
    assertThat(good.role()).contains(ProviderReport.Role.TRUSTED_PROVIDER);
    assertThat(good.documents()).isEqualTo(1);

    Path white = folder.resolve("public/current/.well-known/csaf/white");
    Path document = white.resolve("2026/cf-2026-0001.json");
    byte[] bytes = Files.readAllBytes(document);
    Files.writeString(document, new String(bytes, StandardCharsets.UTF_8) + " ");
    assertThat(notMet(report())).containsExactly(8, 18, 19);
    assertThat(report().role()).contains(ProviderReport.Role.PROVIDER);
    Files.write(document, bytes);

    Files.writeString(white.resolve("index.txt"), "2026/other.json\n");
    assertThat(notMet(report())).contains(12, 13);
    Files.writeString(white.resolve("index.txt"), "2026/cf-2026-0001.json\n");

    Files.delete(white.resolve("csaf-feed-tlp-white.json"));
    assertThat(notMet(report())).containsExactly(8, 15);
    assertThat(report().role()).contains(ProviderReport.Role.TRUSTED_PROVIDER);
    Files.delete(white.resolve("changes.csv"));
    assertThat(report().role()).contains(ProviderReport.Role.PUBLISHER);
  }

  @Test
  void whatDidNotChangeKeepsItsBytes() throws IOException {
    OpenPgpKey key = key(NOW.minusSeconds(1));
    publishing(key).publish(sources, NOW);
    Map<String, byte[]> first = read();
    AdvisoryPublishing.Outcome again = publishing(key).publish(sources, NOW.plusSeconds(3600));
    assertThat(again.changed()).isEmpty();
    assertThat(read()).usingRecursiveComparison().isEqualTo(first);
  }

  private Map<String, byte[]> read() throws IOException {
    try (SiteFolder site = SiteFolder.open(folder.resolve("public"))) {
      return site.read();
    }
  }

  @Test
  void aChangeNeedsAGreaterVersionAndNothingIsTakenAway() throws IOException {
    OpenPgpKey key = key(NOW.minusSeconds(1));
    publishing(key).publish(sources, NOW);
    JsonObject changed =
        CsafSamples.set(
            CsafSamples.good(Profile.SECURITY_INCIDENT_RESPONSE, "CF-2026-0001"),
            "document/title",
            "Another title");
    put("a.json", changed);
    assertThat(publishing(key).publish(sources, NOW).refusals())
        .singleElement()
        .asString()
        .contains("needs a greater version");
    JsonObject second =
        CsafSamples.set(
            CsafSamples.set(changed, "document/tracking/version", "2"),
            "document/tracking/revision_history",
            List.of(
                CsafSamples.json("{'date':'2026-11-30T09:00:00Z','number':'1','summary':'First.'}"),
                CsafSamples.json(
                    "{'date':'2026-11-30T10:00:00Z','number':'2','summary':'Title.'}")));
    put("a.json", second);
    assertThat(publishing(key).publish(sources, NOW).changed())
        .containsExactly(".well-known/csaf/white/2026/cf-2026-0001.json");
    sources.remove("a.json");
    assertThat(publishing(key).publish(sources, NOW).refusals())
        .singleElement()
        .asString()
        .contains("is missing now");
    assertThat(files("public")).contains("white/2026/cf-2026-0001.json");
  }

  @Test
  void oneBadDocumentKeepsAllBack() throws IOException {
    put("c.json", java.util.Objects.requireNonNull(CsafSamples.bad().get("6.1.16")));
    assertThat(publishing(key(NOW.minusSeconds(1))).publish(sources, NOW).refusals())
        .contains("c.json: 6.1.16  /document/tracking/version  is not that of the last revision");
    assertThat(folder.resolve("public/current")).doesNotExist();
  }

  @Test
  void anExpiredKeyPublishesNothing() throws IOException {
    assertThat(publishing(key(NOW.minus(Duration.ofDays(400)))).publish(sources, NOW).refusals())
        .singleElement()
        .asString()
        .startsWith("the key expired at");
    assertThat(folder.resolve("public/current")).doesNotExist();
  }

  @Test
  void twoAtOnceDoNotMix() throws IOException {
    SiteFolder held = SiteFolder.open(folder.resolve("public"));
    assertThatThrownBy(() -> publishing(key(NOW.minusSeconds(1))).publish(sources, NOW))
        .isInstanceOf(IOException.class);
    held.close();
    assertThat(publishing(key(NOW.minusSeconds(1))).publish(sources, NOW).refusals()).isEmpty();
  }

  /**
   * Publishes again and again in another process, which is killed; readers see one version whole.
   */
  @Test
  void aKilledPublisherLeavesOneWholeSite() throws Exception {
    for (int round = 0; round < 5; round++) {
      Process publisher =
          new ProcessBuilder(
                  Path.of(System.getProperty("java.home"), "bin/java").toString(),
                  "-cp",
                  System.getProperty("java.class.path")
                      + ":"
                      + System.getProperty("jdk.module.path", ""),
                  KilledPublisher.class.getName(),
                  folder.resolve("public").toString())
              .redirectErrorStream(true)
              .start();
      // It says a line for each site that counts.
      int sites = publisher.getInputStream().read();
      assertThat(sites)
          .as(new String(publisher.getInputStream().readNBytes(0), StandardCharsets.UTF_8))
          .isEqualTo('.');
      TimeUnit.MILLISECONDS.sleep(20L * round);
      publisher.destroyForcibly().waitFor();
      Map<String, byte[]> site = read();
      assertThat(site).hasSize(KilledPublisher.FILES);
      assertThat(site.values().stream().map(String::new).distinct()).hasSize(1);
    }
    assertThat(publishing(key(NOW.minusSeconds(1))).publish(Map.of(), NOW).refusals()).isEmpty();
    try (Stream<Path> left = Files.list(folder.resolve("public"))) {
      assertThat(left.filter(f -> f.getFileName().toString().startsWith("site-")).count())
          .isLessThanOrEqualTo(2);
    }
  }
}
