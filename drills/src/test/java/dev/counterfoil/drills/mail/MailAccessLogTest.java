package dev.counterfoil.drills.mail;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.format.word.Sighting;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;

class MailAccessLogTest {
  private static final Hash DIGEST = Hash.sha256(new byte[] {1});

  /** Lines as Dovecot 2.4.1 wrote them, shortened. */
  private static final String LOGIN =
      """
      {"event":"auth_client_request_finished","end_time":"2026-11-25T00:26:28.123760Z","fields":{"mechanism":"OAUTHBEARER",\
      "session":"S1","remote_ip":"127.0.0.1","user":"amara","tok_digest":"%s","tok_header":"{\\"alg\\":\\"ES256\\",\\"kid\\":\\"K\\"}",\
      "tok_claims":"{\\"iss\\": \\"https://login.example\\", \\"tenant\\": \\"ministry\\", \\"iat\\": 7}"}}"""
          .formatted(DIGEST.hex());

  private static final String REFUSAL =
      """
      {"event":"auth_client_request_finished","end_time":"2026-11-25T00:26:29Z","fields":{"error":"Authentication failed",\
      "session":"S2","remote_ip":"127.0.0.1","user":"amara"}}""";

  private static String read(String session, int uid) {
    return """
    {"event":"mail_opened","end_time":"2026-11-25T00:26:30Z","fields":{"user":"amara","session":"%s","remote_ip":"127.0.0.1",\
    "mailbox":"INBOX","uid":%d}}"""
        .formatted(session, uid);
  }

  private final MailAccessLog log = new MailAccessLog();

  private void hear(String line) {
    DovecotEventTail.parse(line).ifPresent(log);
  }

  @Test
  void reportsALoginAtOnceAndCountsWhatIsReadInIt() {
    hear(LOGIN);
    hear(read("S1", 1));
    hear(read("S1", 2));
    List<Sighting> sightings = log.drain();
    assertThat(sightings).extracting(one -> one.use().action()).containsExactly("login", "read");
    assertThat(sightings).extracting(Sighting::count).containsExactly(1L, 2L);
    assertThat(sightings)
        .allSatisfy(
            it -> {
              assertThat(it.grade()).isEqualTo(Sighting.Grade.DIGEST);
              assertThat(it.token().digest()).isEqualTo(DIGEST);
              assertThat(it.token().kid()).isEqualTo("K");
              assertThat(it.token().issuer()).isEqualTo("https://login.example");
              assertThat(it.token().tenant()).isEqualTo("ministry");
              assertThat(it.token().issuedAt()).isEqualTo(7L);
              assertThat(it.token().expiresAt()).isNull();
              assertThat(it.use().resource()).isEqualTo("amara/INBOX");
            });
    assertThat(sightings.getFirst().seenAt())
        .isEqualTo(Instant.parse("2026-11-25T00:26:28.123760Z"));

    assertThat(log.drain()).isEmpty();
    hear(read("S1", 3));
    assertThat(log.drain()).singleElement().extracting(Sighting::count).isEqualTo(1L);
    assertThat(log.sessions()).singleElement().extracting(s -> s.read().size()).isEqualTo(3);
  }

  @Test
  void aRefusalIsCountedAndIsNoSighting() {
    hear(REFUSAL);
    assertThat(log.drain()).isEmpty();
    assertThat(log.refusals()).isEqualTo(1);
  }

  @Test
  void eventsWithoutADigestAreOfALowerGrade() {
    hear(LOGIN.replace("\"tok_digest\":\"" + DIGEST.hex() + "\",", ""));
    assertThat(log.drain())
        .singleElement()
        .satisfies(it -> assertThat(it.grade()).isEqualTo(Sighting.Grade.CLAIMS));
  }

  @Test
  void readsOfAnUnknownSessionAreLeftOut() {
    hear(read("S9", 1));
    assertThat(log.drain()).isEmpty();
  }
}
