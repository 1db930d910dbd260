package dev.counterfoil.authority.connect;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterfoil.authority.http.Form;
import dev.counterfoil.format.bytes.Hash;
import java.time.Instant;
import org.junit.jupiter.api.Test;

/** Nobody can say that a person signed in for a request when they did not. */
class SealedRequestsTest {
  private Instant now = Instant.parse("2026-11-30T12:00:00Z");
  private final SealedRequests seals = new SealedRequests(Hash::sha256, () -> now);

  @Test
  void aSealHoldsForItsRequestAndItsTime() throws Exception {
    Form form = Form.query("client_id=app&state=a%20b%26c&resource=r&resource=s&prompt=login");
    String sealed = seals.seal(form, now);
    Instant asked = now;
    now = now.plusSeconds(3599);
    assertThat(seals.askedAt(Form.query(sealed))).contains(asked);
    // Sealed again, it stays the time of the first.
    assertThat(seals.seal(Form.query(sealed), asked)).isEqualTo(sealed);
    assertThat(seals.askedAt(form)).isEmpty();
    assertThat(seals.askedAt(Form.query(sealed.replace("prompt=login&", "")))).isEmpty();
    assertThat(seals.askedAt(Form.query(sealed.replace("app", "bpp")))).isEmpty();
    assertThat(seals.askedAt(Form.query(sealed.replace("asked=1", "asked=2")))).isEmpty();
    assertThat(seals.askedAt(Form.query(sealed + "&x=y"))).isEmpty();
    now = now.plusSeconds(1);
    assertThat(seals.askedAt(Form.query(sealed))).isEmpty();
  }
}
