package dev.counterfoil.disclosure.trustpage;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterfoil.disclosure.Claim;
import dev.counterfoil.disclosure.promises.PromiseRecord;
import dev.counterfoil.disclosure.promises.PublicHistory;
import dev.counterfoil.format.bytes.FormatException;
import java.io.ByteArrayInputStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.SortedMap;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.w3c.dom.Document;

/** The trust page of the breach of 2023, and of hostile text. */
class TrustPageTest {
  private static final Path BREACH =
      Path.of(System.getProperty("counterfoil.root")).resolve("examples/breach-2023");

  private static SortedMap<String, byte[]> breach() throws Exception {
    PromiseRecord promises =
        PromiseRecord.parse(Files.readAllBytes(BREACH.resolve("promises.json")));
    PublicHistory history = PublicHistory.parse(Files.readAllBytes(BREACH.resolve("history.json")));
    return new TrustPage(
            "The breach of 2023",
            URI.create("https://trust.example.com"),
            promises.with(history),
            promises,
            ToldIncident.parse(Files.readAllBytes(BREACH.resolve("incidents.json"))))
        .files();
  }

  private static String text(SortedMap<String, byte[]> files, String name) {
    return new String(files.getOrDefault(name, new byte[0]), StandardCharsets.UTF_8);
  }

  @Test
  void theBreachOf2023IsToldWithItsWrongTheory() throws Exception {
    String page = text(breach(), "index.html");
    assertThat(page)
        .contains("No incident is open; 3 promises were broken.")
        .contains("<del>The key was taken from a crash dump of April 2021.</del>")
        .contains("leading hypothesis")
        .contains("1LTMzakihiRla_8z2BEJVXeWMqo")
        .contains("Broken from 2023-12-03 00:00 UTC to 2024-03-12 00:00 UTC")
        .contains("Broken from 2017-04-05 00:00 UTC to 2023-06-29 00:00 UTC")
        .contains("not known")
        .containsOnlyOnce("<script src=\"check.js\">")
        .containsOnlyOnce("<script")
        .containsOnlyOnce("src=");
    assertThat(breach()).usingRecursiveComparison().isEqualTo(breach());
  }

  @Test
  void theFeedHasAnEntryForEachVersion() throws Exception {
    DocumentBuilderFactory factory = DocumentBuilderFactory.newInstance();
    factory.setFeature("http://apache.org/xml/features/disallow-doctype-decl", true);
    Document feed =
        factory.newDocumentBuilder().parse(new ByteArrayInputStream(breach().get("feed.xml")));
    assertThat(feed.getElementsByTagName("entry").getLength()).isEqualTo(2);
    assertThat(text(breach(), "feed.json"))
        .contains("[withdrawn] The key was taken from a crash dump of April 2021.");
  }

  @Test
  void hostileTextIsShownAsText() throws FormatException {
    String hostile = "<script>alert(1)</script>\u202e\" onload='x'&";
    ToldIncident incident =
        new ToldIncident(
            hostile,
            hostile,
            true,
            List.of(
                new ToldIncident.Statement(
                    1,
                    Instant.EPOCH,
                    List.of(
                        new ToldIncident.Told(hostile, Claim.State.HYPOTHESIS, hostile, hostile)))),
            List.of(new ToldIncident.Happened(Instant.EPOCH, hostile)),
            List.of());
    SortedMap<String, byte[]> files =
        new TrustPage(
                hostile,
                URI.create("https://trust.example.com"),
                PublicHistory.NOTHING,
                new PromiseRecord(List.of(), PublicHistory.NOTHING, List.of()),
                List.of(incident))
            .files();
    for (String name : List.of("index.html", "feed.xml")) {
      assertThat(text(files, name))
          .contains("&lt;script&gt;alert(1)")
          .doesNotContain("<script>")
          .doesNotContain("onload='")
          .doesNotContain("\u202e");
    }
  }
}
