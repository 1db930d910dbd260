package dev.counterfoil.custodian.check;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.note.NoteKey;
import dev.counterfoil.format.note.TestLogKey;
import java.security.SecureRandom;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** What is older than the events that it stands behind. The rest is vectors/audit-issued. */
final class IssuedBundleTest {
  private static final Instant SAID_AT = Instant.parse("2026-11-01T10:00:00Z");
  private static final NoteKey LOG =
      TestLogKey.of("login.example/logs/s1g1", new SecureRandom()).key();

  private static IssuedBundle.Checked checked(JsonObject query, Optional<Instant> saidAt) {
    TenantCheck.Verdict verdict =
        new TenantCheck.Verdict(Optional.empty(), 0, 0, 0, false, List.of());
    return new IssuedBundle.Checked(
        "trial",
        "acme",
        query,
        Optional.empty(),
        List.of(new IssuedBundle.OfLog(LOG, 0, 0, verdict, "custodian.example/c1", saidAt, 0)),
        List.of());
  }

  @Test
  void aWordThatIsOlderThanTheNewestEventIsNoWordOnAll() throws Exception {
    JsonObject all = JsonObject.builder().build();
    JsonObject some = JsonObject.builder().put("client", "mail").build();
    Instant last = SAID_AT.plus(IssuedBundle.EVENTS_AHEAD_MAX);
    IssuedBundle.Checked whole = checked(all, Optional.of(SAID_AT));
    assertThat(whole.behind(last.plusMillis(1))).containsExactly(LOG.name());
    assertThat(whole.behind(last)).as("events may be ahead so much").isEmpty();
    assertThat(checked(some, Optional.of(SAID_AT)).behind(last.plusMillis(1)))
        .as("a selection is not said to be all")
        .isEmpty();
    assertThat(checked(all, Optional.empty()).behind(last.plusMillis(1)))
        .as("a word that is none is a fault already")
        .isEmpty();
  }
}
