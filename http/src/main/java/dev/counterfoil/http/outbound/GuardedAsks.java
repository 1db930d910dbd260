package dev.counterfoil.http.outbound;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Asks servers over {@link GuardedConnections}, and reads a short answer (RFC 9112). One request is
 * one connection; a redirect is an answer like others.
 */
public final class GuardedAsks {
  private static final int HEAD_BYTES_MAX = 32 * 1024;
  private static final Pattern STATUS = Pattern.compile("HTTP/1\\.[01] ([1-5][0-9]{2})(?: .*)?");
  private static final Pattern SIZE = Pattern.compile("([0-9A-Fa-f]{1,7})[ \t]*(?:;.*)?");
  private static final Pattern LENGTH = Pattern.compile("[0-9]{1,9}");

  private final GuardedConnections connections;
  private final GuardedConnections.Guard guard;
  private final Duration within;
  private final int bytesMax;

  /**
   * Asks within limits.
   *
   * @param within for a whole exchange, names included
   * @param bytesMax longest body of an answer
   */
  public GuardedAsks(
      GuardedConnections connections,
      GuardedConnections.Guard guard,
      Duration within,
      int bytesMax) {
    this.connections = connections;
    this.guard = guard;
    this.within = within;
    this.bytesMax = bytesMax;
  }

  /**
   * An answer.
   *
   * @param status 200 to 599
   */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  public record Answer(int status, byte[] body) {}

  /**
   * Asks once.
   *
   * @param headers beside those of every request, without line breaks
   * @throws IOException when there is no answer, or nothing may be sent there; the message says why
   */
  public Answer ask(String method, URI target, Map<String, String> headers, byte[] body)
      throws IOException, InterruptedException {
    return exchange(method, target, headers, body, in -> read(in, bytesMax));
  }

  /**
   * Posts once. Of the answer the status is read and nothing more.
   *
   * @return the status of the answer, 200 to 599
   * @throws IOException when there is no answer, or nothing may be sent there; the message says why
   */
  public int post(URI target, String contentType, byte[] body)
      throws IOException, InterruptedException {
    return exchange(
        "POST",
        target,
        Map.of("Content-Type", contentType, "Accept", "*/*"),
        body,
        in -> status(new Lines(in)));
  }

  private <T> T exchange(
      String method, URI target, Map<String, String> headers, byte[] body, Reading<T> reading)
      throws IOException, InterruptedException {
    StringBuilder head = new StringBuilder(512);
    String path = Objects.requireNonNullElse(target.getRawPath(), "");
    String query = target.getRawQuery() == null ? "" : "?" + target.getRawQuery();
    head.append(method).append(' ').append(path.isEmpty() ? "/" : path).append(query);
    head.append(" HTTP/1.1\r\nHost: ").append(target.getHost());
    if (target.getPort() > 0) {
      head.append(':').append(target.getPort());
    }
    head.append("\r\nUser-Agent: counterfoil\r\nConnection: close\r\n");
    headers.forEach((name, value) -> head.append(name + ": " + value + "\r\n"));
    if (body.length > 0) {
      head.append("Content-Length: ").append(body.length).append("\r\n");
    }
    byte[] first = head.append("\r\n").toString().getBytes(StandardCharsets.US_ASCII);
    return Deadline.within(
        within,
        "the server",
        () -> {
          try (Socket socket = connections.open(target, guard)) {
            OutputStream out = socket.getOutputStream();
            out.write(first);
            out.write(body);
            out.flush();
            return reading.of(new BufferedInputStream(socket.getInputStream()));
          }
        });
  }

  /** What is read of an answer. */
  @FunctionalInterface
  private interface Reading<T> {
    T of(InputStream in) throws IOException;
  }

  static Answer read(InputStream in, int bytesMax) throws IOException {
    Lines lines = new Lines(in);
    int status = status(lines);
    return new Answer(status, body(in, lines, status, headers(lines), bytesMax));
  }

  /** Of the final answer: what comes before it is information (RFC 9110 15.2). */
  private static int status(Lines lines) throws IOException {
    while (true) {
      Matcher status = STATUS.matcher(lines.next());
      if (!status.matches()) {
        throw new IOException("the server does not answer in HTTP");
      }
      int code = Integer.parseInt(status.group(1));
      if (code >= 200) {
        return code;
      }
      var _ = headers(lines);
    }
  }

  private static Map<String, String> headers(Lines lines) throws IOException {
    Map<String, String> headers = new HashMap<>();
    for (String line = lines.next(); !line.isEmpty(); line = lines.next()) {
      int colon = line.indexOf(':');
      if (colon < 1) {
        throw new IOException("the server's answer has a header that is none");
      }
      String name = line.substring(0, colon).toLowerCase(Locale.ROOT);
      headers.merge(name, line.substring(colon + 1).strip(), (one, other) -> one + "," + other);
    }
    return headers;
  }

  private static byte[] body(
      InputStream in, Lines lines, int status, Map<String, String> headers, int bytesMax)
      throws IOException {
    if (status == 204 || status == 304) {
      return new byte[0];
    }
    String encoding = headers.getOrDefault("transfer-encoding", "");
    if (!encoding.isEmpty()) {
      if (!encoding.equalsIgnoreCase("chunked")) {
        throw new IOException("the server's answer is in an encoding that nobody asked for");
      }
      return chunks(in, lines, bytesMax);
    }
    String length = headers.getOrDefault("content-length", "");
    if (length.isEmpty()) {
      return limited(in.readNBytes(bytesMax + 1), bytesMax);
    }
    if (!LENGTH.matcher(length).matches() || Integer.parseInt(length) > bytesMax) {
      throw tooLong();
    }
    return exactly(in, Integer.parseInt(length));
  }

  private static byte[] chunks(InputStream in, Lines lines, int bytesMax) throws IOException {
    ByteArrayOutputStream body = new ByteArrayOutputStream();
    while (true) {
      Matcher size = SIZE.matcher(lines.next());
      if (!size.matches()) {
        throw new IOException("the server's answer has a chunk without a size");
      }
      int length = Integer.parseInt(size.group(1), 16);
      if (length == 0) {
        return body.toByteArray();
      }
      if (length > bytesMax - body.size()) {
        throw tooLong();
      }
      body.writeBytes(exactly(in, length));
      if (!lines.next().isEmpty()) {
        throw new IOException("the server's answer has a chunk that is longer than it says");
      }
    }
  }

  private static byte[] exactly(InputStream in, int length) throws IOException {
    byte[] bytes = in.readNBytes(length);
    if (bytes.length < length) {
      throw new IOException("the server ended its answer early");
    }
    return bytes;
  }

  private static byte[] limited(byte[] bytes, int bytesMax) throws IOException {
    if (bytes.length > bytesMax) {
      throw tooLong();
    }
    return bytes;
  }

  private static IOException tooLong() {
    return new IOException("the server's answer is too long");
  }

  /** Lines, all of them together within a limit. */
  private static final class Lines {
    private final InputStream in;
    private int left = HEAD_BYTES_MAX;

    Lines(InputStream in) {
      this.in = in;
    }

    String next() throws IOException {
      ByteArrayOutputStream line = new ByteArrayOutputStream();
      while (left-- > 0) {
        int next = in.read();
        if (next < 0) {
          throw new IOException("the server ended the connection without an answer");
        }
        if (next == '\n') {
          return line.toString(StandardCharsets.ISO_8859_1).stripTrailing();
        }
        line.write(next);
      }
      throw new IOException("the head of the server's answer is too long");
    }
  }
}
