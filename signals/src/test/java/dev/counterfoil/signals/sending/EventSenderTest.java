package dev.counterfoil.signals.sending;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterfoil.directory.database.TablePlace;
import dev.counterfoil.format.bytes.Base64Url;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.http.outbound.GuardedAsks;
import dev.counterfoil.http.outbound.GuardedConnections;
import dev.counterfoil.http.outbound.OutboundGuard;
import dev.counterfoil.signals.EventTypes;
import dev.counterfoil.signals.SecurityEvent;
import dev.counterfoil.signals.StreamSettings;
import dev.counterfoil.signals.Subjects;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** When it is tried again. */
class EventSenderTest {
  private static final int SECONDS_AWAY = 6;

  @TempDir Path folder;

  private final AtomicReference<Instant> now =
      new AtomicReference<>(Instant.parse("2026-06-01T12:00:00Z"));
  private final AtomicInteger asked = new AtomicInteger();

  /** The signer of a stolen key is replaced: what receivers must know waits for nothing else. */
  @Test
  void anEventIsSignedWithinASecondOnceItsSignerIsBack() throws Exception {
    try (Streams streams = Streams.open(new TablePlace.File(folder.resolve("s.db")), now::get);
        EventSender sender =
            EventSender.start(
                streams,
                (stream, event) -> signed(),
                new GuardedAsks(
                    GuardedConnections.ofHost(),
                    new OutboundGuard(List.of())::objection,
                    Duration.ofSeconds(1),
                    1_024),
                stream -> EventSender.Receiver.ADMITTED,
                "alone",
                now::get)) {
      SignalStream stream =
          new SignalStream(
              "stream",
              "client",
              "acme",
              SignalStream.Status.ENABLED,
              Optional.empty(),
              new StreamSettings(Optional.empty(), List.of(), Optional.empty(), null),
              Instant.EPOCH);
      streams.add(stream);
      streams.tell(
          stream,
          new SecurityEvent(
              "event",
              "acme",
              EventTypes.VERIFICATION,
              Subjects.opaque("stream"),
              JsonObject.builder().build(),
              now.get()));
      for (int second = 0; second <= SECONDS_AWAY; second++) {
        sender.wake();
        awaitAsked(second + 1);
        if (second < SECONDS_AWAY) {
          awaitFailures(streams, second + 1);
          assertThat(streams.deliveries().ready(stream, 10)).isEmpty();
        }
        now.updateAndGet(at -> at.plusSeconds(1));
      }
      for (int i = 0; i < 500 && streams.deliveries().ready(stream, 10).isEmpty(); i++) {
        Thread.sleep(10);
      }
      assertThat(streams.deliveries().ready(stream, 10)).containsOnlyKeys("j1");
    }
  }

  private String signed() throws IOException {
    if (asked.incrementAndGet() <= SECONDS_AWAY) {
      throw new IOException("no key is active");
    }
    return encoded("{\"alg\":\"ES256\",\"kid\":\"k\",\"typ\":\"secevent+jwt\"}")
        + "."
        + encoded("{\"jti\":\"j1\"}")
        + "."
        + "A".repeat(86);
  }

  private static String encoded(String json) {
    return Base64Url.encode(json.getBytes(StandardCharsets.UTF_8));
  }

  private void awaitAsked(int times) throws InterruptedException {
    for (int i = 0; i < 500 && asked.get() < times; i++) {
      Thread.sleep(10);
    }
    assertThat(asked.get()).isEqualTo(times);
  }

  private static void awaitFailures(Streams streams, int times) throws InterruptedException {
    for (int i = 0; i < 500 && streams.deliveries().failures("stream") < times; i++) {
      Thread.sleep(10);
    }
  }
}
