package dev.counterfoil.audit.names;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterfoil.format.audit.AuditEvent;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.JsonObject;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** What of an event stands where in its row; that it comes out again is in RowAssemblyTest. */
public class EventRowTest {
  public static AuditEvent received(String json) throws FormatException {
    return AuditEvent.parseReported(json.getBytes(StandardCharsets.UTF_8))
        .received("trial/mail", SampleEvents.TIME + 7);
  }

  public static String with(String members) {
    String event = SampleEvents.read("acme", 3, "box@acme.example", "s1g1.3.x").toString();
    return event.substring(0, event.length() - 1) + members + "}";
  }

  /** Members that make a usual event an unusual one. */
  public static final List<String> STRANGE =
      List.of(
          "",
          ",\"item_uids\":[\"<1@acme>\"]",
          ",\"item_uids\":[\"<1@acme>\",\"<\\\"2\\\"@acme>\"]",
          ",\"item_uids\":[]",
          ",\"item_uids\":[\"s1g1.3.x\"]",
          ",\"unmapped\":{\"again\":\"box@acme.example\",\"text\":\"0.5\",\"list\":[\"acme\",1,true,[]]}",
          ",\"unmapped\":{\"time\":5,\"sequence\":6,\"metadata\":{\"sequence\":1},\"nothing\":\"null\"}",
          ",\"\":\"x\",\"status\":\"for box@acme.example\",\"user\":{\"uid\":\"u\",\"\":[null_,{}]}"
              .replace("null_", "1"),
          ",\"resources\":[{\"name\":\"r\"},{}],\"count\":0,\"is_alert\":false,\"api\":{},\"device\":{}",
          ",\"b\":-9007199254740991,\"a\":\"\\u001b[31m\\u0000é😀\"");

  @Test
  void whatAColumnHasIsNotKeptTwice() throws Exception {
    EventRow row = EventRow.of(received(with(",\"item_uids\":[\"<1@acme>\"]")));
    assertThat(row.rest()).doesNotContain("s1g1.3.x", "<1@acme>", "\"acme", "203.0.113.7");
    EventRow later =
        EventRow.of(
            received(
                with(",\"item_uids\":[\"<9@acme>\"]")
                    .replace("\"time\":" + (SampleEvents.TIME + 3), "\"time\":9")
                    .replace("\"sequence\":3", "\"sequence\":17")));
    assertThat(later.rest()).isEqualTo(row.rest());
  }

  @Test
  void whatMayNameSomebodyStandsInWordsAlone() throws Exception {
    EventRow row =
        EventRow.of(
            received(
                with(",\"status\":\"box@acme.example is there\",\"box@acme.example\":1,"
                        + "\"actor\":{\"user\":{\"uid\":\"u-1\",\"full_name\":\"Alice\"}},"
                        + "\"http_request\":{\"user_agent\":\"X of u-1\",\"http_method\":\"GET\"}")
                    .replace("\"actor\":{\"app_uid\":\"mail-app\"},", "")));
    assertThat(row.rest())
        .doesNotContain("box@acme", "Alice", "u-1", "message of")
        .contains("GET", "Example mail");
    assertThat(row.words()).contains("is there", "Alice", "X of u-1", "message of");
  }

  /** An event of a seed, with all kinds of values. */
  public static AuditEvent any(int seed) throws FormatException {
    SplittableRandom random = new SplittableRandom(seed);
    JsonObject.Builder event = JsonObject.builder();
    JsonObject base = SampleEvents.read("acme", seed, "box@acme.example", "s1g1.3.x");
    for (String name : base.names()) {
      if (base.get(name) instanceof JsonObject object) {
        event.put(name, object);
      } else if (base.get(name) instanceof Long number) {
        event.put(name, number);
      }
    }
    event.put("item_uids", texts(random));
    event.put("unmapped", object(random, 3));
    return received(event.build().toString());
  }

  private static final List<String> WORDS =
      List.of("acme", "trial/mail", "box@acme.example", "s1g1.3.x", "", "0.5", "x\"y\\", "null");

  private static String word(SplittableRandom random) {
    return WORDS.get(random.nextInt(WORDS.size()));
  }

  private static List<String> texts(SplittableRandom random) {
    List<String> texts = new ArrayList<>();
    for (int i = random.nextInt(4); i > 0; i--) {
      texts.add(word(random));
    }
    return texts;
  }

  private static JsonObject object(SplittableRandom random, int depth) {
    JsonObject.Builder object = JsonObject.builder();
    for (int i = 0; i < random.nextInt(5); i++) {
      String name = i + word(random);
      switch (random.nextInt(depth > 0 ? 5 : 3)) {
        case 0 -> object.put(name, word(random));
        case 1 -> object.put(name, random.nextLong(-AuditEvent.NUMBER_MAX, AuditEvent.NUMBER_MAX));
        case 2 -> object.put(name, random.nextBoolean());
        case 3 -> object.put(name, object(random, depth - 1));
        default -> object.put(name, List.of(object(random, depth - 1), word(random), 5L));
      }
    }
    return object.build();
  }
}
