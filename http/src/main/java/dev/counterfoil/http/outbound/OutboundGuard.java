package dev.counterfoil.http.outbound;

import dev.counterfoil.http.listener.AddressRange;
import java.net.InetAddress;
import java.net.URI;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Where a process may send what it sends to addresses that others registered: by https to public
 * addresses, and to this host itself where the address says so in its text. Pure.
 *
 * @param own networks of the operator's own that may be reached beside
 * @param isThisHostReached whether this host may be reached even if it is in none of those; false
 *     where clients choose the address
 */
public record OutboundGuard(List<AddressRange> own, boolean isThisHostReached) {
  /** What says in its text that it is this host. */
  private static final Set<String> LOOPBACK = Set.of("127.0.0.1", "[::1]", "localhost");

  /** IANA's special-purpose registry of IPv4 (RFC 6890), and multicast with all above it. */
  private static final List<AddressRange> NOT_PUBLIC_4 =
      ranges(
          "0.0.0.0/8",
          "10.0.0.0/8",
          "100.64.0.0/10",
          "127.0.0.0/8",
          "169.254.0.0/16",
          "172.16.0.0/12",
          "192.0.0.0/24",
          "192.0.2.0/24",
          "192.88.99.0/24",
          "192.168.0.0/16",
          "198.18.0.0/15",
          "198.51.100.0/24",
          "203.0.113.0/24",
          "224.0.0.0/3");

  /** What IANA gives out of IPv6 to be routed; anything else is special, or not given out yet. */
  private static final List<AddressRange> PUBLIC_6 = ranges("2000::/3");

  /** Of these, what leads to IPv4 addresses or nowhere. */
  private static final List<AddressRange> NOT_PUBLIC_6 =
      ranges("2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20");

  public OutboundGuard {
    own = List.copyOf(own);
  }

  /** For addresses that operators registered: this host may be reached. */
  public OutboundGuard(List<AddressRange> own) {
    this(own, true);
  }

  private static List<AddressRange> ranges(String... texts) {
    return Stream.of(texts).map(text -> AddressRange.parse("registry", text)).toList();
  }

  /**
   * Why nothing is sent to an address; empty when it may be.
   *
   * @param resolved all that its host's name stands for now
   */
  public Optional<String> objection(URI target, List<InetAddress> resolved) {
    @Nullable String host = target.getHost();
    @Nullable String scheme = target.getScheme();
    if (host == null || scheme == null || target.getRawUserInfo() != null) {
      return Optional.of("it is no address of a server");
    }
    boolean isThisHost = LOOPBACK.contains(host);
    if (!scheme.equals("https") && !(scheme.equals("http") && isThisHost)) {
      return Optional.of("it is not https");
    }
    if (resolved.isEmpty()) {
      return Optional.of("its name is not known");
    }
    for (InetAddress address : resolved) {
      boolean isOwn = own.stream().anyMatch(range -> range.contains(address));
      if (isThisHost && !isThisHostReached && !isOwn) {
        return Optional.of("this host is not in outbound-networks");
      }
      if (isThisHost ? !address.isLoopbackAddress() : !isPublic(address) && !isOwn) {
        return Optional.of("its name leads into a network that is not public");
      }
    }
    return Optional.empty();
  }

  static boolean isPublic(InetAddress address) {
    return address.getAddress().length == 4
        ? isNone(NOT_PUBLIC_4, address)
        : !isNone(PUBLIC_6, address) && isNone(NOT_PUBLIC_6, address);
  }

  private static boolean isNone(List<AddressRange> ranges, InetAddress address) {
    return ranges.stream().noneMatch(range -> range.contains(address));
  }
}
