package dev.counterfoil.format.token;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.counterfoil.format.bytes.Base64Url;
import dev.counterfoil.format.bytes.FormatException;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

/** How much of a token is read: what is made up costs no more than what was issued. */
class CompactTokenTest {
  private static final String HEADER = "{\"alg\":\"ES256\",\"kid\":\"k\",\"typ\":\"at+jwt\"}";

  private static String token(String header, String claims) {
    return encoded(header) + "." + encoded(claims) + ".AA";
  }

  private static String encoded(String json) {
    return Base64Url.encode(json.getBytes(StandardCharsets.UTF_8));
  }

  /** An array and its elements, so many values in all. */
  private static String values(int count) {
    return "{\"d\":[" + "0,".repeat(count - 2) + "0]}";
  }

  @Test
  void aTokenHasSoManyClaimsAndElements() throws Exception {
    String most = token(HEADER, values(CompactToken.VALUES_MAX));
    assertThat(CompactToken.parse(most).claims().has("d")).isTrue();
    String more = token(HEADER, values(CompactToken.VALUES_MAX + 1));
    assertThatThrownBy(() -> CompactToken.parse(more)).isInstanceOf(FormatException.class);
    assertThat(CompactToken.parseForeign(more).claims().has("d"))
        .as("another issuer may list groups")
        .isTrue();
    String foreign = token(HEADER, values(CompactToken.FOREIGN_VALUES_MAX + 1));
    assertThatThrownBy(() -> CompactToken.parseForeign(foreign))
        .isInstanceOf(FormatException.class)
        .hasMessageContaining("values");
  }

  @Test
  void aReaderKnowsTheKeyOfTheHeaderThatItReadLast() throws Exception {
    CompactToken.Reader reader = new CompactToken.Reader();
    String token = token(HEADER, "{}");
    assertThat(reader.knownKid(token)).isNull();
    reader.parse(token);
    assertThat(reader.knownKid(token(HEADER, "{\"a\":1}"))).isEqualTo("k");
    assertThat(reader.knownKid(encoded(HEADER) + "A.e30.AA")).as("it goes on").isNull();
    assertThat(reader.knownKid(encoded(HEADER))).as("no payload").isNull();
    reader.parse(token(HEADER.replace("\"k\"", "\"l\""), "{}"));
    assertThat(reader.knownKid(token)).as("no longer the last").isNull();
  }

  @Test
  void aHeaderIsNotReadWholeToBeRefused() throws Exception {
    String long16 = HEADER.replace("}", ",\"d\":[" + "0,".repeat(11) + "0]}");
    assertThatThrownBy(() -> CompactToken.parse(token(long16, "{}")))
        .as("read whole, and refused for a member that no header has")
        .isInstanceOf(FormatException.class)
        .hasMessageNotContaining("values");
    String longer = HEADER.replace("}", ",\"d\":[" + "0,".repeat(12) + "0]}");
    assertThatThrownBy(() -> CompactToken.parse(token(longer, "{}")))
        .isInstanceOf(FormatException.class)
        .hasMessageContaining("values");
    assertThatThrownBy(() -> CompactToken.parseForeign(token(longer, "{}")))
        .isInstanceOf(FormatException.class)
        .hasMessageContaining("values");
  }
}
