package dev.counterfoil.drills.mail;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.counterfoil.format.ChangedInputs;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.format.word.Sighting;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.core.JacksonException;

/**
 * A mail server's events, and the sightings that are made of them. The thief chooses what stands in
 * his token and so in the events: no token may keep its own sighting, or others beside it, from the
 * monitor. Jazzer searches when {@code JAZZER_FUZZ=1} is set; the default run changes good inputs
 * from a seed.
 */
class MailEventFuzzTest {
  private static final int CHANGED_INPUTS = 500;
  private static final Instant AT = Instant.parse("2026-11-25T00:26:28Z");

  private static String text(byte[] bytes) {
    return new String(bytes, StandardCharsets.UTF_8);
  }

  /** Whether it is an event that somebody asked about. */
  private static boolean isEvent(byte[] line) {
    try {
      Optional<MailEvent> event = DovecotEventTail.parse(text(line));
      event.ifPresent(e -> assertThat(e.user()).isNotNull());
      return event.isPresent();
    } catch (JacksonException | DateTimeParseException e) {
      assertThat(String.valueOf(e.getMessage())).isNotEmpty();
      return false;
    }
  }

  /** What the monitor takes of a login with these claims, and with this as everything else. */
  private static boolean isSighted(byte[] bytes) {
    String chosen = text(bytes);
    MailAccessLog log = new MailAccessLog();
    log.accept(
        new MailEvent.Login(
            AT, "amara", "S1", "192.0.2.1", Optional.of(Hash.sha256().hex()), chosen, chosen));
    log.accept(new MailEvent.Login(AT, chosen, "S2", chosen, Optional.of(chosen), chosen, chosen));
    log.accept(new MailEvent.MessageRead(AT, "amara", "S1", chosen, 7));
    List<Sighting> sightings = log.drain();
    assertThat(sightings).hasSize(3);
    try {
      for (Sighting sighting : sightings) {
        assertThat(Sighting.parse(sighting.toJson())).isEqualTo(sighting);
      }
    } catch (FormatException e) {
      throw new AssertionError("the monitor refuses a sighting that a thief has caused", e);
    }
    assertThat(sightings.getFirst().token().digest()).isEqualTo(Hash.sha256());
    return sightings.getFirst().token().issuer() != null;
  }

  static Stream<byte[]> goodEvents() {
    return Stream.of(
            """
            {"event":"auth_client_request_finished","end_time":"2026-11-25T00:26:28.123760Z",\
            "fields":{"mechanism":"OAUTHBEARER","session":"S1","remote_ip":"127.0.0.1",\
            "user":"amara","tok_digest":"e3b0c442","tok_header":"{\\"kid\\":\\"K\\"}",\
            "tok_claims":"{\\"iss\\": \\"i\\", \\"iat\\": 7}"}}""",
            """
            {"event":"auth_client_request_finished","end_time":"2026-11-25T00:26:29Z",\
            "fields":{"error":"Authentication failed","session":"S2","user":"amara"}}""",
            """
            {"event":"mail_opened","end_time":"2026-11-25T00:26:30Z",\
            "fields":{"user":"amara","session":"S1","mailbox":"INBOX","uid":5}}""")
        .map(line -> line.getBytes(StandardCharsets.UTF_8));
  }

  static Stream<byte[]> goodClaims() {
    return Stream.of(
            "{\"iss\":\"https://login.example\",\"tenant\":\"ministry\",\"sub\":\"amara\","
                + "\"client_id\":\"mail\",\"jti\":\"s1g1.1.x\",\"kid\":\"K\",\"iat\":7,\"exp\":9}")
        .map(line -> line.getBytes(StandardCharsets.UTF_8));
  }

  @MethodSource("goodEvents")
  @FuzzTest(maxDuration = "60s")
  void events(byte[] bytes) {
    isEvent(bytes);
  }

  @MethodSource("goodClaims")
  @FuzzTest(maxDuration = "60s")
  void claims(byte[] bytes) {
    isSighted(bytes);
  }

  @Test
  void changedEventsAndTokensAreTold() {
    ChangedInputs changed = new ChangedInputs(1);
    List<byte[]> events = goodEvents().toList();
    byte[] claims = goodClaims().toList().getFirst();
    int read = 0;
    int sighted = 0;
    for (int i = 0; i < CHANGED_INPUTS; i++) {
      read += isEvent(changed.of(events.get(i % events.size()))) ? 1 : 0;
      sighted += isSighted(changed.of(claims)) ? 1 : 0;
    }
    assertThat(events).allMatch(MailEventFuzzTest::isEvent);
    assertThat(isSighted(claims)).isTrue();
    assertThat(read).isBetween(1, CHANGED_INPUTS - 1);
    assertThat(sighted).isBetween(1, CHANGED_INPUTS - 1);
  }

  /** Claims with which a thief would keep himself out of the monitor's books. */
  @Test
  void claimsThatASightingCannotHoldAreMadeToFit() {
    String good = text(goodClaims().toList().getFirst());
    for (String claims :
        List.of(
            good.replace("amara", "a".repeat(1_025)),
            good.replace("amara", "a\\u0007b"),
            good.replace("\"iat\":7", "\"iat\":92233720368547758070"),
            good.replace("\"iat\":7", "\"iat\":1e400"),
            "[".repeat(10_000))) {
      isSighted(claims.getBytes(StandardCharsets.UTF_8));
    }
  }
}
