package dev.counterfoil.drills;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterfoil.drills.HttpMailService.Binding;
import java.net.URI;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class HttpMailServiceTest {
  /**
   * A gate of the test's own: "amara" is a bearer token, anything with a slash is bound to what
   * follows it.
   */
  private static final TokenGate GATE =
      token -> {
        if (token.startsWith("bad")) {
          return new TokenGate.Decision.Bad("never-issued");
        }
        String[] parts = token.split("~", 2);
        return new TokenGate.Decision.Good(
            parts[0], parts.length == 2 ? Optional.of(parts[1]) : Optional.empty());
      };

  @TempDir private Path folder = Path.of("unset");
  private final HttpMailClient client = new HttpMailClient();
  private Optional<HttpMailService> running = Optional.empty();

  @AfterEach
  void end() {
    client.close();
    running.ifPresent(HttpMailService::close);
  }

  private URI mailbox(Binding binding, String user) throws Exception {
    Mailboxes mailboxes =
        Mailboxes.seed(
            folder.resolve("mail"),
            List.of(
                new MailUser("amara", "enterprise", "ministry"),
                new MailUser("boris", "enterprise", "ministry")),
            5,
            1,
            Instant.parse("2026-11-20T12:00:00Z"));
    HttpMailService service = HttpMailService.start(mailboxes, GATE, binding);
    running = Optional.of(service);
    return service.mailbox(user);
  }

  private static void assertRefused(HttpMailClient.Result result, String code) {
    assertThat(result).isEqualTo(new HttpMailClient.Result.Refused(code));
  }

  @Test
  void opensTheMailboxOfTheTokensSubjectAndNoOther() throws Exception {
    URI mailbox = mailbox(Binding.BEARER_ALLOWED, "amara");
    assertThat(client.read(mailbox, "amara"))
        .isInstanceOfSatisfying(
            HttpMailClient.Result.Read.class, it -> assertThat(it.messageIds()).hasSize(5));
    assertRefused(client.read(mailbox, "boris"), "another-user");
    assertRefused(client.read(mailbox, "bad"), "never-issued");
  }

  @Test
  void wantsAProofWhereTheServiceInsists() throws Exception {
    URI mailbox = mailbox(Binding.PROOF_REQUIRED, "amara");
    DpopKey key = DpopKey.generate();
    String token = "amara~" + key.thumbprint();
    assertThat(client.read(mailbox, token, key.proof("GET", mailbox, token)))
        .isInstanceOf(HttpMailClient.Result.Read.class);
    assertRefused(client.read(mailbox, "amara"), "token-not-bound");
  }

  @Test
  void aBoundTokenIsNoGoodWithoutItsKey() throws Exception {
    URI mailbox = mailbox(Binding.BEARER_ALLOWED, "amara");
    DpopKey key = DpopKey.generate();
    DpopKey thief = DpopKey.generate();
    String token = "amara~" + key.thumbprint();
    String proof = key.proof("GET", mailbox, token);

    assertThat(client.read(mailbox, token, proof)).isInstanceOf(HttpMailClient.Result.Read.class);
    assertRefused(client.read(mailbox, token, proof), "bad-proof");
    assertRefused(client.read(mailbox, token), "bound-token-as-bearer");
    assertRefused(client.read(mailbox, token, thief.proof("GET", mailbox, token)), "bad-proof");
    assertRefused(client.read(mailbox, token, key.proof("POST", mailbox, token)), "bad-proof");
    assertRefused(client.read(mailbox, token, key.proof("GET", mailbox)), "bad-proof");
    assertRefused(
        client.read(
            mailbox, token, key.proof("GET", URI.create("http://elsewhere.example/"), token)),
        "bad-proof");
    assertRefused(client.read(mailbox, token, "not a proof"), "bad-proof");
  }
}
