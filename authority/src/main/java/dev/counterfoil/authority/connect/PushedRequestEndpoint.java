package dev.counterfoil.authority.connect;

import dev.counterfoil.authority.auditing.Asked;
import dev.counterfoil.authority.auditing.AuthorityAudit;
import dev.counterfoil.authority.clients.Client;
import dev.counterfoil.authority.clients.ClientAuthenticator;
import dev.counterfoil.authority.clients.DpopProofs;
import dev.counterfoil.authority.connect.AuthorizationRequest.Decision;
import dev.counterfoil.authority.http.Form;
import dev.counterfoil.authority.http.FormRequests;
import dev.counterfoil.authority.http.HttpAnswers;
import dev.counterfoil.authority.http.OAuthError;
import dev.counterfoil.authority.http.RequestRefusedException;
import dev.counterfoil.authority.logs.MisplacedTokens;
import dev.counterfoil.format.bytes.JsonObject;
import io.helidon.http.HeaderNames;
import io.helidon.http.Status;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Where clients push what they ask people for (RFC 9126), so that no browser sees or changes it.
 *
 * @param misplaced looks at the ID token that stands in it
 * @param site whose requests they are
 */
public record PushedRequestEndpoint(
    ClientAuthenticator authenticator,
    DpopProofs proofs,
    PushedRequests pushed,
    MisplacedTokens misplaced,
    AuthorizationEndpoint.Site site)
    implements AuthorityAudit.Action {
  /** Where it lies. */
  public static final String PATH = "/par";

  /** What proves the client, and is kept nowhere. */
  private static final Set<String> CREDENTIALS =
      Set.of("client_id", "client_secret", "client_assertion", "client_assertion_type");

  private static final String KEY = "dpop_jkt";

  @Override
  public void answer(ServerRequest request, ServerResponse response, Asked asked)
      throws RequestRefusedException, InterruptedException {
    // 1. Who asks? As at the token endpoint.
    Form form = FormRequests.form(request);
    ClientAuthenticator.Authenticated asking =
        authenticator.authenticate(FormRequests.header(request, HeaderNames.AUTHORIZATION), form);
    asked.by(asking);
    // What is pushed may never be used.
    misplaced.inspect(request, form, "id_token_hint");
    // 2. Could a person be asked that? Nothing is kept that would be refused later.
    Form wanted = wanted(asking.client(), form, key(request, asking.client()));
    Optional<OAuthError> objection = objection(asking.client(), wanted, site);
    if (objection.isPresent()) {
      throw new RequestRefusedException(objection.get());
    }
    // 3. Kept in memory. A crash behind this leaves that the client pushes again.
    String uri = pushed.push(asking.client().id(), wanted);
    HttpAnswers.json(
        response.status(Status.CREATED_201),
        JsonObject.builder()
            .put("request_uri", uri)
            .put("expires_in", PushedRequests.LIFE.toSeconds())
            .build()
            .toString()
            .getBytes(StandardCharsets.UTF_8));
  }

  /** RFC 9449 10.1: the key of a proof here is the one that the code is bound to. */
  private Optional<String> key(ServerRequest request, Client client)
      throws RequestRefusedException {
    if (!request.headers().contains(HttpAnswers.DPOP)) {
      return Optional.empty();
    }
    List<String> values = request.headers().get(HttpAnswers.DPOP).allValues();
    if (values.size() != 1) {
      throw new RequestRefusedException(
          OAuthError.of(OAuthError.Code.INVALID_DPOP_PROOF, "header DPoP stands more than once"));
    }
    return Optional.of(proofs.check(client.id(), values.getFirst()));
  }

  /** The parameters that are kept. */
  static Form wanted(Client client, Form form, Optional<String> key)
      throws RequestRefusedException {
    Optional<String> named = form.value(KEY);
    if (key.isPresent() && named.isPresent() && !named.equals(key)) {
      throw new RequestRefusedException(
          OAuthError.invalidRequest("dpop_jkt is another key than that of the DPoP proof"));
    }
    String query = SealedRequests.query(form, CREDENTIALS);
    return Form.query(
        "client_id="
            + ClientAnswer.encode(client.id())
            + (query.isEmpty() ? "" : "&" + query)
            + (key.isPresent() && named.isEmpty() ? "&" + KEY + "=" + key.get() : ""));
  }

  /** Why what a client pushes is not kept; empty when it is. Pure. */
  static Optional<OAuthError> objection(
      Client client, Form wanted, AuthorizationEndpoint.Site site) {
    if (wanted.value("request_uri").isPresent()) {
      // RFC 9126 2.1.
      return Optional.of(OAuthError.invalidRequest("request_uri is not pushed"));
    }
    if (SealedRequests.query(wanted).length() > AuthorizationEndpoint.QUERY_MAX) {
      return Optional.of(OAuthError.invalidRequest("the request is too long"));
    }
    return switch (AuthorizationRequest.decide(
        wanted, id -> Optional.of(client), site.defaultAudiences(), site.issuer(), true)) {
      case Decision.Page page ->
          Optional.of(
              OAuthError.invalidRequest(
                  "redirect_uri, response_type, response_mode, state or nonce is missing or not"
                      + " registered: "
                      + page.sentence()));
      case Decision.Refuse refuse ->
          Optional.of(OAuthError.of(code(refuse.code()), refuse.description()));
      case Decision.Ask ask -> Optional.empty();
    };
  }

  /** Its registered code, where this server answers that at an endpoint without a browser. */
  private static OAuthError.Code code(String text) {
    for (OAuthError.Code code :
        List.of(
            OAuthError.Code.INVALID_SCOPE,
            OAuthError.Code.INVALID_TARGET,
            OAuthError.Code.UNAUTHORIZED_CLIENT)) {
      if (code.text().equals(text)) {
        return code;
      }
    }
    return OAuthError.Code.INVALID_REQUEST;
  }
}
