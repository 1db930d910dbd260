package dev.counterfoil.authority.token;

import dev.counterfoil.auditclient.Operation;
import dev.counterfoil.authority.auditing.Asked;
import dev.counterfoil.authority.auditing.AuthorityAudit;
import dev.counterfoil.authority.clients.Client;
import dev.counterfoil.authority.clients.ClientAuthenticator;
import dev.counterfoil.authority.connect.PersonGrants;
import dev.counterfoil.authority.http.Form;
import dev.counterfoil.authority.http.FormRequests;
import dev.counterfoil.authority.http.OAuthError;
import dev.counterfoil.authority.http.RequestRefusedException;
import dev.counterfoil.authority.logs.IssuedTokens;
import dev.counterfoil.authority.peers.GrantHomes;
import dev.counterfoil.http.listener.ClientAddress;
import dev.counterfoil.verifier.RequestContext;
import dev.counterfoil.verifier.Verified;
import io.helidon.http.HeaderNames;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.net.URI;
import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Token revocation (RFC 7009): a client gives up a token of its own. The registrar has written it
 * down before 200 is answered; verifiers see it with their next look at the key set.
 */
public record RevocationEndpoint(
    ClientAuthenticator authenticator,
    RevocationQuota quota,
    IssuedTokens tokens,
    TokenRevocations revocations,
    @Nullable PersonGrants people,
    @Nullable GrantHomes homes,
    URI uri,
    ClientAddress addresses,
    AuthorityAudit audit)
    implements AuthorityAudit.Action {
  private static final Duration RETRY_AFTER = Duration.ofSeconds(1);

  @Override
  public void answer(ServerRequest request, ServerResponse response, Asked asked)
      throws RequestRefusedException, InterruptedException {
    Form form = FormRequests.form(request);
    if (homes != null && homes.answersRevocation(request, response, form)) {
      return;
    }
    ClientAuthenticator.Authenticated asking =
        authenticator.authenticate(FormRequests.header(request, HeaderNames.AUTHORIZATION), form);
    asked.by(asking);
    Client caller = asking.client();
    String token =
        form.value("token")
            .orElseThrow(
                () -> new RequestRefusedException(OAuthError.invalidRequest("token is missing")));
    if (!quota.take(caller.id())) {
      throw new RequestRefusedException(
          new OAuthError(
              OAuthError.Code.QUOTA,
              "the client revokes more than "
                  + RevocationQuota.PER_SECOND
                  + " tokens a second: ask again later",
              RETRY_AFTER));
    }
    if (people != null && people.giveUp(caller, token)) {
      // With the access tokens that came of it (RFC 7009 2.1).
      response.header(HeaderNames.CACHE_CONTROL, "no-store").send();
      return;
    }
    RequestContext context =
        RequestContext.of("POST", uri, addresses.of(request)).withResource(caller.id());
    Optional<Verified> verified = tokens.toRevoke(token, context);
    if (verified.isPresent()) {
      if (!verified.get().clientId().equals(Optional.of(caller.id()))) {
        // RFC 7009 2.1: refused when the token was not issued to the client that asks.
        throw new RequestRefusedException(
            OAuthError.of(
                OAuthError.Code.UNAUTHORIZED_CLIENT, "the token was issued to another client"));
      }
      asked.with(verified.get());
      revocations.revoke(
          RevocationShares.Holder.of(caller),
          verified.get().tokenId(),
          verified.get().expiresAt(),
          () -> audit.recordContainment(asked.draft(Operation.TOKEN_REVOKE)));
    } else {
      // Nothing is done, so nobody waits for it.
      audit.refused(
          asked
              .draft(Operation.TOKEN_REVOKE_REFUSE)
              .refused("inactive", "it is no token of this issuer that holds"),
          Operation.TOKEN_REVOKE_REFUSE,
          "inactive",
          asked.who());
    }
    // RFC 7009 2.2: a token that does not hold anyway is no error.
    response.header(HeaderNames.CACHE_CONTROL, "no-store").send();
  }
}
