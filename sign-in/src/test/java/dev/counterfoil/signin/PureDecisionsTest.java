package dev.counterfoil.signin;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.counterfoil.http.answers.BrowserForm;
import dev.counterfoil.http.answers.Browsers;
import dev.counterfoil.http.answers.RefusedRequestException;
import dev.counterfoil.signin.browser.BrowserWords;
import dev.counterfoil.signin.browser.Cookies;
import dev.counterfoil.signin.browser.FormAction;
import dev.counterfoil.signin.passkeys.Passkeys;
import dev.counterfoil.signin.passwords.PasswordLimits;
import java.net.URI;
import java.security.SecureRandom;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class PureDecisionsTest {
  @ParameterizedTest
  @ValueSource(
      strings = {
        "/",
        "/account",
        "/authorize?request=abc&redirect_uri=https%3A%2F%2Fapp.example%2Fcb&state=a+b",
        "/acme/authorize?x=/y//z"
      })
  void aBrowserReturnsHere(String to) {
    assertThat(SignInStep.isReturn(to)).isTrue();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "account",
        "//evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "https://evil.example/",
        "/account\r\nSet-Cookie: a=b",
        "/account#//evil.example",
        "/?\t//evil.example",
        "/\u0000",
        "/ü",
        "javascript:alert(1)",
        "/?//evil.example"
      })
  void aBrowserReturnsNowhereElse(String to) {
    assertThat(SignInStep.isReturn(to)).isFalse();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '"',
      value = {
        "https://app.example/cb | 'self'",
        "https://APP.example:8443/cb?a=b | 'self'",
        "http://127.0.0.1:5123/cb | 'self'",
        "http://[::1]:5123/cb | 'self'",
        "com.example.app:/cb | 'self' com.example.app:",
        "https://user@app.example/ | 'self'",
      })
  void formsLeadHereAndToProgramsOfTheMachine(String redirect, String sources) {
    assertThat(FormAction.leadingTo(URI.create(redirect))).contains(sources);
    String encoded = redirect.replace(":", "%3A").replace("/", "%2F").replace("?", "%3F");
    assertThat(FormAction.of("/authorize?a=b&redirect_uri=" + encoded)).contains(sources);
  }

  @Test
  void aRedirectAddsNoOtherDirective() {
    assertThat(FormAction.of("/authorize?redirect_uri=https%3A%2F%2Fa%3B%20script-src%20%2A"))
        .isEqualTo(FormAction.HERE);
    assertThat(FormAction.of("/authorize?request=1")).isEmpty();
  }

  @Test
  void issuersOfOneHostHaveCookiesOfTheirOwn() {
    List<String> names =
        Stream.of("", ":8443", "/8443", "/a", "/a/b", "/a-b", "/a.b", ":8443/a")
            .map(place -> new Cookies(URI.create("https://a.example" + place), new SecureRandom()))
            .map(Cookies::sessionName)
            .toList();
    assertThat(names)
        .doesNotHaveDuplicates()
        .allMatch(name -> name.matches("__Host-counterfoil[A-Za-z0-9.-]*-session"));
  }

  @ParameterizedTest
  @CsvSource({
    "https://login.acme.example/main, https://login.acme.example",
    "HTTPS://Login.Acme.Example:443, https://login.acme.example",
    "https://login.acme.example:80, https://login.acme.example:80",
    "http://localhost:80, http://localhost",
    "http://localhost:8480, http://localhost:8480",
  })
  void anOriginIsAsBrowsersSendIt(String issuer, String origin) {
    assertThat(Browsers.origin(URI.create(issuer))).isEqualTo(origin);
  }

  @ParameterizedTest
  @CsvSource({
    "https://login.acme.example, true",
    "HTTPS://login.acme.example, true",
    "http://localhost:8480, true",
    "http://a.localhost:8480, true",
    "http://login.acme.example, false",
    "http://127.0.0.1:8480, false",
    "https://127.0.0.1, false",
    "https://[::1], false"
  })
  void anAddressHasNoPasskeys(String issuer, boolean can) {
    assertThat(Passkeys.canHave(URI.create(issuer))).isEqualTo(can);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "Mozilla/5.0 (X11; Linux x86_64; rv:130.0) Gecko/20100101 Firefox/130.0 | Firefox · Linux",
        "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Version/18 Safari/604 | Safari · iPhone",
        "Mozilla/5.0 (Windows NT 10.0) Chrome/130.0 Safari/537.36 Edg/130.0 | Edge · Windows",
        "curl/8.1 | Browser",
      })
  void peopleKnowTheirBrowsers(String agent, String words) {
    assertThat(BrowserWords.of(agent)).isEqualTo(words);
  }

  @Test
  void aNetworkOfIpv6IsOneAddress() {
    assertThat(PasswordLimits.network("2001:db8:1:2:3::4"))
        .isEqualTo(PasswordLimits.network("2001:db8:1:2::9"))
        .isNotEqualTo(PasswordLimits.network("2001:db8:1:3::9"));
    assertThat(PasswordLimits.network("192.0.2.7")).isEqualTo("192.0.2.7");
    assertThat(PasswordLimits.network("unknown")).isEqualTo("unknown");
  }

  @Test
  void aFormIsReadStrictly() throws Exception {
    BrowserForm form = BrowserForm.parse("a=b%20c&d=&e=%C3%BC+x");
    assertThat(form.field("a")).isEqualTo("b c");
    assertThat(form.field("d")).isEmpty();
    assertThat(form.field("e")).isEqualTo("ü x");
    assertThat(form.field("f")).isEmpty();
    for (String bad : new String[] {"a=1&a=2", "a=%", "a=%zz", "a&".repeat(40)}) {
      assertThatThrownBy(() -> BrowserForm.parse(bad))
          .as(bad)
          .isInstanceOf(RefusedRequestException.class);
    }
    assertThat(Optional.of(BrowserForm.parse("").field("a"))).contains("");
  }
}
