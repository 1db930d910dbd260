package dev.counterfoil.authority.connect;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.counterfoil.format.bytes.FormatException;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Claims that are asked for singly (OpenID Connect Core 5.5). */
class ClaimsRequestTest {
  private static ClaimsRequest parse(String text) throws FormatException {
    return ClaimsRequest.parse(text.replace('\'', '"'));
  }

  private static Set<String> set(String words) {
    return words.isEmpty() ? Set.of() : Set.of(words.split(" ", -1));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      emptyValue = "",
      value = {
        // claims | scopes | in the ID token | sub | acr
        "{} | '' | '' | '' | ''",
        "{'userinfo':{'name':null}} | profile | '' | '' | ''",
        "{'userinfo':{'email':{'essential':true},'name':null}} | email profile | '' | '' | ''",
        "{'id_token':{'email':{'essential':true}}} | email | email | '' | ''",
        "{'userinfo':{'height':{'essential':true}},'x':{'name':null}} | '' | '' | '' | ''",
        "{'id_token':{'sub':{'value':'alice'}}} | '' | '' | alice | ''",
        "{'id_token':{'acr':{'essential':true,'values':['phr','mfa']}}} | '' | '' | '' | phr mfa",
        "{'id_token':{'acr':{'essential':true,'value':'phr'}}} | '' | '' | '' | phr",
        "{'id_token':{'acr':{'values':['phr']}}} | '' | '' | '' | ''",
        "{'id_token':{'acr':{'essential':true}}} | '' | '' | '' | ''",
        "{'id_token':{'auth_time':{'essential':true}}} | '' | '' | '' | ''",
      })
  void whatIsAsked(String claims, String scopes, String idToken, String sub, String acr)
      throws Exception {
    ClaimsRequest read = parse(claims);
    assertThat(read.scopes()).isEqualTo(set(scopes));
    assertThat(read.idToken()).isEqualTo(set(idToken));
    assertThat(read.subject().orElse("")).isEqualTo(sub);
    assertThat(read.acr()).isEqualTo(set(acr));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "no",
        "[]",
        "{'id_token':'x'}",
        "{'id_token':{'acr':{'essential':'yes'}}}",
        "{'id_token':{'sub':{'values':['a','b']}}}",
        "{'userinfo':{'name':null,'name':null}}",
      })
  void whatIsNone(String claims) {
    assertThatThrownBy(() -> parse(claims)).isInstanceOf(FormatException.class);
  }

  @Test
  void itHasALimit() {
    assertThatThrownBy(() -> parse("{'x':'" + "y".repeat(2_048) + "'}"))
        .isInstanceOf(FormatException.class);
  }

  @ParameterizedTest
  @CsvSource({
    "pwd, '', true",
    "pwd, pwd, true",
    "phr, pwd, true",
    "mfa, 'phr mfa', true",
    "phr, mfa, true",
    "pwd, mfa, false",
    "mfa, phr, false",
    "other, other, true",
    "other, pwd, false",
    "phr, other, false",
  })
  void howWellIsWellEnough(String acr, String asked, boolean isEnough) {
    assertThat(AuthenticationLevels.meets(acr, set(asked))).isEqualTo(isEnough);
  }
}
