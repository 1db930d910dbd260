package dev.counterfoil.signals.sending;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterfoil.directory.database.TablePlace;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.signals.EventTypes;
import dev.counterfoil.signals.SecurityEvent;
import dev.counterfoil.signals.StreamSettings;
import dev.counterfoil.signals.Subjects;
import java.net.URI;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What waits for a stream whose settings change meanwhile. */
class DeliveriesTest {
  private static final Instant NOW = Instant.parse("2026-06-01T12:00:00Z");

  @TempDir Path folder;

  @Test
  void anEventThatWasMadeReadyWhileItsStreamChangedToPushIsSent() throws Exception {
    try (Streams streams = Streams.open(new TablePlace.File(folder.resolve("s.db")), () -> NOW)) {
      StreamSettings polled = settings(Optional.empty());
      streams.add(
          new SignalStream(
              "stream",
              "client",
              "acme",
              SignalStream.Status.ENABLED,
              Optional.empty(),
              polled,
              Instant.EPOCH));
      SignalStream before = streams.ofClient("client").orElseThrow();
      streams.tell(
          before,
          new SecurityEvent(
              "event",
              "acme",
              EventTypes.VERIFICATION,
              Subjects.opaque("stream"),
              JsonObject.builder().build(),
              NOW));
      List<OutgoingEvent> unsigned = streams.deliveries().next(before, 10);
      assertThat(unsigned).hasSize(1);

      // It is signed to be polled, and the receiver polls no more by then.
      streams.change(
          before,
          settings(
              Optional.of(
                  new StreamSettings.Push(
                      URI.create("https://receiver.example"), Optional.empty()))));
      streams
          .deliveries()
          .signed(List.of(unsigned.getFirst().signed("token")), List.of("jti"), true);

      SignalStream after = streams.ofClient("client").orElseThrow();
      assertThat(streams.deliveries().next(after, 10))
          .extracting(OutgoingEvent::token)
          .containsExactly("token");
      // A receiver that polls fetches it by itself.
      assertThat(streams.deliveries().next(before, 10)).isEmpty();
      assertThat(streams.deliveries().ready(before, 10)).containsEntry("jti", "token");
    }
  }

  /**
   * Whoever tells may have read the stream before: an event that came in then would be told later.
   */
  @Test
  void whatIsToldToAStreamThatIsDisabledMeanwhileIsDropped() throws Exception {
    try (Streams streams =
        Streams.open(new TablePlace.File(folder.resolve("signals.db")), () -> NOW)) {
      streams.add(
          new SignalStream(
              "stream",
              "client",
              "acme",
              SignalStream.Status.ENABLED,
              Optional.empty(),
              settings(Optional.empty()),
              Instant.EPOCH));
      SignalStream before = streams.ofClient("client").orElseThrow();
      streams.status(before, SignalStream.Status.DISABLED, Optional.empty());
      streams.tell(before, verification("dropped"));
      streams.status(before, SignalStream.Status.ENABLED, Optional.empty());
      streams.tell(before, verification("control"));
      assertThat(streams.deliveries().next(before, 10))
          .extracting(one -> one.event().id())
          .containsExactly("control");
    }
  }

  private static SecurityEvent verification(String id) {
    return new SecurityEvent(
        id,
        "acme",
        EventTypes.VERIFICATION,
        Subjects.opaque("stream"),
        JsonObject.builder().build(),
        NOW);
  }

  private static StreamSettings settings(Optional<StreamSettings.Push> push) {
    return new StreamSettings(push, List.of(), Optional.empty(), null);
  }
}
