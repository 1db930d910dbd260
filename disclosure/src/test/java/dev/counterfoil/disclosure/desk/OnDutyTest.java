package dev.counterfoil.disclosure.desk;

import static org.assertj.core.api.Assertions.assertThat;

import com.icegreen.greenmail.util.GreenMail;
import com.icegreen.greenmail.util.ServerSetup;
import dev.counterfoil.configuration.HostPort;
import dev.counterfoil.configuration.SecretFile;
import dev.counterfoil.configuration.UnixSocketPath;
import dev.counterfoil.disclosure.TestIssuer;
import dev.counterfoil.disclosure.desk.DisclosureConfiguration.Mail;
import dev.counterfoil.disclosure.desk.DisclosureConfiguration.OnDutyPeople;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.signerprotocol.Answer;
import dev.counterfoil.signerprotocol.Request;
import dev.counterfoil.signerprotocol.SignerClient;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A real process calls the people on duty by a real mail server, once for each deadline. */
@Timeout(90)
class OnDutyTest {
  private static final Duration PATIENCE = Duration.ofSeconds(20);
  private static final int MAILS_WITHIN_MILLIS = 30_000;

  @TempDir
  @SuppressWarnings("NullAway.Init") // injected
  private Path folder;

  private final GreenMail mail =
      new GreenMail(new ServerSetup(0, "127.0.0.1", ServerSetup.PROTOCOL_SMTP));

  @BeforeEach
  void files() throws Exception {
    mail.start();
    Files.writeString(folder.resolve("policy.txt"), new TestIssuer("consumer").policy().text());
    DisclosureAuditTest.clientKey(folder.resolve("client.jwk"));
  }

  @AfterEach
  void stopMail() {
    mail.stop();
  }

  private DisclosureProcess start() throws Exception {
    return DisclosureProcess.start(
        new DisclosureConfiguration(
            folder.resolve("policy.txt"),
            "consumer.example/disclosure",
            folder.resolve("own"),
            folder.resolve("public"),
            "consumer.example/disclosure",
            new UnixSocketPath(folder.resolve("s")),
            List.of(),
            Optional.empty(),
            List.of(),
            URI.create("http://127.0.0.1:1"),
            "counterfoil-disclosure",
            SecretFile.at(folder.resolve("client.jwk")),
            true,
            Optional.empty(),
            List.of(),
            Optional.of(
                new Mail(
                    new HostPort("127.0.0.1", mail.getSmtp().getPort()),
                    "security@login.example",
                    false)),
            Optional.of(new OnDutyPeople(List.of("duty@login.example"), Optional.empty())),
            List.of(),
            Duration.ofHours(24)),
        InstantSource.system(),
        new SecureRandom(),
        _ -> {});
  }

  private void ask(String command, JsonObject arguments) throws Exception {
    assertThat(
            SignerClient.askAnew(
                folder.resolve("s"), new Request.Command(command, arguments), PATIENCE, PATIENCE))
        .isInstanceOf(Answer.Done.class);
  }

  private void clock(String rule, String event, Duration ago) throws Exception {
    ask(
        "clock",
        JsonObject.builder()
            .put("incident", "7")
            .put("rule", rule)
            .put("event", event)
            .put("at", Instant.now().minus(ago).getEpochSecond())
            .put("met", false)
            .put("why", "a forged token was accepted")
            .build());
  }

  private void open() throws Exception {
    ask(
        "incident-part",
        JsonObject.builder()
            .put("first", true)
            .put("accounts", List.of())
            .put("entities", List.of())
            .build());
    ask(
        "open",
        JsonObject.builder()
            .put("id", "7")
            .put("domain", "consumer")
            .put("severity", "high")
            .put("first_ms", 1)
            .put("last_ms", 2)
            .put("keys", List.of())
            .put("not_known", List.of())
            .build());
  }

  private long entries() throws Exception {
    return SignerClient.askAnew(
                folder.resolve("s"),
                new Request.Command("status", JsonObject.builder().build()),
                PATIENCE,
                PATIENCE)
            instanceof Answer.Done done
        ? done.result().number("entries")
        : 0;
  }

  private String text(int number) throws Exception {
    assertThat(mail.waitForIncomingEmail(MAILS_WITHIN_MILLIS, number)).isTrue();
    return String.valueOf(mail.getReceivedMessages()[number - 1].getContent());
  }

  @Test
  void theyAreCalledOnceForEachDeadlineAlsoAfterARestart() throws Exception {
    try (DisclosureProcess _ = start()) {
      open();
      clock("gdpr-33", "aware", Duration.ofHours(60));
      assertThat(text(1)).contains("Incident 7: gdpr-33, notification, is due at");
      // The incident, the decision, and that they were called.
      while (entries() < 3) {
        Thread.sleep(20);
      }
    }
    try (DisclosureProcess _ = start()) {
      // What was called about before is not in this one.
      clock("nis2-23", "aware-significant", Duration.ofHours(30));
      assertThat(text(2)).contains("nis2-23, early-warning, IS LATE").doesNotContain("gdpr-33");
    }
  }
}
