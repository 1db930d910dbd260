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

  private static final String SET =
      "{'events':{'https://e.example':{}},'sub_id':{'format':'opaque','id':'a'},'txn':'t'}";

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "logout+jwt | " + LOGOUT + " | app | | 120 | good",
        "logout+jwt | {'events':{'http://schemas.openid.net/event/backchannel-logout':{}}}"
            + " | app | | 120 | good",
        "JWT | {'nonce':'n','sid':'s'} | app | | 900 | good",
        "JWT | | app | | 900 | good",
        "secevent+jwt | " + SET + " | app | | 900 | good",
        "secevent+jwt | {'events':{'https://e.example':{}}} | app | | 900 | bad",
        "secevent+jwt | {'sub_id':{'format':'opaque','id':'a'}} | app | | 900 | bad",
        "secevent+jwt | {'events':{'https://e.example':{},'https://f.example':{}},"
            + "'sub_id':{'format':'opaque','id':'a'}} | app | | 900 | bad",
        "secevent+jwt | {'events':{'http://schemas.openid.net/event/backchannel-logout':{}},"
            + "'sub_id':{'format':'opaque','id':'a'}} | app | | 900 | bad",
        "secevent+jwt | {'events':{'https://e.example':{}},'nonce':'n',"
            + "'sub_id':{'format':'opaque','id':'a'}} | app | | 900 | bad",
        "secevent+jwt | " + SET + " | app other | | 900 | bad",
        "secevent+jwt | " + SET + " | app | openid | 900 | bad",
        "at+jwt | " + SET + " | app | | 900 | bad",
        "JWT | " + SET + " | app | | 900 | bad",
        "at+jwt | {'sub_id':{'format':'opaque','id':'a'}} | app | | 900 | bad",
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
  @CsvSource({
    "logout+jwt, true, false",
    "logout+jwt, false, true",
    "secevent+jwt, true, false",
    "secevent+jwt, false, true"
  })
  void itIsBoundToNothingAndInNoGroup(String type, boolean isBound, boolean isInGroup)
      throws Exception {
    assertThat(
            TokenForms.objection(
                request(
                    type,
                    type.equals("logout+jwt") ? LOGOUT : SET,
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
        type.equals("secevent+jwt") ? "" : "alice",
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
