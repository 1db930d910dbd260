package dev.counterfoil.authority.settings;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterfoil.format.bytes.Base64Url;
import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.keys.TokenId;
import java.util.List;
import java.util.function.LongPredicate;
import org.junit.jupiter.api.Test;

/** For whom a token is, as far as it is known; who does not know leaves nobody's leaf out. */
class AudienceMarksTest {
  private static final String MAIL = "https://mail.example";
  private static final String CALENDAR = "https://calendar.example";

  private final AudienceMarks marks = new AudienceMarks(List.of(MAIL, CALENDAR));

  private static String token(String log, long position) {
    TokenId id = new TokenId(log, position, Hash.sha256());
    JsonObject claims = JsonObject.builder().put("jti", id.toString()).build();
    return "header." + Base64Url.encode(claims.canonicalBytes()) + ".signature";
  }

  @Test
  void aTokenIsForItsAudiencesAndNoOthers() {
    marks.issued(token("s1g1", 0), List.of(MAIL));
    marks.issued(token("s1g1", 1), List.of(CALENDAR, "https://files.example"));
    marks.issued(token("s1g1", 2), List.of("https://files.example"));
    marks.issued(token("s1g1", 3), List.of(MAIL, CALENDAR));
    LongPredicate mail = marks.of("s1g1", MAIL);
    LongPredicate calendar = marks.of("s1g1", CALENDAR);
    assertThat(List.of(mail.test(0), mail.test(1), mail.test(2), mail.test(3)))
        .containsExactly(true, false, false, true);
    assertThat(List.of(calendar.test(0), calendar.test(1), calendar.test(2), calendar.test(3)))
        .containsExactly(false, true, false, true);
    assertThat(marks.isMarked(MAIL)).isTrue();
    assertThat(marks.isMarked("https://files.example")).isFalse();
  }

  @Test
  void whatIsNotKnownMayBeAnybodys() {
    marks.issued(token("s1g1", 5), List.of(CALENDAR));
    LongPredicate mail = marks.of("s1g1", MAIL);
    assertThat(mail.test(5)).isFalse();
    assertThat(mail.test(4)).isTrue();
    assertThat(mail.test(5 + (1 << 20))).isTrue();
    assertThat(marks.of("s1g2", MAIL).test(5)).isTrue();
    // The place of an old token is taken.
    marks.issued(token("s1g1", 5 + (1 << 20)), List.of(CALENDAR));
    assertThat(mail.test(5)).isTrue();
    assertThat(mail.test(5 + (1 << 20))).isFalse();
  }

  @Test
  void noMoreLogsAreKeptThanThereMayBe() {
    for (int generation = 1; generation <= 40; generation++) {
      marks.issued(token("s1g" + generation, 7), List.of(CALENDAR));
      assertThat(marks.of("s1g" + generation, MAIL).test(7)).isFalse();
    }
  }

  @Test
  void whoNamesNoAudienceKeepsNothing() {
    AudienceMarks none = new AudienceMarks(List.of());
    none.issued("no token at all", List.of(MAIL));
    assertThat(none.isMarked(MAIL)).isFalse();
    assertThat(none.of("s1g1", MAIL).test(0)).isTrue();
  }
}
