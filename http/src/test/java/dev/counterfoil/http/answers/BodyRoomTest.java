package dev.counterfoil.http.answers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class BodyRoomTest {
  private final BodyRoom room = new BodyRoom(10, 6);

  private void assertFull(String caller, long bytes) {
    assertThatThrownBy(() -> room.take(caller, bytes).close())
        .isInstanceOfSatisfying(
            RefusedRequestException.class,
            refused -> assertThat(refused.problem().status()).isEqualTo(503));
  }

  @Test
  void oneCallerLeavesRoomForOthers() throws Exception {
    BodyRoom.Taken first = room.take("acme/mail", 6);
    assertFull("acme/mail", 1);
    try (BodyRoom.Taken _ = room.take("globex/mail", 4)) {
      assertFull("initech/mail", 1);
    }
    first.close();
    room.take("acme/mail", 6).close();
  }

  @Test
  void whatIsGivenBackIsThereAgain() throws Exception {
    for (int i = 0; i < 100; i++) {
      BodyRoom.Taken one = room.take("acme/mail", 3);
      BodyRoom.Taken two = room.take("acme/mail", 3);
      assertFull("acme/mail", 1);
      two.close();
      room.take("acme/mail", 3).close();
      one.close();
    }
    assertFull("acme/mail", 7);
  }
}
