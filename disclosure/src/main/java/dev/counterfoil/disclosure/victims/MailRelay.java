package dev.counterfoil.disclosure.victims;

import dev.counterfoil.configuration.HostPort;
import dev.counterfoil.http.outbound.Deadline;
import jakarta.mail.Message;
import jakarta.mail.MessagingException;
import jakarta.mail.Session;
import jakarta.mail.Transport;
import jakarta.mail.internet.InternetAddress;
import jakarta.mail.internet.MimeMessage;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.Date;
import java.util.List;
import java.util.Properties;

/** The relay by which mail goes out, which has the domain's DKIM key. */
public final class MailRelay {
  private static final Duration WITHIN = Duration.ofMinutes(1);
  private static final String TIMEOUT_MILLIS = "10000";

  private final HostPort server;
  private final String from;
  private final Session session;

  /**
   * Mails by a relay.
   *
   * @param startTls whether the relay must be spoken to encrypted
   */
  public MailRelay(HostPort server, String from, boolean startTls) {
    this.server = server;
    this.from = from;
    Properties settings = new Properties();
    settings.setProperty("mail.smtp.connectiontimeout", TIMEOUT_MILLIS);
    settings.setProperty("mail.smtp.timeout", TIMEOUT_MILLIS);
    settings.setProperty("mail.smtp.writetimeout", TIMEOUT_MILLIS);
    settings.setProperty("mail.smtp.ssl.checkserveridentity", "true");
    settings.setProperty("mail.smtp.starttls.enable", Boolean.toString(startTls));
    settings.setProperty("mail.smtp.starttls.required", Boolean.toString(startTls));
    this.session = Session.getInstance(settings);
  }

  /** Makes a message's content. */
  @FunctionalInterface
  interface Content {
    void fill(MimeMessage message) throws MessagingException;
  }

  /** Mails plain text. */
  public void send(String id, List<String> to, String subject, Instant at, String text)
      throws IOException, InterruptedException {
    send(id, to, subject, at, message -> message.setText(text, StandardCharsets.UTF_8.name()));
  }

  /**
   * Mails a message whose every attempt has the same {@code Message-ID} and the same bytes.
   *
   * @throws IOException when the relay did not take it
   */
  void send(String id, List<String> to, String subject, Instant at, Content content)
      throws IOException, InterruptedException {
    Deadline.<Boolean>within(
        WITHIN,
        "mail server " + server,
        () -> {
          try (Transport transport = session.getTransport("smtp")) {
            transport.connect(server.host(), server.port(), null, null);
            MimeMessage message = new Named(session, id);
            message.setFrom(new InternetAddress(from));
            for (String address : to) {
              message.addRecipient(Message.RecipientType.TO, new InternetAddress(address));
            }
            message.setSubject(subject, StandardCharsets.UTF_8.name());
            message.setSentDate(Date.from(at));
            content.fill(message);
            message.saveChanges();
            transport.sendMessage(message, message.getAllRecipients());
            return true;
          } catch (MessagingException e) {
            throw new IOException(
                "mail server " + server + ": " + String.valueOf(e.getMessage()).strip(), e);
          }
        });
  }

  private static final class Named extends MimeMessage {
    private final String id;

    private Named(Session session, String id) {
      super(session);
      this.id = id;
    }

    @Override
    protected void updateMessageID() throws MessagingException {
      setHeader("Message-ID", "<" + id + "@counterfoil>");
    }
  }
}
