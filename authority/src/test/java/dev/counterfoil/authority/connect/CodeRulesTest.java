package dev.counterfoil.authority.connect;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterfoil.authority.clients.Client;
import dev.counterfoil.authority.clients.ClientRegistration;
import dev.counterfoil.authority.connect.grants.Grant;
import dev.counterfoil.authority.http.Form;
import dev.counterfoil.format.keys.GroupHandle;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Whether a client that brings a code is the one that it was made for. */
class CodeRulesTest {
  /** RFC 7636, appendix B. */
  private static final String VERIFIER = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";

  private static final String CHALLENGE = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

  private static Client client(String id) throws Exception {
    return new Client(
        ClientRegistration.withSecret(id, "acme", List.of(), List.of()),
        null,
        GroupHandle.of(new byte[GroupHandle.BYTES]));
  }

  private static Grant.Allowed allowed(boolean hasChallenge, @Nullable String key) {
    return new Grant.Allowed(
        "app",
        "alice",
        "acme",
        "s",
        false,
        true,
        "mail openid",
        List.of("https://mail.example"),
        "https://app.example/cb",
        hasChallenge ? Optional.of(CHALLENGE) : Optional.empty(),
        Optional.empty(),
        Optional.ofNullable(key),
        Instant.EPOCH,
        List.of(),
        "",
        Grant.NOTHING);
  }

  @ParameterizedTest
  @CsvSource(
      nullValues = "-",
      value = {
        // client, challenge, code's key, redirect, verifier, key, taken
        "app, true, -, https://app.example/cb, good, -, true",
        "app, true, -, -, good, -, true",
        "app, true, -, https://app.example/cb, good, k, true",
        "app, true, k, https://app.example/cb, good, k, true",
        "app, true, k, https://app.example/cb, good, o, false",
        "app, true, k, https://app.example/cb, good, -, false",
        "other, true, -, https://app.example/cb, good, -, false",
        "app, true, -, https://app.example/other, good, -, false",
        "app, true, -, https://app.example/cb, bad, -, false",
        "app, true, -, https://app.example/cb, -, -, false",
        "app, false, -, https://app.example/cb, -, -, true",
        "app, false, -, https://app.example/cb, good, -, false",
        "app, false, -, -, -, -, false"
      })
  void aCodeIsForOneClientOneAddressAndOneVerifier(
      String client,
      boolean hasChallenge,
      @Nullable String codesKey,
      @Nullable String redirect,
      @Nullable String verifier,
      @Nullable String key,
      boolean expected)
      throws Exception {
    StringBuilder form = new StringBuilder("x=y");
    if (redirect != null) {
      form.append("&redirect_uri=").append(ClientAnswer.encode(redirect));
    }
    if (verifier != null) {
      form.append("&code_verifier=").append(verifier.equals("good") ? VERIFIER : "v".repeat(43));
    }
    assertThat(
            CodeRules.objection(
                    allowed(hasChallenge, codesKey),
                    client(client),
                    Form.query(form.toString()),
                    key)
                .isEmpty())
        .isEqualTo(expected);
  }

  @Test
  void aRefreshedTokenHasNoMoreThanWasAllowed() throws Exception {
    Grant.Allowed allowed = allowed(true, null);
    assertThat(CodeRules.narrowed(allowed, Form.query("x=y"))).contains("mail openid");
    assertThat(CodeRules.narrowed(allowed, Form.query("scope=mail"))).contains("mail");
    assertThat(CodeRules.narrowed(allowed, Form.query("scope=mail%20more"))).isEmpty();
    assertThat(CodeRules.narrowed(allowed, Form.query("scope=mail%20%20openid"))).isEmpty();
  }
}
