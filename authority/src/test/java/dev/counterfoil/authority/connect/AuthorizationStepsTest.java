package dev.counterfoil.authority.connect;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterfoil.authority.clients.Client;
import dev.counterfoil.authority.clients.ClientRegistration;
import dev.counterfoil.authority.clients.GrantType;
import dev.counterfoil.authority.clients.SignInTerms;
import dev.counterfoil.authority.connect.AuthorizationRequest.Decision;
import dev.counterfoil.authority.connect.AuthorizationSteps.Step;
import dev.counterfoil.authority.http.Form;
import dev.counterfoil.format.keys.GroupHandle;
import dev.counterfoil.signin.sessions.Session;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What comes next for a request, by table. */
class AuthorizationStepsTest {
  private static final Instant NOW = Instant.parse("2026-11-30T12:00:00.500Z");

  private static AuthorizationRequest request(String more) throws Exception {
    Client client =
        new Client(
            ClientRegistration.withoutSecret(
                "app",
                "acme",
                List.of("https://mail.example"),
                List.of("mail"),
                new SignInTerms(
                    Set.of(GrantType.AUTHORIZATION_CODE),
                    List.of("https://app.example/cb"),
                    List.of(),
                    Optional.empty(),
                    false)),
            null,
            GroupHandle.of(new byte[GroupHandle.BYTES]));
    Form form =
        Form.query(
            "client_id=app&response_type=code&scope=openid%20mail&code_challenge_method=S256"
                + "&redirect_uri=https%3A%2F%2Fapp.example%2Fcb&code_challenge="
                + "c".repeat(43)
                + more);
    Decision decision =
        AuthorizationRequest.decide(
            form, id -> Optional.of(client), List.of(), "https://login.example", false);
    assertThat(decision).isInstanceOf(Decision.Ask.class);
    return ((Decision.Ask) decision).request();
  }

  // Ages are in seconds before now: of the sign-in, and of the demand for one.
  @ParameterizedTest
  @CsvSource(
      nullValues = "-",
      textBlock =
          """
          # parameters, signed in, tenant, consented, asked, answered, hinted, next
          '',                     -,   -,     '',            -, -,     -,     sign in
          '&prompt=none',         -,   -,     '',            -, -,     -,     login_required
          '',                     600, -,     '',            -, -,     -,     sign in
          '',                     600, acme,  '',            -, -,     -,     consent
          '',                     600, acme,  'openid',      -, -,     -,     consent
          '',                     600, acme,  'openid mail', -, -,     -,     code
          '',                     600, other, 'openid mail', -, -,     -,     access_denied
          '&prompt=none',         600, acme,  'openid mail', -, -,     -,     code
          '&prompt=none',         600, acme,  'openid',      -, -,     -,     consent_required
          '&prompt=consent',      600, acme,  'openid mail', -, -,     -,     consent
          '&prompt=consent',      600, acme,  'openid mail', 5, true,  -,     code
          '',                     600, acme,  '',            5, true,  -,     code
          '',                     600, acme,  'openid mail', 5, false, -,     access_denied
          '&prompt=login',        600, acme,  'openid mail', -, -,     -,     sign in freshly
          '&prompt=login',        600, acme,  'openid mail', 5, -,     -,     sign in freshly
          '&prompt=login',        3,   acme,  'openid mail', 5, -,     -,     code
          '&prompt=login',        3,   acme,  'openid mail', -, -,     -,     sign in freshly
          '&prompt=login',        600, acme,  'openid mail', 5, true,  -,     sign in freshly
          '&prompt=select_account', 600, acme, 'openid mail', -, -,    -,     sign in freshly
          '&max_age=600',         600, acme,  'openid mail', -, -,     -,     code
          '&max_age=599',         600, acme,  'openid mail', -, -,     -,     sign in freshly
          '&max_age=0',           3,   acme,  'openid mail', -, -,     -,     sign in freshly
          '&max_age=0',           3,   acme,  'openid mail', 5, -,     -,     code
          '&max_age=1&prompt=none', 3, acme,  'openid mail', -, -,     -,     login_required
          '&acr_values=phr',      600, acme,  'openid mail', -, -,     -,     sign in freshly
          '&acr_values=phr',      3,   acme,  'openid mail', 5, -,     -,     code
          '&acr_values=phr%20pwd', 600, acme, 'openid mail', -, -,     -,     code
          '&acr_values=loa3',     600, acme,  'openid mail', -, -,     -,     code
          '&acr_values=phr&prompt=none', 600, acme, 'openid mail', -, -, -,   code
          '&claims=%7B%22id_token%22:%7B%22acr%22:%7B%22essential%22:true,%22values%22:[%22phr%22]%7D%7D%7D', 600, acme, 'openid mail', -, -, -, sign in freshly
          '&claims=%7B%22id_token%22:%7B%22acr%22:%7B%22essential%22:true,%22values%22:[%22phr%22]%7D%7D%7D', 3, acme, 'openid mail', 5, -, -, unmet_authentication_requirements
          '&prompt=none&claims=%7B%22id_token%22:%7B%22acr%22:%7B%22essential%22:true,%22value%22:%22phr%22%7D%7D%7D', 600, acme, 'openid mail', -, -, -, unmet_authentication_requirements
          '',                     600, acme,  'openid mail', -, -,     alice, code
          '',                     600, acme,  'openid mail', -, -,     bob,   sign in freshly
          '&prompt=none',         600, acme,  'openid mail', -, -,     bob,   login_required
          '',                     3,   acme,  'openid mail', 5, -,     bob,   login_required
          """)
  void whatComesNext(
      String parameters,
      @Nullable Integer signedIn,
      @Nullable String tenant,
      String consented,
      @Nullable Integer asked,
      @Nullable Boolean answered,
      @Nullable String hinted,
      String expected)
      throws Exception {
    Step step =
        AuthorizationSteps.next(
            request(parameters),
            new AuthorizationSteps.Known(
                Optional.ofNullable(signedIn)
                    .map(
                        age ->
                            new Session(
                                "s", "alice", NOW.minusSeconds(age), List.of("pwd"), "pwd")),
                Optional.ofNullable(tenant),
                consented.isEmpty()
                    ? Set.of()
                    : Set.copyOf(Arrays.asList(consented.split(" ", -1)))),
            new AuthorizationSteps.Before(
                Optional.ofNullable(asked).map(NOW::minusSeconds),
                Optional.ofNullable(answered),
                Optional.ofNullable(hinted)),
            NOW);
    assertThat(
            switch (step) {
              case Step.SignIn signIn -> signIn.freshly() ? "sign in freshly" : "sign in";
              case Step.AskConsent ask -> "consent";
              case Step.GiveCode give -> "code";
              case Step.Refuse refused -> refused.code();
            })
        .isEqualTo(expected);
  }
}
