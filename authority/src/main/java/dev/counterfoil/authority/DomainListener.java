package dev.counterfoil.authority;

import dev.counterfoil.authority.http.OAuthError;
import dev.counterfoil.authority.peers.PeerListener;
import dev.counterfoil.authority.settings.AuthorityConfiguration.Domain;
import dev.counterfoil.authority.settings.PeersEntry;
import dev.counterfoil.configuration.HostPort;
import dev.counterfoil.http.answers.BrowserForm;
import dev.counterfoil.http.listener.ClientAddress;
import dev.counterfoil.http.listener.Listener;
import dev.counterfoil.http.listener.Problem;
import java.io.IOException;
import java.util.List;

/** The HTTP listener of a domain and its limits. */
final class DomainListener {
  /** Longest request line, in bytes: what a client asks of a person stands in a query. */
  static final int REQUEST_LINE_MAX = 8 * 1024;

  /** Most bytes of a request's headers. */
  static final int HEADERS_MAX = 16 * 1024;

  /** Refusals as RFC 6749 5.2 writes them. */
  private static final Problem.Form OAUTH =
      new Problem.Form("application/json", DomainListener::body);

  private DomainListener() {}

  static Listener start(Domain domain, DomainRoutes routes) {
    return Listener.start(
        settings(domain, domain.listen(), new ClientAddress(domain.trustedProxies())),
        OAUTH,
        routes.failed(),
        routes::register);
  }

  /** The same for the other authorities of the domain alone. */
  static Listener startPrivate(
      Domain domain, PeersEntry entry, PeerListener peers, DomainRoutes routes) throws IOException {
    return Listener.start(
        settings(domain, entry.listen(), new ClientAddress(List.of())),
        OAUTH,
        routes.failed(),
        routing -> {
          peers.register(routing);
          routes.register(routing);
        },
        PeerListener.tls(entry));
  }

  private static Listener.Settings settings(
      Domain domain, HostPort listen, ClientAddress addresses) {
    return new Listener.Settings(
        listen.resolve(),
        REQUEST_LINE_MAX,
        HEADERS_MAX,
        // The larger of the two: requests of clients have their own limit.
        BrowserForm.BYTES_MAX,
        false,
        domain.connectionsMax(),
        domain.readTimeout(),
        addresses);
  }

  private static byte[] body(Problem refusal) {
    return (refusal.code().equals("failed")
            ? OAuthError.of(OAuthError.Code.SERVER_ERROR, refusal.detail())
            : OAuthError.invalidRequest(refusal.detail()))
        .body();
  }
}
