package dev.counterfoil.authority.signals;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.format.word.Sighting;
import dev.counterfoil.signals.EventTypes;
import dev.counterfoil.signals.SecurityEvent;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What receivers are told of tokens that are presented. */
class SignalSourcesTest {
  private static final String ISSUER = "https://login.example";
  private static final Instant SEEN = Instant.parse("2026-12-01T12:10:00Z");

  private static Optional<SecurityEvent> told(
      String outcome, String kid, String content, boolean isShown, Instant seenAt) {
    Hash digest = Hash.sha256(content.getBytes(StandardCharsets.UTF_8));
    return SignalSources.neverIssued(
        new Sighting(
            seenAt,
            outcome,
            Sighting.Grade.DIGEST,
            Sighting.Token.of(digest, kid, ISSUER),
            Sighting.Use.at("introspection"),
            1,
            isShown ? "header.payload.signature" : null,
            !isShown),
        ISSUER);
  }

  @Test
  void aTokenThatTheKeySignedAndNoLogHasIsTold() {
    SecurityEvent event = told("never-issued", "k1", "one", true, SEEN).orElseThrow();
    assertThat(event.type()).isEqualTo(EventTypes.TOKEN_NEVER_ISSUED);
    assertThat(EventTypes.SUPPORTED).contains(event.type());
    assertThat(event.tenant()).as("all tenants hear of it").isEmpty();
    assertThat(event.subject().toString()).contains("opaque", "k1");
    assertThat(event.claims().toString())
        .contains(Hash.sha256("one".getBytes(StandardCharsets.UTF_8)).base64Url(), ISSUER);
  }

  /** A service's other refusals, and what nobody showed to be signed, are no news of a theft. */
  @ParameterizedTest
  @CsvSource({"accepted, true", "expired, true", "key-revoked, true", "never-issued, false"})
  void nothingElseIsTold(String outcome, boolean isShown) {
    assertThat(told(outcome, "k1", "one", isShown, SEEN)).isEmpty();
  }

  @Test
  void manyTokensOfAThiefAreToldOnceAnHourForEachKey() {
    String first = told("never-issued", "k1", "one", true, SEEN).orElseThrow().id();
    assertThat(told("never-issued", "k1", "two", true, SEEN.plusSeconds(60)).orElseThrow().id())
        .isEqualTo(first);
    assertThat(told("never-issued", "k2", "two", true, SEEN).orElseThrow().id())
        .isNotEqualTo(first);
    assertThat(
            told("never-issued", "k1", "two", true, SEEN.plus(Duration.ofHours(1)))
                .orElseThrow()
                .id())
        .isNotEqualTo(first);
  }
}
