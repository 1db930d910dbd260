package dev.counterfoil.drills.mail;

import static org.assertj.core.api.Assertions.assertThat;

import com.nimbusds.jose.jwk.JWK;
import com.nimbusds.jose.jwk.JWKSet;
import dev.counterfoil.drills.domain.DpopKey;
import dev.counterfoil.drills.mail.TokenGate.Binding;
import dev.counterfoil.drills.theft.TestTokens;
import java.net.URI;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The HTTP mail service with what a careful service checks today: signature, expiry, proof of
 * possession.
 */
class HttpMailServiceTest {
  @TempDir private Path folder = Path.of("unset");
  private final HttpMailClient client = new HttpMailClient();
  private final List<AutoCloseable> open = new ArrayList<>();
  private final TestTokens trusted = TestTokens.make();
  private final TestTokens stranger = TestTokens.make();

  @AfterEach
  void end() throws Exception {
    client.close();
    for (AutoCloseable closeable : open.reversed()) {
      closeable.close();
    }
  }

  private URI mailbox(Binding binding) throws Exception {
    Mailboxes mailboxes =
        Mailboxes.seed(
            folder.resolve("mail"),
            List.of(
                new MailUser("amara", "enterprise", "ministry"),
                new MailUser("boris", "enterprise", "ministry")),
            5,
            1,
            Instant.parse("2026-11-20T12:00:00Z"));
    JWK key =
        JWK.parse(
            trusted
                .publicKey()
                .jwk()
                .replace("{", "{\"kid\":\"" + trusted.publicKey().kid() + "\","));
    var gate = new SignatureOnlyGate(new JWKSet(key), binding);
    open.add(gate);
    HttpMailService service = HttpMailService.start(mailboxes, gate);
    open.add(service);
    return service.mailbox("amara");
  }

  private static void assertOpens(HttpMailClient.Result result) {
    assertThat(result)
        .isInstanceOfSatisfying(
            HttpMailClient.Result.Read.class, it -> assertThat(it.messageIds()).hasSize(5));
  }

  private static void assertRefused(HttpMailClient.Result result, String code) {
    assertThat(result).isEqualTo(new HttpMailClient.Result.Refused(code));
  }

  @Test
  void opensTheMailboxOfTheTokensSubjectAndNoOther() throws Exception {
    URI mailbox = mailbox(Binding.BEARER_ALLOWED);
    assertOpens(client.read(mailbox, trusted.of("amara")));
    assertRefused(client.read(mailbox, trusted.of("boris")), "another-user");
    assertRefused(client.read(mailbox, stranger.of("amara")), "signature-or-expiry");
    assertRefused(client.read(mailbox, trusted.of("amara") + "A"), "signature-or-expiry");
  }

  @Test
  void wantsABoundTokenWhereTheServiceInsists() throws Exception {
    URI mailbox = mailbox(Binding.PROOF_REQUIRED);
    DpopKey key = DpopKey.generate();
    String token = trusted.boundTo("amara", key.thumbprint());
    assertOpens(client.read(mailbox, token, key.proof("GET", mailbox, token)));
    assertRefused(client.read(mailbox, trusted.of("amara")), "token-not-bound");
  }

  @Test
  void aBoundTokenIsNoGoodWithoutItsKey() throws Exception {
    URI mailbox = mailbox(Binding.BEARER_ALLOWED);
    DpopKey key = DpopKey.generate();
    DpopKey thief = DpopKey.generate();
    String token = trusted.boundTo("amara", key.thumbprint());
    String proof = key.proof("GET", mailbox, token);
    String refused = "no-proof-of-the-tokens-key";

    assertOpens(client.read(mailbox, token, proof));
    assertRefused(client.read(mailbox, token, proof), refused);
    assertRefused(client.read(mailbox, token), refused);
    assertRefused(client.read(mailbox, token, thief.proof("GET", mailbox, token)), refused);
    assertRefused(client.read(mailbox, token, key.proof("POST", mailbox, token)), refused);
    assertRefused(client.read(mailbox, token, key.proof("GET", mailbox)), refused);
    URI elsewhere = URI.create("http://elsewhere.example/");
    assertRefused(client.read(mailbox, token, key.proof("GET", elsewhere, token)), refused);
    assertRefused(client.read(mailbox, token, "not a proof"), refused);
  }
}
