package dev.counterfoil.monitor.notifying;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.icegreen.greenmail.util.GreenMail;
import com.icegreen.greenmail.util.ServerSetup;
import dev.counterfoil.configuration.HostPort;
import dev.counterfoil.configuration.SecretFile;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.http.outbound.WebhookSecrets;
import dev.counterfoil.monitor.findings.Finding.Severity;
import dev.counterfoil.monitor.settings.NotificationChannel.Mail;
import dev.counterfoil.monitor.settings.NotificationChannel.MailSecurity;
import dev.counterfoil.monitor.settings.NotificationChannel.Syslog;
import dev.counterfoil.monitor.settings.NotificationChannel.SyslogTransport;
import dev.counterfoil.monitor.settings.NotificationChannel.Webhook;
import dev.counterfoil.verifier.SettableClock;
import jakarta.mail.internet.MimeMessage;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Each way of telling, against a server that listens. */
@Timeout(120)
final class ChannelsTest {
  private static final Instant NOON = Instant.parse("2026-11-30T12:00:00Z");
  private static final String WORDS = "a forged token\nwas shown \u2014 ";

  private final SettableClock clock = new SettableClock(NOON);
  @TempDir Path folder;

  private static Notification finding(String id, String summary) {
    return new Notification(
        id,
        "counterfoil.finding.raised",
        NOON,
        Optional.of(Severity.CRITICAL),
        JsonObject.builder()
            .put("id", 7)
            .put("kind", "forged-token")
            .put("domain", "acme")
            .put("kid", "k1")
            .put("summary", summary)
            .put("detail", JsonObject.builder().put("sub", "alice").build())
            .build());
  }

  private SecretFile secret(String text) throws IOException {
    Path file = Files.writeString(folder.resolve("secret"), text);
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
    return SecretFile.at(file);
  }

  @Test
  void aWebhookIsSignedWithBothSecretsWhileTheyAreRotated() throws Exception {
    try (WebhookReceiver receiver = new WebhookReceiver();
        WebhookChannel channel =
            new WebhookChannel(
                new Webhook(
                    receiver.url(), secret(WebhookReceiver.secret(WebhookReceiver.OTHER)), true),
                clock)) {
      List<Notification> one = List.of(finding("finding-1-1", WORDS));
      // The receiver knows its own secret alone.
      assertThatThrownBy(() -> channel.send(one)).hasMessage("the webhook answered 401");
      secret(
          WebhookReceiver.secret(WebhookReceiver.OTHER)
              + "\n"
              + WebhookReceiver.secret(WebhookReceiver.SECRET)
              + "\n");
      channel.send(one);
      WebhookReceiver.Received taken = receiver.await("forged-token");
      assertThat(taken.id()).isEqualTo("finding-1-1");
      assertThat(taken.signatures()).hasSize(2);
      assertThat(taken.body().object("data").object("detail").string("sub")).isEqualTo("alice");
      receiver.status = 302;
      assertThatThrownBy(() -> channel.send(one))
          .hasMessage("the webhook answered 302; redirects are not followed");
      assertThat(receiver.await("forged-token").id()).isEqualTo("finding-1-1");
      assertThat(receiver.sofar()).isEmpty();
      for (String bad : List.of("", "whsec_c2hvcnQ=", "not a secret at all", "whsec_!!")) {
        secret(bad);
        assertThatThrownBy(() -> channel.send(one))
            .isInstanceOf(IOException.class)
            .hasMessageContaining("needs one or two lines")
            .hasNoCause();
      }
    }
  }

  @Test
  void aWebhookThatRefusesOneSaysWhichAndOneThatIsAwayRefusesNone() throws Exception {
    try (WebhookReceiver receiver = new WebhookReceiver();
        WebhookChannel channel =
            new WebhookChannel(
                new Webhook(
                    receiver.url(), secret(WebhookReceiver.secret(WebhookReceiver.SECRET)), true),
                clock)) {
      List<Notification> one = List.of(finding("finding-1-1", WORDS));
      receiver.status = 200;
      channel.send(one);
      for (int status : List.of(400, 410, 413, 422)) {
        receiver.status = status;
        assertThatThrownBy(() -> channel.send(one))
            .isInstanceOf(NotificationRefusedException.class);
      }
      for (int status : List.of(401, 403, 404, 408, 429, 500, 503)) {
        receiver.status = status;
        assertThatThrownBy(() -> channel.send(one))
            .isInstanceOf(IOException.class)
            .isNotInstanceOf(NotificationRefusedException.class);
      }
    }
  }

  @Test
  void aWebhookThatIsNotThereIsNamedWithoutItsPath() throws Exception {
    try (WebhookChannel channel =
        new WebhookChannel(
            new Webhook(
                URI.create("http://127.0.0.1:1/services/T0-secret"),
                secret(WebhookReceiver.secret(WebhookReceiver.SECRET)),
                false),
            clock)) {
      assertThat(channel.target()).isEqualTo("http://127.0.0.1:1/");
      assertThatThrownBy(() -> channel.probe(finding("x", "x")))
          .isInstanceOf(IOException.class)
          .hasMessageStartingWith("cannot connect to http://127.0.0.1:1/: ")
          .hasMessageNotContaining("secret");
    }
  }

  /** A server that says something every few milliseconds, so that no single read is late. */
  private static void drip(ServerSocket server, String head, String drop, int drops) {
    Thread.ofVirtual()
        .start(
            () -> {
              while (!server.isClosed()) {
                try (Socket socket = server.accept()) {
                  socket.getOutputStream().write(head.getBytes(StandardCharsets.US_ASCII));
                  for (int i = 0; i < drops; i++) {
                    socket.getOutputStream().write(drop.getBytes(StandardCharsets.US_ASCII));
                    LockSupport.parkNanos(Duration.ofMillis(10).toNanos());
                  }
                } catch (IOException e) {
                  // The client went away.
                }
              }
            });
  }

  @Test
  void aReceiverThatDripsHoldsNoChannel() throws Exception {
    Duration within = Duration.ofMillis(500);
    List<Notification> one = List.of(finding("finding-1-1", WORDS));
    SecretFile secret = secret(WebhookReceiver.secret(WebhookReceiver.SECRET));
    try (ServerSocket server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
      drip(server, "HTTP/1.1 200 OK\r\nContent-Length: 100000000\r\n\r\n", "x", 1_000_000);
      try (WebhookChannel channel = new WebhookChannel(webhook(server, secret), clock, within)) {
        assertThatThrownBy(() -> channel.send(one)).hasMessageContaining("within 500 milliseconds");
        assertThatThrownBy(() -> channel.probe(one.getFirst())).isInstanceOf(IOException.class);
      }
    }
    try (ServerSocket server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
      drip(server, "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n", "x", 5);
      try (WebhookChannel channel =
          new WebhookChannel(webhook(server, secret), clock, Duration.ofMinutes(1))) {
        channel.send(one);
      }
    }
    try (ServerSocket server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
      drip(server, "", "x", 1_000_000);
      HostPort address = new HostPort("127.0.0.1", server.getLocalPort());
      SyslogChannel channel = new SyslogChannel(new Syslog(address, SyslogTransport.TCP), within);
      assertThatThrownBy(() -> channel.send(one)).hasMessageContaining("within 500 milliseconds");
    }
    try (ServerSocket server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
      drip(server, "", "220-wait\r\n", 1_000_000);
      HostPort address = new HostPort("127.0.0.1", server.getLocalPort());
      MailChannel channel = new MailChannel(mail(address, MailSecurity.NONE, "x"), clock, within);
      assertThatThrownBy(() -> channel.send(one)).hasMessageContaining("within 500 milliseconds");
    }
  }

  private static Webhook webhook(ServerSocket server, SecretFile secret) {
    return new Webhook(
        URI.create("http://127.0.0.1:" + server.getLocalPort() + "/hook"), secret, true);
  }

  /** The example of Standard Webhooks 1.0 and of the libraries that check such signatures. */
  @Test
  void theSignatureIsThatOfStandardWebhooks() {
    assertThat(
            WebhookSecrets.parse(
                    "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw".getBytes(StandardCharsets.US_ASCII))
                .sign(
                    "msg_p5jXN8AQM9LWM0D4loKWxJek",
                    1614265330,
                    "{\"test\": 2432232314}".getBytes(StandardCharsets.UTF_8)))
        .isEqualTo("v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
  }

  @Test
  void syslogOverTcpIsFramedByCounting() throws Exception {
    try (ServerSocket server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
      CompletableFuture<String> read = new CompletableFuture<>();
      Thread.ofVirtual()
          .start(
              () -> {
                try (Socket socket = server.accept()) {
                  read.complete(
                      new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8));
                } catch (IOException e) {
                  read.completeExceptionally(e);
                }
              });
      SyslogChannel channel =
          new SyslogChannel(
              new Syslog(new HostPort("127.0.0.1", server.getLocalPort()), SyslogTransport.TCP));
      channel.send(List.of(finding("finding-1-1", WORDS), finding("finding-1-2", "second")));
      String frames = read.get();
      String head =
          "<82>1 2026-11-30T12:00:00Z - counterfoil-monitor - forged-token - \uFEFF{\"id\":";
      int space = frames.indexOf(' ');
      byte[] rest = frames.substring(space + 1).getBytes(StandardCharsets.UTF_8);
      int length = Integer.parseInt(frames.substring(0, space));
      String first = new String(rest, 0, length, StandardCharsets.UTF_8);
      assertThat(first)
          .startsWith(head + "\"finding-1-1\"")
          .contains("a forged token\\nwas shown")
          .doesNotContain("\n", "alice")
          .endsWith("}");
      assertThat(new String(rest, length, rest.length - length, StandardCharsets.UTF_8))
          .contains(" " + head + "\"finding-1-2\"");
    }
    SyslogChannel dead =
        new SyslogChannel(new Syslog(new HostPort("127.0.0.1", 1), SyslogTransport.TLS));
    assertThatThrownBy(() -> dead.probe(finding("x", "x")))
        .hasMessageContaining("cannot reach tls://127.0.0.1:1");
  }

  @Test
  void syslogOverUdpFitsIntoWhatReceiversTake() throws Exception {
    try (DatagramSocket server = new DatagramSocket(0, InetAddress.getLoopbackAddress())) {
      new SyslogChannel(
              new Syslog(new HostPort("127.0.0.1", server.getLocalPort()), SyslogTransport.UDP))
          .send(List.of(finding("finding-1-1", WORDS.repeat(400))));
      DatagramPacket packet = new DatagramPacket(new byte[65_536], 65_536);
      server.receive(packet);
      assertThat(packet.getLength()).isBetween(500, 2048);
      assertThat(new String(packet.getData(), 0, packet.getLength(), StandardCharsets.UTF_8))
          .endsWith("\"}");
    }
  }

  @Test
  void aMailTellsSeveralAndHasAnIdentifierThatStays() throws Exception {
    GreenMail server = new GreenMail(new ServerSetup(0, "127.0.0.1", ServerSetup.PROTOCOL_SMTP));
    server.setUser("monitor@example.com", "monitor", "s3cret-of-mail");
    server.start();
    try {
      HostPort address = new HostPort("127.0.0.1", server.getSmtp().getPort());
      MailChannel channel =
          new MailChannel(mail(address, MailSecurity.NONE, "s3cret-of-mail"), clock);
      channel.probe(finding("x", "x"));
      assertThat(server.getReceivedMessages()).isEmpty();
      List<Notification> two =
          List.of(finding("finding-1-1", WORDS), finding("finding-1-2", "second"));
      channel.send(two);
      channel.send(two);
      assertThat(server.getReceivedMessages()).hasSize(2);
      for (MimeMessage message : server.getReceivedMessages()) {
        assertThat(message.getMessageID()).isEqualTo("<finding-1-2.2@counterfoil>");
        assertThat(message.getSubject())
            .isEqualTo("[counterfoil] critical: forged-token in acme and 1 more");
        assertThat(message.getContent().toString())
            .contains("second", "finding-1-2", "key k1", "docs/reference/findings.md")
            .doesNotContain("alice");
      }
      // A flood hides nothing that waits behind it.
      channel.send(
          two,
          () ->
              List.of(
                  new Channel.Waiting("critical: log-fork in acme", 99, 1),
                  new Channel.Waiting("critical: forged-token in acme", 3, 2950)));
      MimeMessage flood = server.getReceivedMessages()[2];
      assertThat(flood.getSubject())
          .isEqualTo("[counterfoil] critical: log-fork in acme and 2952 more");
      assertThat(flood.getContent().toString())
          .startsWith("2951 more wait for the next mails.")
          .contains("1 of critical: log-fork in acme", "2950 of critical: forged-token in acme");
      assertThat(flood.getMessageID()).isEqualTo("<finding-1-2.2@counterfoil>");
      // The mail before may have come, too: with more in it, this is another one.
      channel.send(List.of(two.getFirst(), two.getLast(), finding("finding-1-3", "third")));
      assertThat(server.getReceivedMessages()[3].getMessageID())
          .isEqualTo("<finding-1-3.3@counterfoil>");
      MailChannel wrong = new MailChannel(mail(address, MailSecurity.NONE, "another-one"), clock);
      assertThatThrownBy(() -> wrong.send(two))
          .isInstanceOf(IOException.class)
          .hasMessageContaining("mail server 127.0.0.1")
          .hasMessageNotContaining("another-one");
      // A server without STARTTLS is told nothing.
      MailChannel plain =
          new MailChannel(mail(address, MailSecurity.STARTTLS, "s3cret-of-mail"), clock);
      assertThatThrownBy(() -> plain.send(two)).hasMessageContaining("STARTTLS");
      assertThat(server.getReceivedMessages()).hasSize(4);
    } finally {
      server.stop();
    }
  }

  private Mail mail(HostPort server, MailSecurity security, String password) throws IOException {
    Path file = Files.writeString(folder.resolve("mail-" + password), password + "\n");
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
    return new Mail(
        server,
        security,
        Optional.of("monitor"),
        Optional.of(SecretFile.at(file)),
        "monitor@example.com",
        List.of("on-call@example.com"));
  }
}
