package dev.counterfoil.authority.peers;

import dev.counterfoil.authority.http.FormRequests;
import dev.counterfoil.authority.http.RequestRefusedException;
import dev.counterfoil.signin.SignIn;
import io.helidon.http.Method;
import io.helidon.webserver.http.Filter;
import io.helidon.webserver.http.FilterChain;
import io.helidon.webserver.http.RoutingRequest;
import io.helidon.webserver.http.RoutingResponse;
import java.util.List;
import java.util.Optional;

/**
 * Which authority a browser belongs to: the one at which it began. Its session is there, with the
 * challenges that it was given, and what it is allowing. Another authority passes its requests on.
 */
public final class BrowserHomes implements Filter {
  private static final List<String> PLACES =
      List.of("/authorize", "/sign-in", "/account", "/enrol", "/logout");

  private final Peers peers;
  private final SignIn signIn;
  private final String base;

  /**
   * @param base the issuer's path
   */
  public BrowserHomes(Peers peers, SignIn signIn, String base) {
    this.peers = peers;
    this.signIn = signIn;
    this.base = base;
  }

  @Override
  public void filter(FilterChain chain, RoutingRequest request, RoutingResponse response) {
    if (!isOfBrowsers(request.prologue().uriPath().path()) || Peers.isFromPeer(request)) {
      chain.proceed();
      return;
    }
    boolean hasSession = signIn.hasSessionCookie(request);
    Optional<Integer> named = signIn.home(request);
    // A session without a home is of the authority that was there alone.
    int home = named.orElse(hasSession ? 1 : peers.own());
    if (home != peers.own() && peers.has(home)) {
      byte[] body;
      try {
        body = FormRequests.body(request);
      } catch (RequestRefusedException e) {
        signIn.unreadable(request, response, e.error().code().status());
        return;
      }
      try {
        peers.pass(home, request, response, body);
        return;
      } catch (RequestRefusedException e) {
        // What was sent is read already, and cannot be answered here.
        if (hasSession || !request.prologue().method().equals(Method.GET)) {
          signIn.homeAway(request, response);
          return;
        }
        // Nothing of this browser is there: it begins again here.
      }
    }
    if (!named.equals(Optional.of(peers.own()))) {
      signIn.setHome(response, peers.own());
    }
    chain.proceed();
  }

  private boolean isOfBrowsers(String path) {
    return path.startsWith(base)
        && PLACES.stream()
            .anyMatch(
                place ->
                    path.startsWith(base + place)
                        && (path.length() == base.length() + place.length()
                            || path.charAt(base.length() + place.length()) == '/'));
  }
}
