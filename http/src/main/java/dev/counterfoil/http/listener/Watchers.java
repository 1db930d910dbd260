package dev.counterfoil.http.listener;

import io.helidon.http.HeaderName;
import io.helidon.http.HeaderNames;
import io.helidon.webserver.http.ServerRequest;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.List;

/**
 * Who may read a process's figures: this host itself, and addresses that its configuration names.
 * Figures tell how much is issued, refused and late, and to whom that matters is for an operator to
 * say.
 */
public final class Watchers {
  /** Most ranges. */
  public static final int RANGES_MAX = 64;

  /** What whoever is none of them is told. */
  public static final String REFUSAL =
      "figures are for this host and for the addresses in watchers of the configuration";

  /**
   * What proxies write into what they pass on. A request of this host's own has none of it: without
   * this look a proxy on the same host would let everybody in.
   */
  private static final List<HeaderName> PASSED_ON =
      List.of(
          HeaderNames.FORWARDED,
          HeaderNames.X_FORWARDED_FOR,
          HeaderNames.X_FORWARDED_HOST,
          HeaderNames.X_FORWARDED_PROTO,
          HeaderNames.create("X-Real-IP"),
          HeaderNames.create("Via"));

  private final List<AddressRange> ranges;

  private Watchers(List<AddressRange> ranges) {
    this.ranges = ranges;
  }

  /**
   * Reads addresses and ranges.
   *
   * @param ranges such as {@code 192.0.2.7}, {@code 10.0.0.0/8}, {@code 2001:db8::/32}
   * @throws IllegalArgumentException naming the one that is none, and what one looks like
   */
  public static Watchers of(List<String> ranges) {
    if (ranges.size() > RANGES_MAX) {
      throw new IllegalArgumentException("watchers has at most " + RANGES_MAX + " entries");
    }
    return new Watchers(ranges.stream().map(text -> AddressRange.parse("watchers", text)).toList());
  }

  /** Whether a request is this host's own, or comes from a watcher. */
  public boolean admit(ServerRequest request) {
    SocketAddress peer = request.remotePeer().address();
    boolean passedOn = PASSED_ON.stream().anyMatch(header -> request.headers().contains(header));
    return admit(peer, passedOn);
  }

  /** Whether a request comes from an address that is named. */
  public boolean isNamed(ServerRequest request) {
    return isNamed(request.remotePeer().address());
  }

  boolean admit(SocketAddress peer, boolean passedOn) {
    return isNamed(peer) || (!passedOn && isThisHost(peer));
  }

  private boolean isNamed(SocketAddress peer) {
    return peer instanceof InetSocketAddress inet
        && inet.getAddress() != null
        && ranges.stream().anyMatch(range -> range.contains(inet.getAddress()));
  }

  private static boolean isThisHost(SocketAddress peer) {
    return peer instanceof InetSocketAddress inet
        && inet.getAddress() != null
        && inet.getAddress().isLoopbackAddress();
  }
}
