package dev.counterfoil.disclosure.victims;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.icegreen.greenmail.util.GreenMail;
import com.icegreen.greenmail.util.ServerSetup;
import dev.counterfoil.configuration.HostPort;
import dev.counterfoil.disclosure.SignedDisclosure;
import dev.counterfoil.disclosure.TestIssuer;
import dev.counterfoil.disclosure.TheftNotice;
import dev.counterfoil.disclosure.record.NoticeState;
import dev.counterfoil.disclosure.victims.Contacts.Contact;
import jakarta.mail.internet.MimeMessage;
import jakarta.mail.internet.MimeMultipart;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Notices go out on every channel, again where one failed, and not where it was recorded. */
class OutboxTest {
  private static final String PLACE = "login.example/disclosure";

  @TempDir private Path folder;
  private Instant now = TestIssuer.NOW;
  private final TestIssuer issuer;

  OutboxTest() throws Exception {
    issuer = new TestIssuer("consumer");
  }

  private NoticeState state(String subject) throws Exception {
    TheftNotice notice =
        new TheftNotice(
            "7",
            "consumer",
            "acme",
            TestIssuer.NOW,
            List.of("kid"),
            List.of(
                new TheftNotice.AffectedAccount(
                    subject, TestIssuer.NOW, TestIssuer.NOW, 1, 1, List.of("mail"))),
            "Treat it as read.");
    return new NoticeState(
        0, notice, issuer.sign(notice), Map.of(), Map.of(), Optional.empty(), Optional.empty());
  }

  private static final class Memory implements Outbox.Ledger {
    private volatile NoticeState state;
    private volatile boolean crashes;

    Memory(NoticeState state) {
      this.state = state;
    }

    @Override
    public synchronized List<Outbox.Waiting> notices() {
      return List.of(new Outbox.Waiting(state, state::signed));
    }

    @Override
    public synchronized void sent(NoticeState notice, String channel) throws IOException {
      if (crashes) {
        throw new IOException("killed between sending and recording");
      }
      Map<String, Instant> sent = new TreeMap<>(state.sent());
      sent.put(channel, Instant.EPOCH);
      state = copy(sent, state.failures());
    }

    @Override
    public synchronized void failed(NoticeState notice, String channel, String why) {
      Map<String, NoticeState.Failure> failures = new TreeMap<>(state.failures());
      failures.put(channel, new NoticeState.Failure(1, notice.notice().issuedAt(), why));
      state = copy(state.sent(), failures);
    }

    private NoticeState copy(Map<String, Instant> sent, Map<String, NoticeState.Failure> failures) {
      return new NoticeState(
          0, state.notice(), state.signed(), sent, failures, Optional.empty(), Optional.empty());
    }
  }

  private Outbox outbox(GreenMail mail, Contact contact) {
    Map<String, NoticeChannel> channels = new HashMap<>();
    channels.put(NoticePlan.PAGE, (_, _, _) -> {});
    channels.put(NoticePlan.LETTER, new LetterNotices(folder.resolve("letters"), PLACE));
    channels.put(
        NoticePlan.MAIL,
        new MailNotices(
            new MailRelay(
                new HostPort("127.0.0.1", mail.getSmtp().getPort()),
                "security@login.example",
                false),
            PLACE));
    return new Outbox(
        channels, new Contacts(Map.of("acme", contact)), Duration.ofHours(24), () -> now);
  }

  private static Contact mailOnly(String address) {
    return new Contact(Optional.empty(), false, List.of(address), List.of("Acme"), "", "en");
  }

  @Test
  void aMailHasTheSignedFileAndNoLinkAndIsSentAgainUnderTheSameNameAfterACrash() throws Exception {
    GreenMail mail = new GreenMail(new ServerSetup(0, "127.0.0.1", ServerSetup.PROTOCOL_SMTP));
    mail.start();
    try {
      Memory ledger = new Memory(state("alice"));
      Outbox outbox = outbox(mail, mailOnly("soc@acme.example"));
      ledger.crashes = true;
      Outbox.Ledger mailAlone =
          new Outbox.Ledger() {
            @Override
            public List<Outbox.Waiting> notices() {
              return ledger.notices();
            }

            @Override
            public void sent(NoticeState notice, String channel) throws IOException {
              if (channel.equals(NoticePlan.MAIL)) {
                ledger.sent(notice, channel);
              }
            }

            @Override
            public void failed(NoticeState notice, String channel, String why) {
              ledger.failed(notice, channel, why);
            }
          };
      outbox.step(mailAlone);
      outbox.awaitIdle();
      ledger.crashes = false;
      Outbox afterTheCrash = outbox(mail, mailOnly("soc@acme.example"));
      for (int i = 0; i < 2; i++) {
        afterTheCrash.step(ledger);
        afterTheCrash.awaitIdle();
      }

      MimeMessage[] messages = mail.getReceivedMessages();
      assertThat(messages).hasSize(2);
      assertThat(messages[0].getMessageID()).isEqualTo(messages[1].getMessageID());
      MimeMultipart parts = (MimeMultipart) messages[0].getContent();
      String text = String.valueOf(parts.getBodyPart(0).getContent());
      assertThat(text).contains("Do not click").doesNotContain("http").contains(PLACE);
      SignedDisclosure file =
          SignedDisclosure.parse(parts.getBodyPart(1).getInputStream().readAllBytes());
      assertThat(TheftNotice.verify(file, issuer.policy()).tenant()).isEqualTo("acme");
      assertThat(ledger.state.sent()).containsKeys("page", "mail", "letter");
      assertThat(folder.resolve("letters").toFile().list()).hasSize(2);
    } finally {
      mail.stop();
    }
  }

  @Test
  void whatAFullDiskDoesNotRecordIsNotSentAgain() throws Exception {
    AtomicInteger mails = new AtomicInteger();
    Memory ledger = new Memory(state("alice"));
    try (Outbox outbox =
        new Outbox(
            Map.of(NoticePlan.MAIL, (_, _, _) -> mails.incrementAndGet()),
            new Contacts(Map.of("acme", mailOnly("soc@acme.example"))),
            Duration.ofHours(24),
            () -> now)) {
      ledger.crashes = true;
      outbox.step(ledger);
      for (int i = 0; i < 3; i++) {
        outbox.awaitIdle();
        assertThatThrownBy(() -> outbox.step(ledger)).hasMessageContaining("killed");
      }
      outbox.awaitIdle();
      assertThat(ledger.state.sent()).isEmpty();
      ledger.crashes = false;
      assertThatThrownBy(() -> outbox.step(ledger)).hasMessageContaining("killed");
      outbox.awaitIdle();
      assertThat(ledger.state.sent()).containsKey(NoticePlan.MAIL);
      assertThat(mails).hasValue(1);
    }
  }

  @Test
  void aDeadMailServerLosesNothingAndTheLetterIsWrittenAtOnce() throws Exception {
    GreenMail mail = new GreenMail(new ServerSetup(0, "127.0.0.1", ServerSetup.PROTOCOL_SMTP));
    mail.start();
    Memory ledger = new Memory(state("alice"));
    Outbox outbox = outbox(mail, mailOnly("soc@acme.example"));
    mail.stop();
    outbox.step(ledger);
    outbox.awaitIdle();
    assertThat(ledger.state.failures()).containsKey("mail");
    assertThat(ledger.state.sent()).containsKey("letter");
    outbox.step(ledger);
    outbox.awaitIdle();
    assertThat(ledger.state.sent()).doesNotContainKey("mail");
    GreenMail again = new GreenMail(new ServerSetup(0, "127.0.0.1", ServerSetup.PROTOCOL_SMTP));
    again.start();
    try {
      now = now.plus(Duration.ofMinutes(5));
      Outbox next = outbox(again, mailOnly("soc@acme.example"));
      next.step(ledger);
      next.awaitIdle();
      assertThat(again.getReceivedMessages()).hasSize(1);
      assertThat(ledger.state.sent()).containsKey("mail");
    } finally {
      again.stop();
    }
  }

  @Test
  void aSlowChannelHoldsUpNoOther() throws Exception {
    CountDownLatch answers = new CountDownLatch(1);
    Memory ledger = new Memory(state("alice"));
    try (Outbox outbox =
        new Outbox(
            Map.of(
                NoticePlan.PAGE, (_, _, _) -> {},
                NoticePlan.MAIL, (_, _, _) -> answers.await()),
            new Contacts(Map.of("acme", mailOnly("soc@acme.example"))),
            Duration.ofHours(24),
            () -> now)) {
      for (int i = 0; i < 1000 && ledger.state.sent().isEmpty(); i++) {
        outbox.step(ledger);
        Thread.sleep(5);
      }
      assertThat(ledger.state.sent()).containsOnlyKeys(NoticePlan.PAGE);
      answers.countDown();
      outbox.awaitIdle();
      assertThat(ledger.state.sent()).containsKey(NoticePlan.MAIL);
    }
  }

  @Test
  void noNoticeGoesToAMailboxThatMayBeInOtherHands() throws Exception {
    assertThat(
            NoticePlan.due(
                state("soc@acme.example"), mailOnly("SOC@acme.example"), Duration.ofHours(24), now))
        .containsExactlyInAnyOrder(NoticePlan.PAGE, NoticePlan.LETTER);
    assertThat(
            NoticePlan.due(state("alice"), mailOnly("soc@acme.example"), Duration.ofHours(24), now))
        .contains(NoticePlan.MAIL);
  }
}
