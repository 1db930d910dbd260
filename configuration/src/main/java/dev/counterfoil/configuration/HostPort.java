package dev.counterfoil.configuration;

import java.net.InetSocketAddress;

/**
 * An address to listen on or to connect to, written {@code 127.0.0.1:8480} or {@code [::1]:8480}.
 * No name is looked up before the address is used.
 *
 * @param host name or address, without brackets
 * @param port 0 to 65535; 0 lets the system choose where that is allowed
 */
public record HostPort(String host, int port) {
  public HostPort {
    if (host.isEmpty() || port < 0 || port > 65535) {
      throw new IllegalArgumentException("not a host and port");
    }
  }

  /** The address with the host looked up. */
  public InetSocketAddress resolve() {
    return new InetSocketAddress(host, port);
  }

  @Override
  public String toString() {
    return (host.indexOf(':') >= 0 ? "[" + host + "]" : host) + ":" + port;
  }
}
