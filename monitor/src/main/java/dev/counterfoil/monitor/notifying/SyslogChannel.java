package dev.counterfoil.monitor.notifying;

import dev.counterfoil.configuration.HostPort;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.http.outbound.Deadline;
import dev.counterfoil.monitor.settings.NotificationChannel.Syslog;
import dev.counterfoil.monitor.settings.NotificationChannel.SyslogTransport;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.List;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.SSLSocketFactory;

/**
 * Sends each notification as a message of RFC 5424 whose text is JSON. Over TLS (RFC 5425) and TCP
 * (RFC 6587 3.4.1) a batch has a connection of its own, so that its end shows that the server read
 * it: syslog has no answers.
 */
final class SyslogChannel implements Channel {
  private static final int CONNECT_MILLIS = 5_000;
  private static final Duration BATCH_WITHIN = Duration.ofSeconds(30);
  private static final int END_MILLIS = 2_000;
  private static final int BATCH_MAX = 100;

  /** What every receiver should take: RFC 5424 6.1, RFC 5426 3.2. */
  private static final int BYTES_MAX = 2048;

  private static final int SUMMARY_MAX = 1000;
  private static final int MSGID_MAX = 32;

  /** Security and authorization messages (RFC 5424 6.2.1). */
  private static final int FACILITY = 10;

  private static final int NOTICE = 5;
  private static final int INFORMATIONAL = 6;

  private final Syslog syslog;
  private final Duration batchWithin;

  SyslogChannel(Syslog syslog) {
    this(syslog, BATCH_WITHIN);
  }

  SyslogChannel(Syslog syslog, Duration batchWithin) {
    this.syslog = syslog;
    this.batchWithin = batchWithin;
  }

  @Override
  public String target() {
    return syslog.transport().text() + "://" + syslog.server();
  }

  @Override
  public int batchMax() {
    return BATCH_MAX;
  }

  @Override
  public void probe(Notification heartbeat) throws IOException, InterruptedException {
    if (syslog.transport() != SyslogTransport.UDP) {
      exchange(Socket::shutdownOutput);
    }
  }

  /** What is done with a connection. */
  private interface Use {
    void with(Socket socket) throws IOException;
  }

  private void exchange(Use use) throws IOException, InterruptedException {
    Deadline.<Boolean>within(
        batchWithin,
        target(),
        () -> {
          try (Socket socket = connect()) {
            use.with(socket);
            return true;
          }
        });
  }

  @Override
  public void send(List<Notification> batch) throws IOException, InterruptedException {
    if (syslog.transport() == SyslogTransport.UDP) {
      try (DatagramSocket socket = new DatagramSocket()) {
        InetSocketAddress server = address(syslog.server());
        for (Notification one : batch) {
          byte[] message = message(one);
          socket.send(new DatagramPacket(message, message.length, server));
        }
      }
      return;
    }
    ByteArrayOutputStream frames = new ByteArrayOutputStream();
    for (Notification one : batch) {
      byte[] message = message(one);
      frames.write((message.length + " ").getBytes(StandardCharsets.US_ASCII));
      frames.write(message);
    }
    exchange(
        socket -> {
          socket.getOutputStream().write(frames.toByteArray());
          socket.getOutputStream().flush();
          socket.shutdownOutput();
          awaitEnd(socket);
        });
  }

  /** A server that read everything closes too; one that died resets, which throws. */
  private static void awaitEnd(Socket socket) throws IOException {
    socket.setSoTimeout(END_MILLIS);
    InputStream in = socket.getInputStream();
    try {
      while (in.read() >= 0) {
        // Syslog servers say nothing.
      }
    } catch (SocketTimeoutException e) {
      // It keeps its side open, and took what was sent.
    }
  }

  private static InetSocketAddress address(HostPort server) throws IOException {
    InetSocketAddress address = server.resolve();
    if (address.isUnresolved()) {
      throw new IOException("host " + server.host() + " is not known");
    }
    return address;
  }

  private Socket connect() throws IOException {
    Socket plain = new Socket();
    try {
      plain.connect(address(syslog.server()), CONNECT_MILLIS);
      if (syslog.transport() == SyslogTransport.TCP) {
        return plain;
      }
      plain.setSoTimeout(CONNECT_MILLIS);
      SSLSocketFactory factory = (SSLSocketFactory) SSLSocketFactory.getDefault();
      SSLSocket socket =
          (SSLSocket)
              factory.createSocket(plain, syslog.server().host(), syslog.server().port(), true);
      SSLParameters parameters = socket.getSSLParameters();
      parameters.setEndpointIdentificationAlgorithm("HTTPS");
      socket.setSSLParameters(parameters);
      socket.startHandshake();
      return socket;
    } catch (IOException e) {
      plain.close();
      throw new IOException("cannot reach " + target() + ": " + e.getMessage(), e);
    }
  }

  /** {@code PRI VERSION TIME HOST APP PROCID MSGID SD MSG}. */
  static byte[] message(Notification one) {
    String id = one.severity().isPresent() ? one.text("kind") : one.type();
    String head =
        "<"
            + (FACILITY * 8 + severity(one))
            + ">1 "
            + one.at().truncatedTo(ChronoUnit.MILLIS)
            + " - counterfoil-monitor - "
            + id.substring(0, Math.min(MSGID_MAX, id.length()))
            + " - \uFEFF";
    byte[] message = (head + text(one, SUMMARY_MAX)).getBytes(StandardCharsets.UTF_8);
    for (int most = SUMMARY_MAX / 2; message.length > BYTES_MAX && most > 0; most /= 2) {
      message = (head + text(one, most)).getBytes(StandardCharsets.UTF_8);
    }
    return message;
  }

  private static JsonObject text(Notification one, int summaryMax) {
    String summary = one.text("summary");
    return JsonObject.builder()
        .put("id", one.id())
        .put("type", one.type())
        .put("severity", one.severity().map(severity -> severity.text()).orElse(null))
        .put("kind", blankIsNone(one.text("kind")))
        .put("domain", blankIsNone(one.text("domain")))
        .put("finding", one.data().get("id") instanceof Long number ? number.toString() : null)
        .put("kid", blankIsNone(one.text("kid")))
        .put("jti", blankIsNone(one.text("jti")))
        .put("summary", summary.substring(0, Math.min(summaryMax, summary.length())))
        .build();
  }

  private static @org.jspecify.annotations.Nullable String blankIsNone(String text) {
    return text.isEmpty() ? null : text;
  }

  private static int severity(Notification one) {
    if (one.isResolved() || one.severity().isEmpty()) {
      return INFORMATIONAL;
    }
    return switch (one.severity().get()) {
      case CRITICAL -> 2;
      case HIGH -> 3;
      case MEDIUM -> 4;
      case LOW -> NOTICE;
    };
  }
}
