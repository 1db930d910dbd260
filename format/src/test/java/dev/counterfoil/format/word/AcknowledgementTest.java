package dev.counterfoil.format.word;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.bytes.StrictJson;
import dev.counterfoil.format.keylog.Samples;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** What an acknowledgement may look like. */
class AcknowledgementTest {
  private final JsonObject good = new Samples().acknowledgement().toJson();

  private static JsonObject json(String text) throws FormatException {
    return StrictJson.object(text.getBytes(StandardCharsets.UTF_8), Acknowledgement.BYTES_MAX * 8);
  }

  private void refused(String from, String to) throws Exception {
    String changed = good.toString().replace(from, to);
    assertThat(changed).as(from).isNotEqualTo(good.toString());
    assertThatThrownBy(() -> Acknowledgement.parse(json(changed)))
        .as(to)
        .isInstanceOf(FormatException.class);
  }

  @Test
  void isReadAsItWasWritten() throws Exception {
    assertThat(Acknowledgement.parse(good)).isEqualTo(new Samples().acknowledgement());
  }

  @Test
  void theExampleOfThePageIsOne() throws Exception {
    String page = Files.readString(Path.of("..", "spec", "acknowledgements.md"));
    Matcher body = Pattern.compile("\\n(\\{\"v\":1.*?\\})\\n\\nHTTP", Pattern.DOTALL).matcher(page);
    assertThat(body.find()).isTrue();
    Acknowledgement read = Acknowledgement.parse(json(body.group(1)));
    assertThat(read.services()).containsExactly("https://mail.example");
    assertThat(read.leaving()).isFalse();
  }

  @Test
  void whatIsOutOfBoundsIsRefused() throws Exception {
    refused("\"v\":1", "\"v\":2");
    refused("\"mode\":\"tiles\"", "\"mode\":\"TILES\"");
    refused("\"mode\":\"tiles\"", "\"mode\":\"trust\"");
    refused("\"instance\":\"mail-1\"", "\"instance\":\"\"");
    refused("\"instance\":\"mail-1\"", "\"instance\":\"a\\u0007\"");
    refused("\"instance\":\"mail-1\"", "\"instance\":\"" + "x".repeat(257) + "\"");
    refused("\"size\":12", "\"size\":-1");
    refused("\"counted\":11", "\"counted\":13");
    refused("\"lag_ms\":350", "\"lag_ms\":-1");
    refused("\"name\":\"s1g1\"", "\"name\":\"../s1g1\"");
    refused("\"leaving\":true", "\"leaving\":true,\"more\":1");
    refused("\"keys\":[\"", "\"keys\":[\"short\",\"");
    String log = "{\"name\":\"s1g1\",\"size\":1,\"root\":\"" + Hash.sha256().base64Url() + "\"}";
    refused(
        "\"logs\":[",
        "\"logs\":[" + String.join(",", Collections.nCopies(Acknowledgement.LOGS_MAX, log)) + ",");
    refused(
        "\"services\":[",
        "\"services\":["
            + String.join(",", Collections.nCopies(Acknowledgement.SERVICES_MAX, "\"s\""))
            + ",");
    refused(
        "\"keys\":[",
        "\"keys\":["
            + String.join(
                ",",
                Collections.nCopies(
                    Acknowledgement.KEYS_MAX, "\"" + Hash.sha256().base64Url() + "\""))
            + ",");
  }

  @Test
  void theLargestFitsIntoItsBytes() throws Exception {
    Acknowledgement one = new Samples().acknowledgement();
    // Characters that JSON writes in six bytes are control characters, which are refused; the
    // widest that are left take four.
    String widest = "\ud83d\ude80".repeat(Acknowledgement.TEXT_MAX / 2);
    Acknowledgement largest =
        new Acknowledgement(
            widest,
            widest,
            one.at(),
            Collections.nCopies(Acknowledgement.SERVICES_MAX, widest),
            one.keyLog(),
            one.counted(),
            one.lag(),
            Collections.nCopies(Acknowledgement.KEYS_MAX, one.keys().get(0)),
            one.mode(),
            Collections.nCopies(Acknowledgement.LOGS_MAX, one.logs().get(0)),
            java.util.Optional.of(java.time.Duration.ofMillis(7)),
            java.util.Optional.of(java.time.Duration.ofMillis(7)),
            true);
    byte[] bytes = largest.toJson().toString().getBytes(StandardCharsets.UTF_8);
    assertThat(bytes.length).isLessThan(Acknowledgement.BYTES_MAX);
    assertThat(Acknowledgement.parse(StrictJson.object(bytes, Acknowledgement.BYTES_MAX)))
        .isEqualTo(largest);
    assertThatThrownBy(
            () ->
                new Acknowledgement(
                    "i",
                    "d",
                    one.at(),
                    List.of(),
                    one.keyLog(),
                    one.counted(),
                    one.lag(),
                    Collections.nCopies(Acknowledgement.KEYS_MAX + 1, one.keys().get(0)),
                    one.mode(),
                    List.of(),
                    java.util.Optional.empty(),
                    java.util.Optional.empty(),
                    false))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
