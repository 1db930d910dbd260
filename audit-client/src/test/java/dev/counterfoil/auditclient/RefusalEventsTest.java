package dev.counterfoil.auditclient;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterfoil.format.bytes.JsonObject;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RefusalEventsTest {
  private static final InstantSource CLOCK =
      InstantSource.fixed(Instant.parse("2026-11-27T09:30:00Z"));

  @TempDir Path folder;
  private final List<JsonObject> kept = new ArrayList<>();
  private boolean takes = true;
  private boolean shortOfRoom;

  private final RefusalEvents.Sink sink =
      new RefusalEvents.Sink() {
        @Override
        public boolean keep(String domain, EventDraft draft) {
          if (takes) {
            kept.add(draft.at(CLOCK.millis()));
          }
          return takes;
        }

        @Override
        public boolean isShort() {
          return shortOfRoom;
        }
      };

  private static EventDraft draft() {
    return EventDraft.of(Operation.TOKEN_REFUSE).tenant("acme").refused("invalid_client", "no");
  }

  private static RefusalEvents.Refusal refusal(String who) {
    return new RefusalEvents.Refusal("", "acme", Operation.TOKEN_REFUSE, "invalid_client", who);
  }

  private static void flood(RefusalEvents refusals, int many) {
    for (int i = 0; i < many; i++) {
      refusals.add(draft(), refusal("203.0.113." + i));
    }
  }

  private long counted() throws Exception {
    long sum = 0;
    for (JsonObject event : kept) {
      sum += event.has("count") ? event.number("count") : 1;
    }
    return sum;
  }

  @Test
  void aFewAreEventsOfTheirOwnAndAFloodIsCountedTogether() throws Exception {
    RefusalEvents refusals = new RefusalEvents(sink, "test", "counterfoil", false);
    flood(refusals, 3);
    assertThat(kept).hasSize(3).noneMatch(event -> event.has("count"));
    flood(refusals, 1000);
    assertThat(kept).hasSize(RefusalEvents.SINGLE_MAX);
    refusals.second();
    assertThat(kept).hasSize(RefusalEvents.SINGLE_MAX + 1);
    assertThat(counted()).isEqualTo(1003);
    JsonObject together = kept.get(kept.size() - 1);
    assertThat((List<?>) together.get("item_uids")).hasSize(RefusalEvents.NAMES_MAX);
    // Each of the first is told how often, and the others together: 1003 without the single ones.
    assertThat((List<?>) together.object("unmapped").get("counts"))
        .hasSize(RefusalEvents.NAMES_MAX)
        .allMatch(times -> times.equals(1L));
    assertThat(together.object("unmapped").number("others"))
        .isEqualTo(1003 - RefusalEvents.SINGLE_MAX - RefusalEvents.NAMES_MAX);
    // While it lasts: one event in ten seconds, and one of its own a second.
    int before = kept.size();
    for (int second = 1; second < RefusalEvents.TOGETHER_EVERY; second++) {
      flood(refusals, 1000);
      refusals.second();
    }
    assertThat(kept.size() - before).isLessThan(RefusalEvents.TOGETHER_EVERY);
    refusals.second();
    assertThat(counted()).isEqualTo(1003 + (RefusalEvents.TOGETHER_EVERY - 1) * 1000L);
  }

  @Test
  void whatCannotBeKeptNowIsCountedLater() throws Exception {
    RefusalEvents refusals = new RefusalEvents(sink, "test", "counterfoil", false);
    takes = false;
    flood(refusals, 250);
    refusals.second();
    assertThat(kept).isEmpty();
    takes = true;
    for (int second = 0; second < RefusalEvents.TOGETHER_EVERY; second++) {
      refusals.second();
    }
    assertThat(counted()).isEqualTo(250);
  }

  @Test
  void whoIsRefusedIsCountedExactlyAlsoWhileNothingCanBeKept() throws Exception {
    RefusalEvents refusals = new RefusalEvents(sink, "test", "counterfoil", false);
    flood(refusals, RefusalEvents.SINGLE_MAX);
    takes = false;
    for (int second = 0; second < 3 * RefusalEvents.TOGETHER_EVERY; second++) {
      for (int i = 0; i < 7; i++) {
        refusals.add(draft(), refusal("mallory 203.0.113.66"));
      }
      refusals.add(draft(), refusal("eve 203.0.113.67"));
      refusals.second();
    }
    takes = true;
    refusals.close();
    JsonObject together = kept.get(kept.size() - 1);
    assertThat(together.number("count")).isEqualTo(8 * 3 * RefusalEvents.TOGETHER_EVERY);
    assertThat(together.strings("item_uids"))
        .containsExactly("mallory 203.0.113.66", "eve 203.0.113.67");
    assertThat(together.object("unmapped")).hasToString("{\"counts\":[210,30],\"others\":0}");
  }

  @Test
  void whereRoomIsShortOnlyThoseWhoWereRefusedMostAreNamedOnceAMinute() throws Exception {
    RefusalEvents refusals = new RefusalEvents(sink, "test", "counterfoil", false);
    shortOfRoom = true;
    for (int second = 0; second < 2 * RefusalEvents.SHORT_EVERY; second++) {
      flood(refusals, 2 * RefusalEvents.SHORT_NAMES_MAX);
      refusals.second();
    }
    assertThat(kept).hasSizeBetween(1, 3);
    for (JsonObject event : kept) {
      assertThat(event.strings("item_uids")).hasSize(RefusalEvents.SHORT_NAMES_MAX);
      assertThat(event.object("unmapped").number("others")).isEqualTo(event.number("count") / 2);
    }
    shortOfRoom = false;
    refusals.close();
    assertThat(counted()).isEqualTo(40L * RefusalEvents.SHORT_EVERY);
  }

  @Test
  void namesAreBoundedTogetherAndOneThatFailsEndsNothing() throws Exception {
    RefusalEvents refusals =
        new RefusalEvents(
            (domain, draft) -> {
              if (!takes) {
                throw new IllegalArgumentException("too long");
              }
              return sink.keep(domain, draft);
            },
            "test",
            "counterfoil",
            false);
    flood(refusals, RefusalEvents.SINGLE_MAX);
    for (int i = 0; i < RefusalEvents.NAMES_MAX; i++) {
      refusals.add(draft(), refusal(i + "@" + "a".repeat(170)));
    }
    refusals.second();
    assertThat(kept.get(kept.size() - 1).toString().length()).isLessThan(10_000);
    assertThat(counted()).isEqualTo(RefusalEvents.SINGLE_MAX + RefusalEvents.NAMES_MAX);
    // One that fails loses none, of its kind or another.
    takes = false;
    for (int second = 0; second <= RefusalEvents.TOGETHER_EVERY; second++) {
      refusals.second();
    }
    long before = counted();
    RefusalEvents.Refusal other =
        new RefusalEvents.Refusal("", "globex", Operation.TOKEN_REFUSE, "invalid_client", "eve");
    for (int i = 0; i < 50; i++) {
      refusals.add(draft(), refusal("mallory"));
      refusals.add(draft(), other);
    }
    for (int second = 0; second < 2 * RefusalEvents.TOGETHER_EVERY; second++) {
      refusals.second();
    }
    takes = true;
    refusals.close();
    assertThat(counted()).isEqualTo(before + 100);
  }

  /** Nobody fetches, and somebody is refused without end: an operator's work is still recorded. */
  @Test
  void aFloodLeavesTheSpoolRoom() throws Exception {
    Spool.Settings small = new Spool.Settings(folder, "test", 4 << 20, 1 << 19, 1 << 18, false);
    try (AuditClient client =
        AuditClient.undelivered(
            new AuditClient.Settings(small, "trial/test", "acme"), CLOCK, new Random(1))) {
      RefusalEvents refusals =
          new RefusalEvents(client.keepingRefusals(), "test", "counterfoil", false);
      for (int second = 0; second < 4000; second++) {
        flood(refusals, 200);
        refusals.second();
      }
      client.record(EventDraft.of(Operation.CLIENT_REGISTER).tenant("acme").user("root"));
      assertThat(client.spool().hasRoom(Share.REFUSALS)).isFalse();
      assertThat(client.spool().hasRoom(Share.REQUESTS)).isTrue();
      assertThat(client.spool().lost()).isZero();
    }
  }
}
