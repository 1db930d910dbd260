package dev.counterfoil.http.outbound;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Posts to addresses that others registered, over {@link GuardedConnections}. Of the answer the
 * status is read and nothing more; a redirect is an answer like others.
 */
public final class GuardedPosts {
  private static final int HEAD_BYTES_MAX = 16 * 1024;
  private static final Pattern STATUS = Pattern.compile("HTTP/1\\.[01] ([1-5][0-9]{2})(?: .*)?");

  private final OutboundGuard guard;
  private final GuardedConnections connections;
  private final Duration within;

  /**
   * Posts within limits.
   *
   * @param within for a whole exchange, names included
   */
  public GuardedPosts(OutboundGuard guard, GuardedConnections connections, Duration within) {
    this.guard = guard;
    this.connections = connections;
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
    try (Socket socket = connections.open(target, guard::objection)) {
      OutputStream out = socket.getOutputStream();
      out.write(head(target, contentType, body.length));
      out.write(body);
      out.flush();
      return status(socket.getInputStream());
    }
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
