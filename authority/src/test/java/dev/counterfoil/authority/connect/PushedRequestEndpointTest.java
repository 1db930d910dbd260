package dev.counterfoil.authority.connect;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.counterfoil.authority.clients.Client;
import dev.counterfoil.authority.clients.ClientRegistration;
import dev.counterfoil.authority.clients.GrantType;
import dev.counterfoil.authority.clients.SignInTerms;
import dev.counterfoil.authority.http.Form;
import dev.counterfoil.authority.http.RequestRefusedException;
import dev.counterfoil.format.keys.GroupHandle;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** What is kept of what a client pushes. */
class PushedRequestEndpointTest {
  private static final String KEY = "k".repeat(43);

  private static Client client() throws Exception {
    return new Client(
        ClientRegistration.withoutSecret(
            "app",
            "acme",
            List.of("https://mail.example"),
            List.of(),
            new SignInTerms(
                Set.of(GrantType.AUTHORIZATION_CODE),
                List.of("https://app.example/cb"),
                List.of(),
                Optional.empty(),
                false)),
        null,
        GroupHandle.of(new byte[GroupHandle.BYTES]));
  }

  private static Form wanted(String query, Optional<String> key) throws Exception {
    return PushedRequestEndpoint.wanted(client(), Form.query(query), key);
  }

  @Test
  void noCredentialIsKept() throws Exception {
    Form kept =
        wanted(
            "client_secret=s&client_assertion=a&client_assertion_type=t&scope=openid"
                + "&counterfoil_asked=1.x",
            Optional.empty());
    assertThat(kept.parameters().keySet()).containsExactly("client_id", "scope");
    assertThat(kept.value("client_id")).contains("app");
  }

  @Test
  void theKeyOfAProofBindsTheCode() throws Exception {
    assertThat(wanted("scope=openid", Optional.of(KEY)).value("dpop_jkt")).contains(KEY);
    assertThat(wanted("dpop_jkt=" + KEY, Optional.of(KEY)).value("dpop_jkt")).contains(KEY);
    assertThat(wanted("dpop_jkt=" + KEY, Optional.empty()).value("dpop_jkt")).contains(KEY);
    assertThatThrownBy(() -> wanted("dpop_jkt=" + "o".repeat(43), Optional.of(KEY)))
        .isInstanceOf(RequestRefusedException.class);
  }

  @Test
  void whatIsTooLongForABrowserIsRefused() throws Exception {
    AuthorizationEndpoint.Site site =
        new AuthorizationEndpoint.Site("https://login.example", "", List.of());
    String good =
        "response_type=code&redirect_uri=https%3A%2F%2Fapp.example%2Fcb&scope=openid"
            + "&code_challenge_method=S256&code_challenge="
            + KEY;
    assertThat(PushedRequestEndpoint.objection(client(), wanted(good, Optional.empty()), site))
        .isEmpty();
    assertThat(
            PushedRequestEndpoint.objection(
                client(), wanted(good + "&x=" + "y".repeat(3_000), Optional.empty()), site))
        .isPresent();
  }
}
