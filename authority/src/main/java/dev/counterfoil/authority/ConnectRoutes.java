package dev.counterfoil.authority;

import dev.counterfoil.auditclient.Operation;
import dev.counterfoil.auditclient.RouteAudit;
import dev.counterfoil.authority.auditing.Asked;
import dev.counterfoil.authority.clients.ClientAuthenticator;
import dev.counterfoil.authority.clients.ClientDirectory;
import dev.counterfoil.authority.clients.DpopProofs;
import dev.counterfoil.authority.clients.GroupsClaim;
import dev.counterfoil.authority.clients.IssueTimes;
import dev.counterfoil.authority.connect.AuthorizationEndpoint;
import dev.counterfoil.authority.connect.IdTokenHints;
import dev.counterfoil.authority.connect.LogoutEndpoint;
import dev.counterfoil.authority.connect.PersonGrants;
import dev.counterfoil.authority.connect.PushedRequestEndpoint;
import dev.counterfoil.authority.connect.PushedRequests;
import dev.counterfoil.authority.connect.SignedUserinfo;
import dev.counterfoil.authority.connect.UserinfoEndpoint;
import dev.counterfoil.authority.http.Endpoint;
import dev.counterfoil.authority.logs.BearerScope;
import dev.counterfoil.authority.logs.IssuedTokens;
import dev.counterfoil.authority.logs.MisplacedTokens;
import dev.counterfoil.authority.peers.SharedPushed;
import dev.counterfoil.authority.people.People;
import dev.counterfoil.authority.settings.AuthorityConfiguration.Domain;
import dev.counterfoil.http.listener.ClientAddress;
import io.helidon.http.Method;
import java.security.SecureRandom;
import java.time.InstantSource;
import java.util.List;

/** What OpenID Connect has at paths of its own, where people sign in. */
record ConnectRoutes(
    AuthorizationEndpoint authorization,
    Endpoint.Action pushed,
    LogoutEndpoint logout,
    Endpoint.Action userinfo,
    PushedRequests pushedRequests) {
  private static final List<Method> BOTH = List.of(Method.GET, Method.POST);

  static ConnectRoutes of(
      Served served,
      IssuedTokens tokens,
      ClientAuthenticator authenticator,
      IssueTimes times,
      ClientAddress addresses,
      SecureRandom random,
      InstantSource clock) {
    Domain domain = served.domain();
    People people = served.people().orElseThrow();
    PersonGrants grants = served.grants().orElseThrow();
    IdTokenHints hints = new IdTokenHints(tokens, domain.issuer(), addresses);
    PushedRequests pushed = new PushedRequests(random, clock);
    served.sharing().ifPresent(with -> pushed.sharedWith(new SharedPushed(with.peers())));
    AuthorizationEndpoint.Site site =
        new AuthorizationEndpoint.Site(
            domain.issuer().toString(), domain.path(), domain.defaultAudiences());
    return new ConnectRoutes(
        new AuthorizationEndpoint(
            served.clients(),
            people.directory(),
            people.signIn(),
            grants.grants(),
            hints,
            pushed,
            served.clients()::keyedHash,
            served.audit(),
            site,
            random,
            clock),
        served
            .audit()
            .audited(
                Operation.GRANT_REFUSE,
                addresses,
                new PushedRequestEndpoint(
                    authenticator,
                    new DpopProofs(
                        domain.url(PushedRequestEndpoint.PATH),
                        served.once().proofs(),
                        clock,
                        times),
                    pushed,
                    new MisplacedTokens(tokens, domain.url(PushedRequestEndpoint.PATH), addresses),
                    site)),
        new LogoutEndpoint(served.clients(), people.signIn(), hints),
        served
            .audit()
            .audited(
                Operation.USERINFO_READ,
                addresses,
                new UserinfoEndpoint(
                    new BearerScope(tokens, addresses, "openid"),
                    people.directory(),
                    id -> saysGroups(served.clients(), id),
                    new SignedUserinfo(
                        served.clients(), served.cosigned().signers(), served.published(), clock),
                    domain.url(UserinfoEndpoint.PATH),
                    served.audit())),
        pushed);
  }

  private static boolean saysGroups(ClientDirectory clients, String clientId) {
    return clients
        .find(clientId)
        .filter(client -> client.registration().signIn().groups() != GroupsClaim.NEVER)
        .isPresent();
  }

  List<DomainRoutes.Place> places(ClientAddress addresses) {
    RouteAudit gives = RouteAudit.events(Operation.GRANT_GIVE, Operation.GRANT_REFUSE);
    return List.of(
        new DomainRoutes.Place(
            BOTH,
            AuthorizationEndpoint.PATH,
            "authorize",
            gives,
            (request, response) ->
                authorization.ask(request, response, new Asked(addresses.of(request)))),
        new DomainRoutes.Place(
            Method.POST,
            AuthorizationEndpoint.ANSWER_PATH,
            "authorize",
            gives,
            (request, response) ->
                authorization.answered(request, response, new Asked(addresses.of(request)))),
        new DomainRoutes.Place(
            Method.POST,
            PushedRequestEndpoint.PATH,
            "par",
            RouteAudit.events(Operation.GRANT_REFUSE),
            pushed),
        new DomainRoutes.Place(
            BOTH,
            UserinfoEndpoint.PATH,
            "userinfo",
            RouteAudit.events(Operation.USERINFO_READ),
            userinfo),
        new DomainRoutes.Place(
            BOTH,
            LogoutEndpoint.PATH,
            "logout",
            RouteAudit.events(Operation.GRANT_END, Operation.PERSON_SIGN_OUT),
            logout::logOut));
  }
}
