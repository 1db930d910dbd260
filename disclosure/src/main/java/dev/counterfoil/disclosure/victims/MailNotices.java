package dev.counterfoil.disclosure.victims;

import dev.counterfoil.configuration.HostPort;
import dev.counterfoil.disclosure.SignedDisclosure;
import dev.counterfoil.disclosure.TheftNotice;
import dev.counterfoil.http.outbound.Deadline;
import jakarta.mail.Message;
import jakarta.mail.MessagingException;
import jakarta.mail.Session;
import jakarta.mail.Transport;
import jakarta.mail.internet.InternetAddress;
import jakarta.mail.internet.MimeBodyPart;
import jakarta.mail.internet.MimeMessage;
import jakarta.mail.internet.MimeMultipart;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Date;
import java.util.Properties;

/**
 * Mails notices to security contacts: plain text without a link, and the signed file. Every attempt
 * has the same {@code Message-ID} and the same bytes, so that a relay may sign it (DKIM).
 */
public final class MailNotices implements NoticeChannel {
  private static final Duration WITHIN = Duration.ofMinutes(1);
  private static final String TIMEOUT_MILLIS = "10000";

  private final HostPort server;
  private final String from;
  private final String place;
  private final Session session;

  /**
   * Mails by a relay, which has the domain's DKIM key.
   *
   * @param startTls whether the relay must be spoken to encrypted
   * @param place where check codes stand
   */
  public MailNotices(HostPort server, String from, boolean startTls, String place) {
    this.server = server;
    this.from = from;
    this.place = place;
    Properties settings = new Properties();
    settings.setProperty("mail.smtp.connectiontimeout", TIMEOUT_MILLIS);
    settings.setProperty("mail.smtp.timeout", TIMEOUT_MILLIS);
    settings.setProperty("mail.smtp.writetimeout", TIMEOUT_MILLIS);
    settings.setProperty("mail.smtp.ssl.checkserveridentity", "true");
    settings.setProperty("mail.smtp.starttls.enable", Boolean.toString(startTls));
    settings.setProperty("mail.smtp.starttls.required", Boolean.toString(startTls));
    this.session = Session.getInstance(settings);
  }

  @Override
  public void send(TheftNotice notice, SignedDisclosure signed, Contacts.Contact contact)
      throws IOException, InterruptedException {
    Deadline.<Boolean>within(
        WITHIN,
        "mail server " + server,
        () -> {
          try (Transport transport = session.getTransport("smtp")) {
            transport.connect(server.host(), server.port(), null, null);
            MimeMessage message = message(notice, signed, contact);
            transport.sendMessage(message, message.getAllRecipients());
            return true;
          } catch (MessagingException e) {
            throw new IOException(
                "mail server " + server + ": " + String.valueOf(e.getMessage()).strip(), e);
          }
        });
  }

  private MimeMessage message(TheftNotice notice, SignedDisclosure signed, Contacts.Contact contact)
      throws MessagingException {
    MimeMessage message = new Named(session, signed.checkCode());
    message.setFrom(new InternetAddress(from));
    for (String address : NoticePlan.safeMail(notice, contact)) {
      message.addRecipient(Message.RecipientType.TO, new InternetAddress(address));
    }
    message.setSubject(
        NoticeText.subject(notice, contact.language()), StandardCharsets.UTF_8.name());
    message.setSentDate(Date.from(notice.issuedAt()));
    MimeBodyPart text = new MimeBodyPart();
    text.setText(
        NoticeText.of(notice, signed.checkCode(), place, contact.language()),
        StandardCharsets.UTF_8.name());
    MimeBodyPart file = new MimeBodyPart();
    file.setText(signed.text(), StandardCharsets.UTF_8.name(), "json");
    file.setFileName("notice-" + signed.checkCode() + ".json");
    message.setContent(new MimeMultipart(text, file));
    message.saveChanges();
    return message;
  }

  private static final class Named extends MimeMessage {
    private final String code;

    private Named(Session session, String code) {
      super(session);
      this.code = code;
    }

    @Override
    protected void updateMessageID() throws MessagingException {
      setHeader("Message-ID", "<notice-" + code + "@counterfoil>");
    }
  }
}
