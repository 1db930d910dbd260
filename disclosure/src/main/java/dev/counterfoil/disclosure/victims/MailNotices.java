package dev.counterfoil.disclosure.victims;

import dev.counterfoil.disclosure.SignedDisclosure;
import dev.counterfoil.disclosure.TheftNotice;
import jakarta.mail.MessagingException;
import jakarta.mail.internet.MimeBodyPart;
import jakarta.mail.internet.MimeMultipart;
import java.io.IOException;
import java.nio.charset.StandardCharsets;

/** Mails notices to security contacts: plain text without a link, and the signed file. */
public final class MailNotices implements NoticeChannel {
  private final MailRelay relay;
  private final String place;

  /**
   * Mails by a relay.
   *
   * @param place where check codes stand
   */
  public MailNotices(MailRelay relay, String place) {
    this.relay = relay;
    this.place = place;
  }

  @Override
  public void send(TheftNotice notice, SignedDisclosure signed, Contacts.Contact contact)
      throws IOException, InterruptedException {
    relay.send(
        "notice-" + signed.checkCode(),
        NoticePlan.safeMail(notice, contact),
        NoticeText.subject(notice, contact.language()),
        notice.issuedAt(),
        message -> message.setContent(parts(notice, signed, contact)));
  }

  private MimeMultipart parts(TheftNotice notice, SignedDisclosure signed, Contacts.Contact contact)
      throws MessagingException {
    MimeBodyPart text = new MimeBodyPart();
    text.setText(
        NoticeText.of(notice, signed.checkCode(), place, contact.language()),
        StandardCharsets.UTF_8.name());
    MimeBodyPart file = new MimeBodyPart();
    file.setText(signed.text(), StandardCharsets.UTF_8.name(), "json");
    file.setFileName("notice-" + signed.checkCode() + ".json");
    return new MimeMultipart(text, file);
  }
}
