package dev.counterfoil.monitor.notifying;

import dev.counterfoil.http.outbound.Deadline;
import dev.counterfoil.monitor.settings.NotificationChannel.Mail;
import dev.counterfoil.monitor.settings.NotificationChannel.MailSecurity;
import jakarta.mail.Message;
import jakarta.mail.MessagingException;
import jakarta.mail.Session;
import jakarta.mail.Transport;
import jakarta.mail.internet.InternetAddress;
import jakarta.mail.internet.MimeMessage;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.Comparator;
import java.util.Date;
import java.util.List;
import java.util.Properties;
import java.util.function.Supplier;

/** Sends mails, each of which tells up to fifty notifications, and at most one a minute. */
final class MailChannel implements Channel {
  private static final int BATCH_MAX = 50;
  private static final Duration BETWEEN_MAILS = Duration.ofMinutes(1);
  private static final Duration MAIL_WITHIN = Duration.ofMinutes(1);
  private static final int WAITING_LINES_MAX = 20;
  private static final String TIMEOUT_MILLIS = "10000";

  private final Mail mail;
  private final InstantSource clock;
  private final Duration mailWithin;
  private final Session session;

  MailChannel(Mail mail, InstantSource clock) {
    this(mail, clock, MAIL_WITHIN);
  }

  MailChannel(Mail mail, InstantSource clock, Duration mailWithin) {
    this.mail = mail;
    this.mailWithin = mailWithin;
    this.clock = clock;
    Properties settings = new Properties();
    settings.setProperty("mail.smtp.connectiontimeout", TIMEOUT_MILLIS);
    settings.setProperty("mail.smtp.timeout", TIMEOUT_MILLIS);
    settings.setProperty("mail.smtp.writetimeout", TIMEOUT_MILLIS);
    settings.setProperty("mail.smtp.ssl.checkserveridentity", "true");
    settings.setProperty("mail.smtp.auth", Boolean.toString(mail.user().isPresent()));
    boolean isStartTls = mail.security() == MailSecurity.STARTTLS;
    settings.setProperty("mail.smtp.starttls.enable", Boolean.toString(isStartTls));
    settings.setProperty("mail.smtp.starttls.required", Boolean.toString(isStartTls));
    settings.setProperty(
        "mail.smtp.ssl.enable", Boolean.toString(mail.security() == MailSecurity.TLS));
    this.session = Session.getInstance(settings);
  }

  @Override
  public String target() {
    return "mail to " + String.join(", ", mail.to()) + " by " + mail.server();
  }

  @Override
  public int batchMax() {
    return BATCH_MAX;
  }

  @Override
  public Duration pause() {
    return BETWEEN_MAILS;
  }

  @Override
  public void probe(Notification heartbeat) throws IOException, InterruptedException {
    exchange(
        transport -> {
          if (!transport.isConnected()) {
            throw new IOException("the mail server ended the connection");
          }
        });
  }

  @Override
  public void send(List<Notification> batch) throws IOException, InterruptedException {
    send(batch, List::of);
  }

  @Override
  public void send(List<Notification> batch, Supplier<List<Waiting>> waiting)
      throws IOException, InterruptedException {
    List<Waiting> behind = waiting.get();
    exchange(
        transport -> {
          MimeMessage message = message(batch, behind);
          transport.sendMessage(message, message.getAllRecipients());
        });
  }

  /** What is done with a connection. */
  private interface Use {
    void with(Transport transport) throws MessagingException, IOException;
  }

  private void exchange(Use use) throws IOException, InterruptedException {
    Deadline.<Boolean>within(
        mailWithin,
        "mail server " + mail.server(),
        () -> {
          try (Transport transport = connect()) {
            use.with(transport);
            return true;
          } catch (MessagingException e) {
            throw refused(e);
          }
        });
  }

  private Transport connect() throws MessagingException, IOException {
    Transport transport = session.getTransport("smtp");
    String password = mail.password().isPresent() ? mail.password().get().readText() : null;
    transport.connect(
        mail.server().host(), mail.server().port(), mail.user().orElse(null), password);
    return transport;
  }

  private IOException refused(MessagingException e) {
    // The message of a failed log-in is the server's own, and quotes no password.
    return new IOException(
        "mail server " + mail.server() + ": " + String.valueOf(e.getMessage()).strip(), e);
  }

  /** Tells a batch and names what waits, the gravest first: a flood hides nothing behind it. */
  private MimeMessage message(List<Notification> batch, List<Waiting> waiting)
      throws MessagingException {
    List<Notification> told =
        batch.stream().sorted(Comparator.comparingInt(Notification::gravity).reversed()).toList();
    Notification first = told.getFirst();
    boolean isGraverBehind = !waiting.isEmpty() && waiting.getFirst().gravity() > first.gravity();
    long behind = waiting.stream().mapToLong(Waiting::count).sum();
    long others = batch.size() + behind - 1;
    MimeMessage message = new Stable(session, batch);
    message.setFrom(new InternetAddress(mail.from()));
    for (String to : mail.to()) {
      message.addRecipient(Message.RecipientType.TO, new InternetAddress(to));
    }
    message.setSubject(
        "[counterfoil] "
            + (isGraverBehind ? waiting.getFirst().headline() : first.headline())
            + (others > 0 ? " and " + others + " more" : ""),
        StandardCharsets.US_ASCII.name());
    message.setSentDate(Date.from(clock.instant()));
    // RFC 3834 5: nobody's holiday notice answers it.
    message.setHeader("Auto-Submitted", "auto-generated");
    StringBuilder text = new StringBuilder();
    if (behind > 0) {
      text.append(behind).append(" more wait for the next mails. The gravest of them:\n");
      waiting.stream()
          .limit(WAITING_LINES_MAX)
          .forEach(
              one ->
                  text.append("  ")
                      .append(one.count())
                      .append(" of ")
                      .append(one.headline())
                      .append('\n'));
      text.append("All are in: counterfoil findings\n\n");
    }
    told.forEach(one -> write(one, text));
    text.append(
        "What to do: docs/reference/findings.md. All evidence: counterfoil findings --json\n");
    message.setText(text.toString(), StandardCharsets.UTF_8.name());
    return message;
  }

  private static void write(Notification one, StringBuilder text) {
    text.append(one.headline())
        .append("\n  ")
        .append(one.text("summary"))
        .append("\n  ")
        .append(one.at().truncatedTo(ChronoUnit.SECONDS))
        .append(", ")
        .append(one.id());
    if (!one.text("kid").isEmpty()) {
      text.append(", key ").append(one.text("kid"));
    }
    text.append("\n\n");
  }

  /**
   * A mail whose identifier is the same when it is sent again (RFC 5322 3.6.4). One that tells more
   * than before has another, or a server that knows the first would drop what is new in it.
   */
  private static final class Stable extends MimeMessage {
    private final String id;

    private Stable(Session session, List<Notification> batch) {
      super(session);
      this.id = batch.getLast().id() + "." + batch.size();
    }

    @Override
    protected void updateMessageID() throws MessagingException {
      setHeader("Message-ID", "<" + id + "@counterfoil>");
    }
  }
}
