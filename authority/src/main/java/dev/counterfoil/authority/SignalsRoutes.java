package dev.counterfoil.authority;

import dev.counterfoil.auditclient.Operation;
import dev.counterfoil.auditclient.RouteAudit;
import dev.counterfoil.authority.auditing.AuthorityAudit;
import dev.counterfoil.authority.http.Endpoint;
import dev.counterfoil.authority.http.HttpAnswers;
import dev.counterfoil.authority.http.OAuthError;
import dev.counterfoil.authority.http.RequestRefusedException;
import dev.counterfoil.authority.keys.PublishedKeys;
import dev.counterfoil.authority.logs.IssuedTokens;
import dev.counterfoil.authority.signals.EventTokens;
import dev.counterfoil.authority.signals.SignalsEndpoint;
import dev.counterfoil.authority.signals.SignalsMetadata;
import dev.counterfoil.authority.signals.SignalsReceiver;
import dev.counterfoil.format.keylog.KeySet;
import dev.counterfoil.format.keys.KeyStatement;
import dev.counterfoil.http.listener.ClientAddress;
import io.helidon.http.Method;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.security.SecureRandom;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Where Shared Signals lie. Nothing is there while no key signs security events. */
record SignalsRoutes(Served served, SignalsEndpoint endpoint, InstantSource clock) {
  private static final List<Method> OF_STREAM =
      List.of(Method.GET, Method.POST, Method.PATCH, Method.PUT, Method.DELETE);

  static Optional<SignalsRoutes> of(
      Served served,
      IssuedTokens tokens,
      ClientAddress addresses,
      SecureRandom random,
      InstantSource clock) {
    return served
        .signals()
        .map(
            signals ->
                new SignalsRoutes(
                    served,
                    new SignalsEndpoint(
                        signals,
                        served.domain().issuer(),
                        tokens,
                        addresses,
                        served.waiting().polls(),
                        // Within the time after which the listener ends a connection as idle.
                        served.domain().readTimeout().dividedBy(2),
                        served.audit(),
                        random,
                        clock),
                    clock));
  }

  List<DomainRoutes.Place> places(ClientAddress addresses) {
    List<DomainRoutes.Place> all = new ArrayList<>(ofStreams(addresses));
    served.receivers().stream()
        .filter(one -> one.upstream().signalsPoll().isEmpty())
        .forEach(one -> all.add(receiving(one, addresses)));
    return all;
  }

  /** Where a provider at which people sign in posts its events. */
  private DomainRoutes.Place receiving(SignalsReceiver receiver, ClientAddress addresses) {
    return new DomainRoutes.Place(
        Method.POST,
        SignalsReceiver.PREFIX + receiver.upstream().name(),
        "signals",
        RouteAudit.events(Operation.SIGNAL_RECEIVE),
        served.audit().audited(Operation.SIGNAL_RECEIVE, addresses, receiver::take));
  }

  private List<DomainRoutes.Place> ofStreams(ClientAddress addresses) {
    RouteAudit changes =
        RouteAudit.events(Operation.SIGNAL_STREAM_CHANGE, Operation.SIGNAL_STREAM_READ);
    return List.of(
        new DomainRoutes.Place(
            Method.GET,
            SignalsMetadata.PATH,
            "metadata",
            RouteAudit.none("public, for everybody"),
            this::metadata),
        place(OF_STREAM, SignalsMetadata.STREAM, changes, addresses, endpoint::stream),
        place(
            List.of(Method.GET, Method.POST),
            SignalsMetadata.STATUS,
            changes,
            addresses,
            endpoint::status),
        place(
            List.of(Method.POST),
            SignalsMetadata.ADD_SUBJECT,
            changes,
            addresses,
            endpoint::addSubject),
        place(
            List.of(Method.POST),
            SignalsMetadata.REMOVE_SUBJECT,
            changes,
            addresses,
            endpoint::removeSubject),
        place(
            List.of(Method.POST),
            SignalsMetadata.VERIFICATION,
            changes,
            addresses,
            endpoint::verify),
        // Each event that is fetched is a token, which its signer recorded.
        place(
            List.of(Method.POST),
            SignalsMetadata.POLL,
            RouteAudit.events(Operation.TOKEN_ISSUE, Operation.SIGNAL_STREAM_CHANGE),
            addresses,
            endpoint::poll));
  }

  private DomainRoutes.Place place(
      List<Method> methods,
      String path,
      RouteAudit audit,
      ClientAddress addresses,
      AuthorityAudit.Action action) {
    Endpoint.Action audited =
        served.audit().audited(Operation.SIGNAL_STREAM_CHANGE, addresses, action);
    return new DomainRoutes.Place(
        methods,
        path,
        "signals",
        audit,
        (request, response) -> {
          var _ = key();
          audited.answer(request, response);
        });
  }

  void metadata(ServerRequest request, ServerResponse response)
      throws RequestRefusedException, InterruptedException {
    HttpAnswers.json(
        response,
        SignalsMetadata.of(
            served.domain(),
            key().publication() == KeyStatement.Publication.ORDINARY
                ? DomainRoutes.JWKS
                : DomainRoutes.SIGNATURE_ONLY_JWKS));
  }

  /** One that signs events now. */
  private KeyStatement key() throws RequestRefusedException, InterruptedException {
    Optional<KeySet> keys = served.published().current().map(PublishedKeys.Published::set);
    return Readiness.signing(keys, EventTokens.TYPE, clock.instant())
        .orElseThrow(
            () ->
                new RequestRefusedException(
                    OAuthError.of(
                        OAuthError.Code.NOT_FOUND,
                        "no key signs security events: see docs/integrate/shared-signals.md")));
  }
}
