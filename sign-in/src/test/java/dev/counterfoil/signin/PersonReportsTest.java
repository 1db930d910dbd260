package dev.counterfoil.signin;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What strangers report is on record under a reference, and they fill nothing. */
class PersonReportsTest {
  @TempDir private Path folder;
  private SignInServer server;

  @BeforeEach
  void start() throws Exception {
    server = SignInServer.start(folder);
  }

  @AfterEach
  void stop() throws IOException {
    server.close();
  }

  private static Map<String, String> report(String kind, String text, String about) {
    return Map.of("kind", kind, "text", text, "about", about, "contact", "bob@example.com");
  }

  @Test
  void aReportIsOnRecordUnderTheReferenceThatThePersonSees() throws Exception {
    Visitor visitor = new Visitor(server.issuer);
    HttpResponse<String> form = visitor.get("/report");
    assertThat(form.statusCode()).isEqualTo(200);
    HttpResponse<String> taken =
        visitor.answer("/report", form, report("not-me", "<b>a sign-in at night</b>", ""));
    assertThat(taken.statusCode()).isEqualTo(200);
    String reference =
        taken.body().replaceAll("(?s).*<code id=\"reference\">([A-Z0-9]{10})</code>.*", "$1");
    assertThat(reference).matches("[A-Z0-9]{10}");
    assertThat(server.events)
        .filteredOn(event -> event.contains("report.file"))
        .singleElement()
        .asString()
        .contains(reference, "a sign-in at night", "bob@example.com", "not-me");
  }

  @ParameterizedTest
  @CsvSource({"gossip, x, ''", "not-me, '', ''", "flaw, x, LONG"})
  void whatIsNoReportIsShownAgainAndNotRecorded(String kind, String text, String about)
      throws Exception {
    Visitor visitor = new Visitor(server.issuer);
    HttpResponse<String> form = visitor.get("/report");
    HttpResponse<String> bad =
        visitor.answer(
            "/report", form, report(kind, text, about.equals("LONG") ? "x".repeat(201) : about));
    assertThat(bad.statusCode()).isEqualTo(400);
    assertThat(server.events).noneMatch(event -> event.contains("report.file"));
  }

  /** Of characters that are nine bytes each in a form, and with line ends as browsers send them. */
  @Test
  void aReportMayBeAsLongAsItsLimitSaysInAnyScript() throws Exception {
    Visitor visitor = new Visitor(server.issuer);
    HttpResponse<String> form = visitor.get("/report");
    String longest = "\u4e00".repeat(1_999) + "\r\n" + "\u4e8c".repeat(2_000);
    HttpResponse<String> taken =
        visitor.answer("/report", form, report("flaw", longest, "\u4e00".repeat(200)));
    assertThat(taken.statusCode()).as(taken.body()).isEqualTo(200);
    assertThat(server.events)
        .filteredOn(event -> event.contains("report.file"))
        .singleElement()
        .asString()
        .contains("\u4e8c".repeat(2_000));
    assertThat(visitor.answer("/report", form, report("flaw", longest + "x", "")).statusCode())
        .isEqualTo(400);
  }

  @Test
  void oneAddressHasAShareAndOthersAreRefusedUntilItIsOver() throws Exception {
    Visitor visitor = new Visitor(server.issuer);
    HttpResponse<String> form = visitor.get("/report");
    for (int i = 0; i < 5; i++) {
      assertThat(visitor.answer("/report", form, report("flaw", "one", "")).statusCode())
          .isEqualTo(200);
    }
    HttpResponse<String> refused = visitor.answer("/report", form, report("flaw", "six", ""));
    assertThat(refused.statusCode()).isEqualTo(429);
    assertThat(refused.headers().firstValue("retry-after")).isPresent();
    server.clock.forward(Duration.ofMinutes(13));
    assertThat(visitor.answer("/report", form, report("flaw", "six", "")).statusCode())
        .isEqualTo(200);
  }

  /** The control of another site's form: without the token of the page nothing is taken. */
  @Test
  void aFormOfAnotherSiteIsNotTaken() throws Exception {
    Visitor visitor = new Visitor(server.issuer);
    HttpResponse<String> foreign =
        visitor.post("/report", Map.of("kind", "flaw", "text", "x", "about", "", "contact", ""));
    assertThat(foreign.statusCode()).isNotEqualTo(200);
    assertThat(server.events).noneMatch(event -> event.contains("report.file"));
  }
}
