package dev.counterfoil.http.outbound;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.SSLSocketFactory;

/**
 * Connects to addresses that others chose. A name is resolved once, looked at, and connected to as
 * it was looked at, so that a name which changes meanwhile leads nowhere else.
 *
 * <p>An HTTP client of the JDK resolves names by itself, after a guard has looked.
 *
 * @param resolver finds the addresses of a name
 * @param tls whose certificates count
 */
public record GuardedConnections(Resolver resolver, Supplier<SSLSocketFactory> tls) {
  private static final Duration CONNECT_WITHIN = Duration.ofSeconds(3);

  /** Finds the addresses of a name. */
  @FunctionalInterface
  public interface Resolver {
    /** All of them. */
    List<InetAddress> resolve(String host) throws UnknownHostException;

    /** As this host does. */
    static Resolver ofHost() {
      return host -> List.of(InetAddress.getAllByName(host));
    }
  }

  /** By this host's names and the certificates that Java trusts. */
  public static GuardedConnections ofHost() {
    return new GuardedConnections(
        Resolver.ofHost(), () -> (SSLSocketFactory) SSLSocketFactory.getDefault());
  }

  /** Says why nothing is sent to an address; empty when it may be. */
  @FunctionalInterface
  public interface Guard {
    Optional<String> objection(URI target, List<InetAddress> resolved);
  }

  /**
   * Connects; https is encrypted when this returns.
   *
   * @throws IOException when nobody answers, or nothing may be sent there; the message says why
   */
  Socket open(URI target, Guard guard) throws IOException {
    if (target.getHost() == null
        || target.toString().chars().anyMatch(c -> c <= 0x20 || c > 0x7e)) {
      throw new IOException("nothing is sent there: it is no address of a server");
    }
    String host = unbracketed(target.getHost());
    List<InetAddress> addresses;
    try {
      addresses = resolver.resolve(host);
    } catch (UnknownHostException e) {
      addresses = List.of();
    }
    Optional<String> objection = guard.objection(target, addresses);
    if (objection.isPresent()) {
      throw new IOException("nothing is sent there: " + objection.get());
    }
    boolean isTls = "https".equalsIgnoreCase(target.getScheme());
    int port = target.getPort() > 0 ? target.getPort() : isTls ? 443 : 80;
    Socket plain = connected(addresses, port);
    if (!isTls) {
      return plain;
    }
    try {
      return secured(plain, host, port);
    } catch (IOException | RuntimeException e) {
      plain.close();
      throw e;
    }
  }

  private static String unbracketed(String host) {
    return host.startsWith("[") ? host.substring(1, host.length() - 1) : host;
  }

  private static Socket connected(List<InetAddress> addresses, int port) throws IOException {
    IOException last = new IOException("there is no address");
    for (InetAddress address : addresses) {
      Socket socket = new Socket();
      try {
        socket.connect(new InetSocketAddress(address, port), (int) CONNECT_WITHIN.toMillis());
        return socket;
      } catch (IOException e) {
        socket.close();
        last = e;
      }
    }
    throw new IOException("cannot connect: " + last.getMessage(), last);
  }

  private SSLSocket secured(Socket plain, String host, int port) throws IOException {
    SSLSocket socket = (SSLSocket) tls.get().createSocket(plain, host, port, true);
    SSLParameters parameters = socket.getSSLParameters();
    // Without this any certificate of a known authority would do (RFC 9525).
    parameters.setEndpointIdentificationAlgorithm("HTTPS");
    parameters.setProtocols(new String[] {"TLSv1.3", "TLSv1.2"});
    socket.setSSLParameters(parameters);
    socket.startHandshake();
    return socket;
  }
}
