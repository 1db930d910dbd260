package dev.counterfoil.format.bytes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class StrictJsonTest {
  private static JsonObject read(String json) throws FormatException {
    return StrictJson.object(json.getBytes(StandardCharsets.UTF_8), 10_000);
  }

  @Test
  void readsEveryKindOfValue() throws Exception {
    JsonObject json =
        read(
            "{\"s\":\"\\u00e9\\ud83d\\ude00\",\"n\":-5,\"d\":1.5,\"t\":true,\"z\":null,\"a\":[\"x\"],\"o\":{\"i\":{}}}");
    assertThat(json.string("s")).isEqualTo("\u00e9\ud83d\ude00");
    assertThat(json.number("n")).isEqualTo(-5);
    assertThat(json.get("d")).isEqualTo(1.5);
    assertThat(json.truth("t")).isTrue();
    assertThat(json.get("z")).isEqualTo(JsonObject.Null.NULL);
    assertThat(json.strings("a")).isEqualTo(List.of("x"));
    assertThat(json.object("o").object("i").names()).isEmpty();
    assertThat(read(json.toString())).isEqualTo(json);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        " ",
        "[]",
        "1",
        "null",
        "{",
        "{}{}",
        "{} x",
        "{\"a\":1,}",
        "{\"a\":1 \"b\":2}",
        "{'a':1}",
        "{a:1}",
        "{\"a\":01}",
        "{\"a\":+1}",
        "{\"a\":.5}",
        "{\"a\":5.}",
        "{\"a\":NaN}",
        "{\"a\":Infinity}",
        "{\"a\":1e999}",
        "{\"a\":-1e999}",
        "{\"a\":9223372036854775808}",
        "{\"a\":1/*c*/}",
        "{\"a\":1}//c",
        "#c\n{}",
        "{\"a\":\"\\x\"}",
        "{\"a\":\"\\ud800\"}",
        "{\"a\":\"\\udc00\"}",
        "{\"a\":\"\\ud800\\ud800\"}",
        "{\"\\ud800\":1}",
        "{\"a\":\"\t\"}",
        "{\"a\":\"\n\"}",
        "{\"a\":1,\"a\":1}",
        "{\"a\":1,\"\\u0061\":2}",
        "{\"o\":{\"a\":1,\"a\":null}}",
        "\ufeff{}",
        "{\"a\":tru}",
        "{\"a\":True}"
      })
  void refusesWhatIsNotStrict(String json) {
    assertThatThrownBy(() -> read(json)).isInstanceOf(FormatException.class);
  }

  @Test
  void hasLimits() throws Exception {
    assertThat(read("{\"a\":" + "[".repeat(15) + "]".repeat(15) + "}").has("a")).isTrue();
    assertThatThrownBy(() -> read("{\"a\":" + "[".repeat(16) + "]".repeat(16) + "}"))
        .isInstanceOf(FormatException.class);
    assertThat(read("{\"" + "n".repeat(256) + "\":1}").names()).hasSize(1);
    assertThatThrownBy(() -> read("{\"" + "n".repeat(257) + "\":1}"))
        .isInstanceOf(FormatException.class);
    assertThatThrownBy(() -> StrictJson.object("{}  ".getBytes(StandardCharsets.UTF_8), 3))
        .isInstanceOf(FormatException.class);
    String many = "{\"a\":[0" + ",0".repeat(StrictJson.VALUES_MAX) + "]}";
    assertThatThrownBy(() -> StrictJson.object(many.getBytes(StandardCharsets.UTF_8), 10_000_000))
        .isInstanceOf(FormatException.class);
  }

  @Test
  void refusesInvalidUtf8() throws Exception {
    for (byte[] bad :
        new byte[][] {
          {(byte) 0xff},
          {(byte) 0xc1, (byte) 0xa9},
          {(byte) 0xed, (byte) 0xa0, (byte) 0x80},
          {(byte) 0xc3}
        }) {
      byte[] json = "{\"a\":\"    \"}".getBytes(StandardCharsets.UTF_8);
      System.arraycopy(bad, 0, json, 6, bad.length);
      assertThatThrownBy(() -> StrictJson.object(json, 100)).isInstanceOf(FormatException.class);
    }
    assertThat(read("{\"a\":\"    \"}").string("a")).isEqualTo("    ");
  }

  @Test
  void errorsDoNotRepeatTheInput() {
    assertThatThrownBy(() -> read("{\"a\":\"secret-token\" secret-token"))
        .isInstanceOf(FormatException.class)
        .satisfies(
            e -> {
              for (Throwable t = e; t != null; t = t.getCause()) {
                assertThat(String.valueOf(t.getMessage())).doesNotContain("secret");
              }
            });
  }

  @Test
  void canonicalTextSortsByCodeUnitsAndEscapesAsRfc8785() throws Exception {
    JsonObject json =
        read(
            "{\"\u20ac\":1,\"\\r\":2,\"1\":4,\"\ud83d\ude00\":5,\"\\u0080\":6,\"\u00f6\":7,\"a\":\"\\u0000\\u001f\\\"\\\\/\\u007f\"}");
    assertThat(json.canonical())
        .isEqualTo(
            "{\"\\r\":2,\"1\":4,\"a\":\"\\u0000\\u001f\\\"\\\\/\u007f\",\"\u0080\":6,\"\u00f6\":7,\"\u20ac\":1,\"\ud83d\ude00\":5}");
    assertThat(read(json.canonical())).isEqualTo(json);
  }

  @Test
  void gettersNameTheMemberAndNeverItsValue() throws Exception {
    JsonObject json = read("{\"a\":\"hidden\"}");
    assertThatThrownBy(() -> json.number("a"))
        .hasMessageContaining("member a")
        .hasMessageNotContaining("hidden");
    assertThatThrownBy(() -> json.string("b")).hasMessageContaining("member b is missing");
    assertThat(json.string("a")).isEqualTo("hidden");
  }

  @Test
  void membersAndElementsAreCountedAtAllDepthsTogether() throws FormatException {
    byte[] four = "{\"a\":[1,{\"b\":2}]}".getBytes(StandardCharsets.UTF_8);
    assertThat(StrictJson.object(four, 100, 4).has("a")).isTrue();
    assertThatThrownBy(() -> StrictJson.object(four, 100, 3))
        .isInstanceOf(FormatException.class)
        .hasMessage("JSON has more than 3 values");
  }

  @Test
  void whatIsEscapedIsSoWhereverItCameFrom() throws FormatException {
    JsonObject bare = read("{\"a\":\"x\u007f/\",\"b\":[\"y\",{\"c\":\"z\"}]}");
    assertThat(bare.canonical()).isEqualTo("{\"a\":\"x\u007f/\",\"b\":[\"y\",{\"c\":\"z\"}]}");
    assertThat(bare.with("d\"", "\\").canonical())
        .isEqualTo("{\"a\":\"x\u007f/\",\"b\":[\"y\",{\"c\":\"z\"}],\"d\\\"\":\"\\\\\"}");
    // A character that has to be escaped stands in no text without an escape.
    for (char c = 0; c < 0x20; c++) {
      String raw = "{\"a\":\"" + c + "\"}";
      assertThatThrownBy(() -> read(raw)).isInstanceOf(FormatException.class);
      String escaped = "{\"a\":\"\\u%04x\"}".formatted((int) c);
      assertThat(read(read(escaped).canonical()).string("a")).isEqualTo(String.valueOf(c));
    }
  }
}
