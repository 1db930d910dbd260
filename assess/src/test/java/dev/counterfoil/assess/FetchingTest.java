package dev.counterfoil.assess;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.counterfoil.assess.fetch.AssessmentException;
import dev.counterfoil.assess.fetch.AssessmentLimits;
import dev.counterfoil.assess.fetch.Fetcher;
import dev.counterfoil.assess.finding.AssessmentFinding;
import dev.counterfoil.assess.finding.Verdict;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Limits and refusals of fetching, against a real HTTP server. */
class FetchingTest {
  private static final AssessmentLimits SMALL =
      new AssessmentLimits(1000, Duration.ofSeconds(2), 2, 3, 3, 10, 2, 3, 1000, 5);

  private LoopbackSite site;
  private HttpClient http;
  private Fetcher fetcher;

  @BeforeEach
  void open() throws IOException {
    site = new LoopbackSite();
    http = IssuerAssessment.httpClient(SMALL);
    fetcher = new Fetcher(http, SMALL);
  }

  @AfterEach
  void close() {
    http.shutdownNow();
    site.close();
  }

  @Test
  void aDocumentWithinTheLimitIsReadAndALongerOneIsNot() {
    site.serve("/fits", Map.of(), "x".repeat(1000));
    site.serve("/long", Map.of(), "x".repeat(1001));
    assertThat(fetch("/fits")).isInstanceOf(Fetcher.Fetched.Answer.class);
    assertThat(fetch("/long")).isInstanceOf(Fetcher.Fetched.Failed.class);
  }

  @Test
  void aBodyThatNeverEndsIsCut() throws InterruptedException {
    CountDownLatch done = new CountDownLatch(1);
    site.on(
        "/drip",
        exchange -> {
          exchange.sendResponseHeaders(200, 100);
          exchange.getResponseBody().write(1);
          exchange.getResponseBody().flush();
          try {
            done.await();
          } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
          }
        });
    assertThat(fetch("/drip"))
        .isInstanceOfSatisfying(
            Fetcher.Fetched.Failed.class,
            failed -> assertThat(failed.why()).contains("no complete answer"));
    done.countDown();
  }

  @Test
  void redirectsOnTheSameHostAreFollowedWithinTheLimit() {
    site.serve("/here", Map.of(), "{}");
    site.redirect("/once", "/here");
    site.redirect("/loop", "/loop");
    assertThat(fetch("/once"))
        .isInstanceOfSatisfying(
            Fetcher.Fetched.Answer.class, answer -> assertThat(answer.redirects()).isOne());
    assertThat(fetch("/loop"))
        .isInstanceOfSatisfying(
            Fetcher.Fetched.Failed.class,
            failed -> assertThat(failed.why()).contains("more than 2 redirects"));
  }

  @Test
  void redirectsToAnotherHostAreNotFollowed() {
    site.redirect("/away", "http://localhost:1/keys");
    site.redirect("/file", "file:///etc/hostname");
    assertThat(fetch("/away")).isInstanceOf(Fetcher.Fetched.LedAway.class);
    assertThat(fetch("/file")).isInstanceOf(Fetcher.Fetched.LedAway.class);
  }

  @Test
  void aStrangersAddressDoesNotLeadIntoThisMachine(@TempDir Path folder) throws IOException {
    site.serve("/inner", Map.of(), "{}");
    Path file = Files.writeString(folder.resolve("keys.json"), "{}");
    URI stranger = URI.create("https://192.0.2.10/main");
    assertThat(fetcher.fetchNamed(site.uri("/inner"), stranger))
        .isInstanceOf(Fetcher.Fetched.Failed.class);
    assertThat(fetcher.fetchNamed(file.toUri(), stranger))
        .isInstanceOf(Fetcher.Fetched.Failed.class);
    // The operator's own choice does.
    assertThat(fetcher.fetchNamed(site.uri("/inner"), site.uri("/issuer")))
        .isInstanceOf(Fetcher.Fetched.Answer.class);
    assertThat(fetcher.fetchChosen(file.toUri())).isInstanceOf(Fetcher.Fetched.Answer.class);
  }

  @Test
  void anIssuerThatDoesNotAnswerIsUnreadableAndNotAnException() {
    site.close();
    AssessmentReport report =
        new IssuerAssessment(http, () -> Instant.EPOCH, SMALL)
            .assess(site.uri("/gone"), Options.none());
    assertThat(report.verdict()).isEqualTo(Verdict.UNREADABLE);
    assertThat(report.exitCode()).isEqualTo(AssessmentReport.EXIT_UNREADABLE);
    assertThat(report.findings())
        .extracting(AssessmentFinding::id)
        .contains("metadata-unreachable");
  }

  @Test
  void aClientThatFollowsRedirectsByItselfIsRefused() {
    try (HttpClient following =
        HttpClient.newBuilder().followRedirects(HttpClient.Redirect.ALWAYS).build()) {
      assertThatThrownBy(() -> new IssuerAssessment(following, () -> Instant.EPOCH, SMALL))
          .isInstanceOf(IllegalArgumentException.class);
    }
  }

  @Test
  void whatIsNoIssuerUrlIsRefusedWithAHint() {
    IssuerAssessment assessment = new IssuerAssessment(http, () -> Instant.EPOCH, SMALL);
    for (String wrong :
        List.of(
            "ftp://host/", "https://host/?a=b", "https://host/#x", "host", "https://u:p@host/")) {
      assertThatThrownBy(() -> assessment.assess(URI.create(wrong), Options.none()))
          .as(wrong)
          .isInstanceOf(AssessmentException.class)
          .hasMessageContaining("https://login.example.org");
    }
  }

  @Test
  void whatIsNoKeySetAddressIsRefusedWithAHint(@TempDir Path folder) throws IOException {
    IssuerAssessment assessment = new IssuerAssessment(http, () -> Instant.EPOCH, SMALL);
    for (String wrong :
        List.of("keys.json", "file://host/keys.json", "file:keys.json", "ftp://host/keys")) {
      assertThatThrownBy(
              () ->
                  assessment.assess(
                      site.uri("/"), Options.none().withDeployedKeySets(URI.create(wrong))))
          .as(wrong)
          .isInstanceOf(AssessmentException.class)
          .hasMessageContaining("file:///");
    }
    Path file = Files.writeString(folder.resolve("keys.json"), "{\"keys\":[]}");
    assertThat(
            assessment
                .assess(site.uri("/"), Options.none().withDeployedKeySets(file.toUri()))
                .documents())
        .hasSize(1);
  }

  @Test
  void moreThanTheLimitsAllowIsRefused() {
    IssuerAssessment assessment = new IssuerAssessment(http, () -> Instant.EPOCH, SMALL);
    Options many = Options.none().comparedWith(site.uri("/1"), site.uri("/2"), site.uri("/3"));
    assertThatThrownBy(() -> assessment.assess(site.uri("/0"), many))
        .isInstanceOf(AssessmentException.class)
        .hasMessageContaining("at most 3");
    assertThat(assessment.assess(site.uri("/0"), Options.none().comparedWith(site.uri("/1"))))
        .isNotNull();
  }

  private Fetcher.Fetched fetch(String path) {
    return fetcher.fetchNamed(site.uri(path), site.uri("/"));
  }
}
