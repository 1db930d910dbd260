package dev.counterfoil.signals;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.bytes.StrictJson;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Each rule of an event from outside, one by one. */
class ReceivedEventTest {
  private static final String ISSUER = "https://idp.example";
  private static final Instant NOW = Instant.ofEpochSecond(1_796_083_200);
  private static final String GOOD =
      "{'iss':'https://idp.example','aud':['us'],'iat':1796083200,'jti':'j','events':{"
          + "'https://schemas.openid.net/secevent/caep/event-type/session-revoked':{}},"
          + "'sub_id':{'format':'iss_sub','iss':'https://idp.example','sub':'a'}}";

  private static ReceivedEvent read(String claims) throws FormatException {
    return ReceivedEvent.of(
        StrictJson.object(claims.replace('\'', '"').getBytes(StandardCharsets.UTF_8), 4096),
        ISSUER,
        List.of("us"),
        NOW);
  }

  @Test
  void aGoodOneIsRead() throws Exception {
    ReceivedEvent event = read(GOOD);
    assertThat(event.account(ISSUER)).contains("a");
    assertThat(event.account("https://other.example")).isEmpty();
    assertThat(event.email()).isEmpty();
    assertThat(event.effect()).isEqualTo(ReceivedEvent.Effect.END_SESSIONS);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "'iss':'https://idp.example','aud' | 'iss':'https://thief.example','aud'",
        "'aud':['us'] | 'aud':['others']",
        "'aud':['us'] | 'aud':'others'",
        "'aud':['us'] | 'x':1",
        "'iat':1796083200 | 'iat':1796083200,'exp':1796083300",
        "'iat':1796083200 | 'iat':1796083200,'sub':'a'",
        "'iat':1796083200 | 'iat':1796083262",
        "'iat':1796083200 | 'iat':1795478399",
        "'iat':1796083200 | 'iat':-9223372036854775808",
        "'jti':'j' | 'jti':''",
        "session-revoked':{}} | session-revoked':{},'https://e.example':{}}",
        "session-revoked':{}} | session-revoked':1}",
        "'format':'iss_sub' | 'format':'phone_number'",
        "'sub':'a'} | 'name':'a'}",
      })
  void aRuleThatIsBrokenRefusesIt(String good, String bad) throws Exception {
    assertThat(GOOD).contains(good);
    assertThat(read(GOOD)).isNotNull();
    assertThatThrownBy(() -> read(GOOD.replace(good, bad))).isInstanceOf(FormatException.class);
  }

  @Test
  void aComplexSubjectIsAboutItsUser() throws Exception {
    ReceivedEvent event =
        read(
            GOOD.replace(
                "'sub_id':{'format':'iss_sub','iss':'https://idp.example','sub':'a'}",
                "'sub_id':{'format':'complex','user':{'format':'email','email':'a@b.example'},"
                    + "'session':{'format':'opaque','id':'s'}}"));
    assertThat(event.email()).contains("a@b.example");
    assertThat(event.account(ISSUER)).isEmpty();
  }

  @Test
  void whatMeansTheSameHasTheSameKey() {
    JsonObject one = Subjects.session("https://a", "b", "s");
    JsonObject other =
        JsonObject.builder()
            .put("session", Subjects.opaque("s"))
            .put("user", Subjects.person("https://a", "b"))
            .put("format", "complex")
            .build();
    assertThat(Subjects.key(one)).isEqualTo(Subjects.key(other));
    assertThat(Subjects.keys(one)).contains(Subjects.key(Subjects.person("https://a", "b")));
    assertThat(Subjects.key(Subjects.person("https://a", "c")))
        .isNotEqualTo(Subjects.key(Subjects.person("https://a", "b")));
  }
}
