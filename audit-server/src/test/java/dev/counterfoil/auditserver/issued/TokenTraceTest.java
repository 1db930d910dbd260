package dev.counterfoil.auditserver.issued;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterfoil.audit.Auditor;
import dev.counterfoil.audit.access.Fence;
import dev.counterfoil.audit.access.Reader;
import dev.counterfoil.audit.access.Source;
import dev.counterfoil.audit.intake.IntakeAnswer;
import dev.counterfoil.custodian.Custodian;
import dev.counterfoil.custodian.TestEvents;
import dev.counterfoil.format.bytes.JsonObject;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A trace is as long as there is memory for, whatever sources report. */
class TokenTraceTest {
  private static final Fence ACME = new Fence("trial", "acme");
  private static final Reader ANALYST = new Reader("analyst", Optional.empty(), Optional.empty());

  /** Besides the events an answer has names, and what each token touched. */
  private static final long BESIDES_MAX = 64 << 10;

  @TempDir Path folder;
  private final List<Throwable> failures = new ArrayList<>();
  private long sequence;

  @SuppressWarnings("NullAway.Init") // each test starts with them
  private Auditor auditor;

  @SuppressWarnings("NullAway.Init")
  private Custodian custodian;

  @SuppressWarnings("NullAway.Init")
  private TokenTrace trace;

  @BeforeEach
  void start() throws Exception {
    auditor =
        Auditor.start(
            new Auditor.Settings(folder.resolve("audit"), "monitor.example/audit", 1_000_000),
            InstantSource.system(),
            new SecureRandom(),
            failures::add);
    custodian =
        Custodian.start(
            new Custodian.Settings(
                folder.resolve("custody"),
                "monitor.example",
                Duration.ofSeconds(1),
                Duration.ofSeconds(10),
                Duration.ofDays(730),
                List.of()),
            new TestEvents(),
            InstantSource.system(),
            new SecureRandom(),
            failures::add);
    trace =
        new TokenTrace(
            auditor,
            new Issuances(custodian.names()::find, custodian::issuers, (domain, log) -> false));
  }

  @AfterEach
  void stop() throws Exception {
    custodian.close();
    auditor.close();
    assertThat(failures).isEmpty();
  }

  /** Events of one mailbox, of each token as many. */
  private void take(String box, int tokens, int ofEach, int messageBytes) throws Exception {
    for (int token = 0; token < tokens; token++) {
      StringBuilder lines = new StringBuilder();
      for (int i = 0; i < ofEach; i++) {
        lines.append(
            """
            {"activity_id":1,"category_uid":6,"class_uid":6005,"type_uid":600501,"severity_id":1,"time":%d,"message":"%s","metadata":{"version":"1.8.0","product":{"name":"mail"},"tenant_uid":"acme","sequence":%d},"actor":{"app_uid":"app"},"databucket":{"name":"%s"},"recorded_token":{"uid":"t%d"}}
            """
                .formatted(
                    InstantSource.system().millis(),
                    "m".repeat(messageBytes),
                    sequence++,
                    box,
                    token));
      }
      assertThat(
              auditor.take(
                  new Source("trial", "mail", Optional.empty()),
                  lines.toString().getBytes(StandardCharsets.UTF_8)))
          .isInstanceOfSatisfying(
              IntakeAnswer.Taken.class, taken -> assertThat(taken.recorded()).isEqualTo(ofEach));
    }
    while (auditor.indexed() < auditor.size()) {
      Thread.sleep(10);
    }
  }

  private static long listed(JsonObject trace) throws Exception {
    long events = 0;
    for (JsonObject token : trace.objects("tokens")) {
      events += token.objects("events").size();
    }
    return events;
  }

  @Test
  void ofAnEntityWithManyLongEventsItSaysThatThereIsMore() throws Exception {
    take("box", 20, 50, 12_000);
    JsonObject answer = trace.trace(ACME, Map.of("entity", "box"), ANALYST);
    assertThat(answer.toString().length()).isLessThan((int) (TokenTrace.BYTES_MAX + BESIDES_MAX));
    assertThat(answer.truth("complete")).isFalse();
    assertThat(listed(answer)).isBetween(100L, 400L);
    for (JsonObject token : answer.objects("tokens")) {
      // Also of the token whose events do not all stand here.
      assertThat(token.objects("touched").getFirst().number("events")).isEqualTo(50);
      assertThat(token.truth("more_events")).isEqualTo(token.objects("events").size() < 50);
    }
  }

  @Test
  void ofATokenInARecordLogItSaysWhatThatLogIs() throws Exception {
    String entropy = "A".repeat(43);
    assertThat(notIssued("d1g1.5." + entropy).string("code")).isEqualTo("record-log");
    assertThat(notIssued("d1g1.5." + entropy).string("why")).contains("d1g1 is a record log");
    // The control: a log of tokens that nobody has is unknown.
    assertThat(notIssued("s9g1.5." + entropy).string("code")).isEqualTo("unknown-log");
  }

  @Test
  void ofADomainThatNobodyFollowsNothingIsHeld() throws Exception {
    assertThat(
            new Issuances(custodian.names()::find, custodian::issuers, (domain, log) -> false)
                .notHeld(ACME))
        .containsExactly("trial");
  }

  private JsonObject notIssued(String token) throws Exception {
    return trace
        .trace(ACME, Map.of("token", token), ANALYST)
        .objects("tokens")
        .getFirst()
        .object("not_issued");
  }

  @Test
  void ofAnEntityWithFewEventsItHasAllOfThem() throws Exception {
    take("box", 4, 5, 10);
    take("other", 1, 1, 12_000);
    JsonObject answer = trace.trace(ACME, Map.of("entity", "box"), ANALYST);
    assertThat(answer.truth("complete")).isTrue();
    assertThat(answer.objects("tokens")).hasSize(4);
    // The other mailbox was read with the first token, too.
    assertThat(listed(answer)).isEqualTo(21);
    for (JsonObject token : answer.objects("tokens")) {
      assertThat(token.truth("more_events")).isFalse();
    }
  }
}
