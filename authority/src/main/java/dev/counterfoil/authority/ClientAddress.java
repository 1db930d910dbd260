package dev.counterfoil.authority;

import io.helidon.http.HeaderName;
import io.helidon.http.HeaderNames;
import io.helidon.webserver.http.ServerRequest;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Set;

/**
 * Where a request came from. {@code X-Forwarded-For} counts only as far as configured proxies wrote
 * it: from the right, the first address that is no proxy of ours.
 */
final class ClientAddress {
  private static final HeaderName FORWARDED_FOR = HeaderNames.X_FORWARDED_FOR;
  private static final int ADDRESS_MAX = 64;

  private final Set<String> proxies;

  /**
   * @param proxies addresses of proxies whose word counts
   */
  ClientAddress(List<String> proxies) {
    this.proxies = Set.copyOf(proxies);
  }

  String of(ServerRequest request) {
    String peer =
        request.remotePeer().address() instanceof InetSocketAddress socket
                && socket.getAddress() != null
            ? socket.getAddress().getHostAddress()
            : "unknown";
    if (proxies.isEmpty()
        || !proxies.contains(peer)
        || !request.headers().contains(FORWARDED_FOR)) {
      return peer;
    }
    return forwarded(peer, request.headers().get(FORWARDED_FOR).allValues());
  }

  /** The first address from the right that is no proxy of ours; the last one taken otherwise. */
  String forwarded(String peer, List<String> headers) {
    String address = peer;
    String[] hops = String.join(",", headers).split(",", -1);
    for (int i = hops.length - 1; i >= 0 && proxies.contains(address); i--) {
      String hop = hops[i].strip();
      if (!isAddress(hop)) {
        return address;
      }
      address = hop;
    }
    return address;
  }

  // Not resolved and not parsed: it goes into the record of the token as what the proxy said.
  private static boolean isAddress(String hop) {
    return !hop.isEmpty()
        && hop.length() <= ADDRESS_MAX
        && hop.chars()
            .allMatch(c -> Character.digit(c, 16) >= 0 || c == '.' || c == ':' || c == '%');
  }
}
