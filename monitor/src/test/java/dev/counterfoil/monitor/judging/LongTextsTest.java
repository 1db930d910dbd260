package dev.counterfoil.monitor.judging;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterfoil.custodian.issuer.RecordedIssuer;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.word.Sighting;
import dev.counterfoil.verifier.SettableClock;
import dev.counterfoil.verifier.TokenDraft;
import java.nio.file.Path;
import java.time.Instant;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** A thief of a key chooses how long the texts of its tokens are; a finding's are bounded. */
class LongTextsTest {
  private static final String KEY = "\uD83D\uDD11";

  @TempDir Path folder;

  static Stream<Arguments> texts() {
    return Stream.of("jti", "iss", "aud", "sub", "tenant", "client_id", "kid")
        .flatMap(
            name ->
                Stream.of(
                    // The control: what fits stays as it is.
                    Arguments.of(name, "A".repeat(1024), "A".repeat(1024)),
                    Arguments.of(name, "A".repeat(1025), "A".repeat(1024)),
                    Arguments.of(name, "A".repeat(8000), "A".repeat(1024)),
                    Arguments.of(name, KEY.repeat(512), KEY.repeat(512)),
                    Arguments.of(name, KEY.repeat(600), KEY.repeat(512)),
                    Arguments.of(name, "A" + KEY.repeat(600), "A" + KEY.repeat(511)),
                    Arguments.of(name, "\u0001".repeat(1800), "\uFFFD".repeat(1024)),
                    Arguments.of(name, "a\r\nb", "a\uFFFD\uFFFDb")));
  }

  @ParameterizedTest(name = "{0} [{index}]")
  @MethodSource("texts")
  void aFindingsTextsAreBounded(String name, String text, String kept) throws Exception {
    SettableClock clock = new SettableClock(Instant.parse("2026-11-01T10:00:00Z"));
    RecordedIssuer issuer = new RecordedIssuer("trial", "https://trial.example", clock);
    try (TestMonitor monitor = new TestMonitor(clock, folder, issuer)) {
      issuer.issue();
      TokenDraft draft = issuer.draft(issuer.key, RecordedIssuer.LOG, 5);
      String token =
          issuer.forge(name.equals("kid") ? draft.header(name, text) : draft.claim(name, text));
      // Accepted: a token under a key that nobody stated is worth a finding only then.
      JsonObject seen = issuer.accepted(token).toJson().with("evidence", token);
      monitor.report(Sighting.parse(seen));
      assertThat(monitor.settle()).isZero();
      assertThat(monitor.findings()).hasSize(1);
      JsonObject finding = monitor.findings().getFirst();
      assertThat(finding.toString()).doesNotContain("\\u0001", "\\r");
      JsonObject presented = finding.object("detail").object("presented");
      switch (name) {
        case "jti", "kid" -> assertThat(finding.string(name)).isEqualTo(kept);
        case "aud" -> assertThat(presented.has("aud")).isFalse();
        default -> assertThat(presented.string(name)).isEqualTo(kept);
      }
    }
  }
}
