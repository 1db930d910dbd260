package dev.counterfoil.http.outbound;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.SSLSocketFactory;

/**
 * Posts to addresses that others registered. A name is resolved once, looked at, and connected to
 * as it was looked at, so that a name which changes meanwhile leads nowhere else. Of the answer the
 * status is read and nothing more; a redirect is an answer like others.
 *
 * <p>An HTTP client of the JDK resolves names by itself, after the guard has looked.
 */
public final class GuardedPosts {
  private static final Duration CONNECT_WITHIN = Duration.ofSeconds(3);
  private static final int HEAD_BYTES_MAX = 16 * 1024;
  private static final Pattern STATUS = Pattern.compile("HTTP/1\\.[01] ([1-5][0-9]{2})(?: .*)?");

  private final OutboundGuard guard;
  private final Resolver resolver;
  private final Supplier<SSLSocketFactory> tls;
  private final Duration within;

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

  /**
   * Posts within limits.
   *
   * @param tls whose certificates count
   * @param within for a whole exchange, names included
   */
  public GuardedPosts(
      OutboundGuard guard, Resolver resolver, Supplier<SSLSocketFactory> tls, Duration within) {
    this.guard = guard;
    this.resolver = resolver;
    this.tls = tls;
    this.within = within;
  }

  /**
   * Posts once.
   *
   * @return the status of the answer, 200 to 599
   * @throws IOException when there is no answer, or nothing may be sent there; the message says why
   */
  public int post(URI target, String contentType, byte[] body)
      throws IOException, InterruptedException {
    return Deadline.within(within, "the receiver", () -> exchange(target, contentType, body));
  }

  private int exchange(URI target, String contentType, byte[] body) throws IOException {
    if (target.getHost() == null
        || target.toString().chars().anyMatch(c -> c <= 0x20 || c > 0x7e)) {
      throw new IOException("nothing is sent there: it is no address of a server");
    }
    String host = target.getHost();
    List<InetAddress> addresses;
    try {
      addresses = resolver.resolve(unbracketed(host));
    } catch (UnknownHostException e) {
      addresses = List.of();
    }
    Optional<String> objection = guard.objection(target, addresses);
    if (objection.isPresent()) {
      throw new IOException("nothing is sent there: " + objection.get());
    }
    boolean isTls = "https".equals(target.getScheme());
    int port = target.getPort() > 0 ? target.getPort() : isTls ? 443 : 80;
    try (Socket plain = connected(addresses, port);
        Socket socket = isTls ? secured(plain, unbracketed(host), port) : plain) {
      OutputStream out = socket.getOutputStream();
      out.write(head(target, contentType, body.length));
      out.write(body);
      out.flush();
      return status(socket.getInputStream());
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

  private static byte[] head(URI target, String contentType, int length) {
    String path = target.getRawPath() == null ? "" : target.getRawPath();
    String query = target.getRawQuery() == null ? "" : "?" + target.getRawQuery();
    String authority = target.getHost() + (target.getPort() > 0 ? ":" + target.getPort() : "");
    return ("POST "
            + (path.isEmpty() ? "/" : path)
            + query
            + " HTTP/1.1\r\nHost: "
            + authority
            + "\r\nContent-Type: "
            + contentType
            + "\r\nContent-Length: "
            + length
            + "\r\nUser-Agent: counterfoil\r\nAccept: */*\r\nConnection: close\r\n\r\n")
        .getBytes(StandardCharsets.US_ASCII);
  }

  /** Of the final answer: what comes before it is information (RFC 9110 15.2). */
  private static int status(InputStream in) throws IOException {
    int left = HEAD_BYTES_MAX;
    boolean isStatusLine = true;
    ByteArrayOutputStream line = new ByteArrayOutputStream();
    while (left-- > 0) {
      int next = in.read();
      if (next < 0) {
        throw new IOException("the receiver ended the connection without an answer");
      }
      if (next != '\n') {
        line.write(next);
        continue;
      }
      String text = line.toString(StandardCharsets.ISO_8859_1).stripTrailing();
      line.reset();
      if (isStatusLine) {
        Matcher status = STATUS.matcher(text);
        if (!status.matches()) {
          throw new IOException("the receiver does not answer in HTTP");
        }
        int code = Integer.parseInt(status.group(1));
        if (code >= 200) {
          return code;
        }
        isStatusLine = false;
      } else if (text.isEmpty()) {
        isStatusLine = true;
      }
    }
    throw new IOException("the head of the receiver's answer is too long");
  }
}
