package dev.counterfoil.http.listener;

import io.helidon.http.HeaderName;
import io.helidon.http.HeaderNames;
import io.helidon.webserver.http.ServerRequest;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.List;
import java.util.regex.Pattern;

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

  private static final Pattern IPV4 = Pattern.compile("[0-9]{1,3}(\\.[0-9]{1,3}){3}");
  private static final Pattern IPV6 = Pattern.compile("[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*");
  private static final Pattern LENGTH = Pattern.compile("[0-9]{1,3}");

  private final List<Range> ranges;

  private Watchers(List<Range> ranges) {
    this.ranges = ranges;
  }

  /** The addresses whose first bits are those of another. */
  private record Range(InetAddress network, int bits) {
    static Range parse(String text) {
      int slash = text.indexOf('/');
      String address = slash < 0 ? text : text.substring(0, slash);
      if (!IPV4.matcher(address).matches() && !IPV6.matcher(address).matches()) {
        throw none(text);
      }
      InetAddress network;
      try {
        network = InetAddress.ofLiteral(address);
      } catch (IllegalArgumentException e) {
        throw none(text);
      }
      int all = network.getAddress().length * Byte.SIZE;
      if (slash < 0) {
        return new Range(network, all);
      }
      String length = text.substring(slash + 1);
      int bits = LENGTH.matcher(length).matches() ? Integer.parseInt(length) : Integer.MAX_VALUE;
      if (bits > all) {
        throw none(text);
      }
      Range range = new Range(network, bits);
      if (range.hasBitsPastItsLength()) {
        throw new IllegalArgumentException(
            "watchers: "
                + text
                + " has bits past its length; write the first address of the range");
      }
      return range;
    }

    private static IllegalArgumentException none(String text) {
      return new IllegalArgumentException(
          "watchers: "
              + text
              + " is no IP address and no range such as 10.0.0.0/8 or 2001:db8::/32");
    }

    private boolean hasBitsPastItsLength() {
      byte[] bytes = network.getAddress();
      for (int bit = bits; bit < bytes.length * Byte.SIZE; bit++) {
        if ((bytes[bit / Byte.SIZE] & (0x80 >> bit % Byte.SIZE)) != 0) {
          return true;
        }
      }
      return false;
    }

    boolean contains(InetAddress address) {
      byte[] wanted = network.getAddress();
      byte[] given = address.getAddress();
      if (wanted.length != given.length) {
        return false;
      }
      for (int bit = 0; bit < bits; bit++) {
        int mask = 0x80 >> bit % Byte.SIZE;
        if ((wanted[bit / Byte.SIZE] & mask) != (given[bit / Byte.SIZE] & mask)) {
          return false;
        }
      }
      return true;
    }
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
    return new Watchers(ranges.stream().map(Range::parse).toList());
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
