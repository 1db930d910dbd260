package dev.counterfoil.signals;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.bytes.StrictJson;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What comes from outside is refused or whole, and nothing else is thrown. */
class ReceivedEventFuzzTest {
  private static final Instant NOW = Instant.ofEpochSecond(1_796_083_200);

  @FuzzTest(maxDuration = "20s")
  void events(byte[] input) {
    try {
      JsonObject claims = StrictJson.object(input, 1 << 16);
      ReceivedEvent event = ReceivedEvent.of(claims, "https://idp.example", List.of("a"), NOW);
      assertThat(claims.has("exp")).isFalse();
      var _ = event.effect();
      var _ = event.account("https://idp.example");
      var _ = event.email();
    } catch (FormatException e) {
      assertThat(e.getMessage()).isNotEmpty();
    }
  }

  @FuzzTest(maxDuration = "20s")
  void subjects(byte[] input) {
    try {
      JsonObject subject = Subjects.checked(StrictJson.object(input, 1 << 16));
      assertThat(Subjects.keys(subject)).isNotEmpty();
    } catch (FormatException e) {
      assertThat(e.getMessage()).isNotEmpty();
    }
  }

  @FuzzTest(maxDuration = "20s")
  void settings(byte[] input) {
    try {
      StreamSettings settings = StreamSettings.parse(StrictJson.object(input, 1 << 16));
      assertThat(settings.changed(StrictJson.object(input, 1 << 16))).isEqualTo(settings);
    } catch (FormatException e) {
      assertThat(e.getMessage()).isNotEmpty();
    }
  }

  @FuzzTest(maxDuration = "20s")
  void polls(byte[] input) {
    try {
      assertThat(PollRequest.parse(input).acknowledged().size()).isLessThanOrEqualTo(400);
    } catch (FormatException e) {
      assertThat(e.getMessage()).isNotEmpty();
    }
  }

  @FuzzTest(maxDuration = "20s")
  void polled(byte[] input) {
    try {
      assertThat(PolledEvents.parse(input).sets().size())
          .isLessThanOrEqualTo(PolledEvents.EVENTS_MAX);
    } catch (FormatException e) {
      assertThat(e.getMessage()).isNotEmpty();
    }
  }

  /** Good inputs, so that more is looked at than what is refused at once. */
  @Test
  void goodOnesAreTaken() throws Exception {
    String event =
        "{\"iss\":\"https://idp.example\",\"aud\":\"a\",\"iat\":1796083200,\"jti\":\"j\","
            + "\"events\":{\"urn:e\":{}},\"sub_id\":{\"format\":\"opaque\",\"id\":\"x\"}}";
    events(bytes(event));
    assertThat(
            ReceivedEvent.of(
                    StrictJson.object(bytes(event), 4096), "https://idp.example", List.of("a"), NOW)
                .jti())
        .isEqualTo("j");
    subjects(bytes("{\"format\":\"complex\",\"user\":{\"format\":\"opaque\",\"id\":\"x\"}}"));
    settings(
        bytes(
            "{\"delivery\":{\"method\":\"urn:ietf:rfc:8935\",\"endpoint_url\":\"https://a.example\"},"
                + "\"events_requested\":[\"urn:e\"]}"));
    polls(bytes("{\"ack\":[\"a\"],\"setErrs\":{\"b\":{\"err\":\"c\"}},\"maxEvents\":1}"));
    byte[] answer = bytes("{\"sets\":{\"b\":\"t\",\"a\":\"t\"},\"moreAvailable\":true}");
    polled(answer);
    assertThat(PolledEvents.parse(answer).sets().keySet()).containsExactly("b", "a");
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
