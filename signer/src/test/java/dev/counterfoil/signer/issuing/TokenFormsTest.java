package dev.counterfoil.signer.issuing;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterfoil.format.bytes.StrictJson;
import dev.counterfoil.format.keys.GroupHandle;
import dev.counterfoil.signerprotocol.IssueRequest;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A logout token is nothing else, and nothing else is a logout token. */
class TokenFormsTest {
  private static final String LOGOUT =
      "{'sid':'s','events':{'http://schemas.openid.net/event/backchannel-logout':{}}}";

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "logout+jwt | " + LOGOUT + " | app | | 120 | good",
        "logout+jwt | {'events':{'http://schemas.openid.net/event/backchannel-logout':{}}}"
            + " | app | | 120 | good",
        "JWT | {'nonce':'n','sid':'s'} | app | | 900 | good",
        "JWT | | app | | 900 | good",
        "secevent+jwt | {'events':{'https://e.example':{}}} | app | | 900 | good",
        "userinfo+jwt | {'name':'Alice','email':'a@b.example'} | app | | 60 | good",
        "userinfo+jwt | {'nonce':'n'} | app | | 60 | bad",
        "userinfo+jwt | {'at_hash':'h'} | app | | 60 | bad",
        "userinfo+jwt | {'name':'Alice'} | app | | 900 | bad",
        "userinfo+jwt | {'name':'Alice'} | app | openid | 60 | bad",
        "logout+jwt | | app | | 120 | bad",
        "logout+jwt | {'sid':'s'} | app | | 120 | bad",
        "logout+jwt | {'events':{}} | app | | 120 | bad",
        "logout+jwt | {'events':'x'} | app | | 120 | bad",
        "logout+jwt | {'events':{'http://schemas.openid.net/event/backchannel-logout':{'a':1}}}"
            + " | app | | 120 | bad",
        "logout+jwt | {'nonce':'n','events':"
            + "{'http://schemas.openid.net/event/backchannel-logout':{}}} | app | | 120 | bad",
        "logout+jwt | {'at_hash':'h','events':"
            + "{'http://schemas.openid.net/event/backchannel-logout':{}}} | app | | 120 | bad",
        "logout+jwt | " + LOGOUT + " | app other | | 120 | bad",
        "logout+jwt | " + LOGOUT + " | app | openid | 120 | bad",
        "logout+jwt | " + LOGOUT + " | app | | 121 | bad",
        "JWT | " + LOGOUT + " | app | | 120 | bad",
        "at+jwt | " + LOGOUT + " | app | | 120 | bad",
        "userinfo+jwt | " + LOGOUT + " | app | | 120 | bad",
      })
  void aLogoutTokenPassesForNothingElse(
      String type,
      @Nullable String more,
      String audiences,
      @Nullable String scope,
      int life,
      String verdict)
      throws Exception {
    assertThat(TokenForms.objection(request(type, more, audiences, scope, life, null, null)))
        .matches(objection -> objection.isEmpty() == verdict.equals("good"));
  }

  @ParameterizedTest
  @CsvSource({"true, false", "false, true"})
  void itIsBoundToNothingAndInNoGroup(boolean isBound, boolean isInGroup) throws Exception {
    assertThat(
            TokenForms.objection(
                request(
                    "logout+jwt",
                    LOGOUT,
                    "app",
                    null,
                    120,
                    isBound ? "thumbprint" : null,
                    isInGroup ? GroupHandle.of(new byte[GroupHandle.BYTES]) : null)))
        .isPresent();
  }

  private static IssueRequest request(
      String type,
      @Nullable String more,
      String audiences,
      @Nullable String scope,
      int life,
      @Nullable String confirmation,
      @Nullable GroupHandle group)
      throws Exception {
    return new IssueRequest(
        type,
        "acme",
        "alice",
        "app",
        List.of(audiences.split(" ", -1)),
        scope == null ? "" : scope,
        life,
        confirmation,
        more == null
            ? null
            : StrictJson.object(more.replace('\'', '"').getBytes(StandardCharsets.UTF_8), 4096),
        new IssueRequest.Ground("session_end", "n"),
        "local",
        0,
        null,
        group);
  }
}
