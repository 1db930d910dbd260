package dev.counterfoil.authority.clients;

import dev.counterfoil.authority.http.BasicCredentials;
import dev.counterfoil.authority.http.Form;
import dev.counterfoil.authority.http.OAuthError;
import dev.counterfoil.authority.http.RequestRefusedException;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/** Finds out which client asks, from header and body of its request (RFC 6749 2.3). */
public final class ClientAuthenticator {
  private final ClientDirectory clients;
  private final ClientAssertions assertions;

  public ClientAuthenticator(ClientDirectory clients, ClientAssertions assertions) {
    this.clients = clients;
    this.assertions = assertions;
  }

  /**
   * Who asks, and how that was proved.
   *
   * @param client the client
   * @param method what it used
   * @param credential the name of its secret or key; empty for public clients
   * @param reference the assertion's {@code jti}; empty for secrets
   */
  public record Authenticated(
      Client client, AuthenticationMethod method, String credential, String reference) {}

  /**
   * Authenticates.
   *
   * @param authorization the Authorization header, if there is one
   */
  public Authenticated authenticate(Optional<String> authorization, Form form)
      throws RequestRefusedException, InterruptedException {
    Authenticated proved = proved(authorization, form);
    if (!clients.admits(proved.client())) {
      // Said to those alone that proved to be the client.
      throw new RequestRefusedException(OAuthError.invalidClient());
    }
    if (proved.method() != AuthenticationMethod.NONE) {
      clients.uses().used(proved.client(), proved.credential());
    }
    return proved;
  }

  /**
   * A client that acts for a person gets tokens. A public one is used by that alone: anybody can
   * send its name.
   */
  public void getsTokens(Client client) {
    if (client.method() == AuthenticationMethod.NONE) {
      clients.uses().used(client, ClientStore.ITSELF);
    }
  }

  private Authenticated proved(Optional<String> authorization, Form form)
      throws RequestRefusedException, InterruptedException {
    Optional<String> clientId = form.value("client_id");
    Optional<String> secret = form.value("client_secret");
    Optional<String> assertion = form.value("client_assertion");
    Optional<String> assertionType = form.value("client_assertion_type");
    boolean asserts = assertion.isPresent() || assertionType.isPresent();
    int methods =
        (authorization.isPresent() ? 1 : 0) + (secret.isPresent() ? 1 : 0) + (asserts ? 1 : 0);
    if (methods > 1) {
      // RFC 6749 2.3: a client must not use more than one method in a request.
      throw new RequestRefusedException(
          OAuthError.invalidRequest("more than one way of client authentication: use one"));
    }
    if (authorization.isPresent()) {
      return basic(authorization.get(), clientId);
    }
    if (asserts) {
      if (assertion.isEmpty() || !assertionType.equals(Optional.of(ClientAssertions.TYPE))) {
        throw new RequestRefusedException(
            OAuthError.invalidRequest(
                "client_assertion goes with client_assertion_type " + ClientAssertions.TYPE));
      }
      ClientAssertions.Proved proved = assertions.check(assertion.get(), clientId);
      return new Authenticated(
          proved.client(),
          AuthenticationMethod.PRIVATE_KEY_JWT,
          proved.thumbprint(),
          proved.assertionId());
    }
    if (clientId.isEmpty()) {
      throw refused();
    }
    if (secret.isEmpty()) {
      return new Authenticated(
          clients
              .find(clientId.get())
              .filter(client -> client.method() == AuthenticationMethod.NONE)
              .orElseThrow(ClientAuthenticator::refused),
          AuthenticationMethod.NONE,
          "",
          "");
    }
    return bySecret(
        clientId.get(),
        secret.get().getBytes(StandardCharsets.UTF_8),
        AuthenticationMethod.CLIENT_SECRET_POST);
  }

  private Authenticated basic(String authorization, Optional<String> clientId)
      throws RequestRefusedException {
    if (!BasicCredentials.isBasic(authorization)) {
      throw refused();
    }
    BasicCredentials credentials = BasicCredentials.parse(authorization);
    if (clientId.isPresent() && !clientId.get().equals(credentials.clientId())) {
      throw new RequestRefusedException(
          OAuthError.invalidRequest("client_id in the body is another than in the header"));
    }
    return bySecret(
        credentials.clientId(), credentials.secret(), AuthenticationMethod.CLIENT_SECRET_BASIC);
  }

  private Authenticated bySecret(String clientId, byte[] secret, AuthenticationMethod method)
      throws RequestRefusedException {
    ClientDirectory.BySecret by =
        clients.authenticate(clientId, secret).orElseThrow(ClientAuthenticator::refused);
    return new Authenticated(by.client(), method, by.credential(), "");
  }

  private static RequestRefusedException refused() {
    return new RequestRefusedException(OAuthError.invalidClient());
  }
}
