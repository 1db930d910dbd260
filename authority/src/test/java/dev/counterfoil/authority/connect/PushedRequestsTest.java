package dev.counterfoil.authority.connect;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.counterfoil.authority.http.Form;
import dev.counterfoil.authority.http.RequestRefusedException;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** What clients pushed is kept for its time, and within its limits. */
class PushedRequestsTest {
  private Instant now = Instant.parse("2026-11-30T12:00:00Z");
  private final PushedRequests pushed = new PushedRequests(new SecureRandom(), () -> now);

  private static Form form() throws RequestRefusedException {
    return Form.query("a=b");
  }

  private boolean isThere(String uri, boolean isUnderWay) throws Exception {
    return pushed.find(uri, Optional.of("app"), isUnderWay).isPresent();
  }

  @Test
  void aBrowserComesWithinAMinuteAndComesBackWithinAnHour() throws Exception {
    String uri = pushed.push("app", form());
    now = now.plus(Duration.ofSeconds(59));
    assertThat(isThere(uri, false)).isTrue();
    now = now.plus(Duration.ofSeconds(1));
    assertThat(isThere(uri, false)).isFalse();
    assertThat(isThere(uri, true)).isTrue();
    now = now.plus(SealedRequests.AGE_MAX);
    assertThat(isThere(uri, true)).isFalse();
  }

  @Test
  void itIsUsedOnce() throws Exception {
    String uri = pushed.push("app", form());
    assertThat(pushed.use(uri)).isTrue();
    assertThat(pushed.use(uri)).isFalse();
    assertThat(isThere(uri, true)).isFalse();
  }

  @Test
  void aClientThatPushesTooMuchHoldsUpNoOther() throws Exception {
    String uri = "";
    for (int i = 0; i < PushedRequests.OF_CLIENT_MOST; i++) {
      uri = pushed.push("app", form());
    }
    assertThatThrownBy(() -> pushed.push("app", form()))
        .isInstanceOf(RequestRefusedException.class);
    assertThat(pushed.push("other", form())).isNotEmpty();
    assertThat(isThere(uri, false)).isTrue();
    now = now.plus(PushedRequests.LIFE).plus(SealedRequests.AGE_MAX);
    assertThat(pushed.push("app", form())).isNotEmpty();
  }

  /** Their browsers came. */
  private void manySignIn(String client, int count) throws Exception {
    for (int i = 0; i < count; i++) {
      String uri = pushed.push(client, form());
      assertThat(pushed.find(uri, Optional.of(client), false)).isPresent();
    }
  }

  @Test
  void whoDoesNotFinishKeepsNobodyOut() throws Exception {
    String ofOther = pushed.push("other", form());
    assertThat(pushed.find(ofOther, Optional.of("other"), false)).isPresent();
    String first = pushed.push("app", form());
    String second = pushed.push("app", form());
    assertThat(isThere(first, false)).isTrue();
    assertThat(isThere(second, false)).isTrue();
    manySignIn("app", PushedRequests.OF_CLIENT_MOST - 2);
    assertThatThrownBy(() -> pushed.push("app", form()))
        .isInstanceOf(RequestRefusedException.class);
    now = now.plus(PushedRequests.LIFE);
    assertThat(isThere(pushed.push("app", form()), false)).isTrue();
    assertThat(isThere(first, true)).isFalse();
    assertThat(isThere(second, true)).isTrue();
    assertThat(pushed.find(ofOther, Optional.of("other"), true)).isPresent();
  }

  @Test
  void clientsOfWhichNobodyFinishesKeepNoOtherOut() throws Exception {
    for (int i = 0; i < PushedRequests.MOST / PushedRequests.OF_CLIENT_MOST; i++) {
      manySignIn("client" + i, PushedRequests.OF_CLIENT_MOST);
    }
    assertThatThrownBy(() -> pushed.push("app", form()))
        .isInstanceOf(RequestRefusedException.class);
    now = now.plus(PushedRequests.LIFE);
    assertThat(isThere(pushed.push("app", form()), false)).isTrue();
  }
}
