package dev.counterfoil.http.listener;

import io.helidon.http.HeaderName;
import io.helidon.http.HeaderNames;
import io.helidon.webserver.http.HttpRouting;
import io.helidon.webserver.http.ServerRequest;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * Where a request came from. {@code X-Forwarded-For} counts only as far as configured proxies wrote
 * it: from the right, the first address that is no proxy of ours.
 */
public final class ClientAddress {
  /** Most proxies. */
  public static final int PROXIES_MAX = 64;

  private static final HeaderName FORWARDED_FOR = HeaderNames.X_FORWARDED_FOR;
  private static final int ADDRESS_MAX = 64;
  private static final String UNKNOWN = "unknown";
  private static final Pattern IPV4 = Pattern.compile("[0-9]{1,3}(\\.[0-9]{1,3}){3}");
  private static final Pattern IPV6 = Pattern.compile("[0-9A-Fa-f:.]+");

  private final Set<InetAddress> proxies;

  /**
   * Trusts proxies.
   *
   * @param proxies addresses of proxies whose word counts
   * @throws IllegalArgumentException naming the one that is none
   */
  public ClientAddress(List<String> proxies) {
    if (proxies.size() > PROXIES_MAX) {
      throw new IllegalArgumentException("trusted-proxies has at most " + PROXIES_MAX + " entries");
    }
    this.proxies =
        proxies.stream().map(ClientAddress::proxy).collect(Collectors.toUnmodifiableSet());
  }

  private static InetAddress proxy(String text) {
    try {
      return InetAddress.ofLiteral(text);
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(
          "trusted-proxies: " + text + " is no IP address, such as 10.0.0.7 or 2001:db8::7", e);
    }
  }

  boolean isProxy(InetAddress address) {
    return proxies.contains(address);
  }

  /** What a listener keeps of a request, for {@link #ofClient}. */
  private record Known(String address) {}

  /** Says for the rest of a request where it came from, as another process knows. */
  public static void keep(ServerRequest request, String address) {
    request.context().register(new Known(isAddress(address) ? address : UNKNOWN));
  }

  /** The client's address. */
  public String of(ServerRequest request) {
    Optional<Known> known = request.context().get(Known.class);
    if (known.isPresent()) {
      return known.get().address;
    }
    String peer = peer(request);
    if (peer.equals(UNKNOWN) || !isProxy(peer) || !request.headers().contains(FORWARDED_FOR)) {
      return peer;
    }
    return forwarded(peer, request.headers().get(FORWARDED_FOR).allValues());
  }

  /** The client's address, as the listener's own trusted proxies say it. */
  public static String ofClient(ServerRequest request) {
    return request.context().get(Known.class).map(Known::address).orElseGet(() -> peer(request));
  }

  private static String peer(ServerRequest request) {
    return request.remotePeer().address() instanceof InetSocketAddress socket
            && socket.getAddress() != null
        ? socket.getAddress().getHostAddress()
        : UNKNOWN;
  }

  /** Keeps the client's address with each request. */
  void register(HttpRouting.Builder routing) {
    if (!proxies.isEmpty()) {
      routing.addFilter(
          (chain, request, response) -> {
            request.context().register(new Known(of(request)));
            chain.proceed();
          });
    }
  }

  /** The first address from the right that is no proxy of ours; the last one taken otherwise. */
  String forwarded(String peer, List<String> headers) {
    String address = peer;
    String[] hops = String.join(",", headers).split(",", -1);
    for (int i = hops.length - 1; i >= 0 && isProxy(address); i--) {
      String hop = hops[i].strip();
      if (!isAddress(hop)) {
        return address;
      }
      address = hop;
    }
    return address;
  }

  private boolean isProxy(String address) {
    return proxies.contains(InetAddress.ofLiteral(address));
  }

  /** Nothing is resolved: it goes into records as what the proxy said. */
  private static boolean isAddress(String hop) {
    if (hop.length() > ADDRESS_MAX || !(hop.contains(":") ? IPV6 : IPV4).matcher(hop).matches()) {
      return false;
    }
    try {
      InetAddress.ofLiteral(hop);
      return true;
    } catch (IllegalArgumentException e) {
      return false;
    }
  }
}
