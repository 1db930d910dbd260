package dev.counterfoil.disclosure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.counterfoil.disclosure.TheftNotice.AffectedAccount;
import dev.counterfoil.format.bytes.Base64Url;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class NoticeTest {
  private final TestIssuer issuer;

  NoticeTest() throws Exception {
    issuer = new TestIssuer("consumer");
  }

  private static TheftNotice notice(Instant issuedAt) {
    return new TheftNotice(
        "CFI-1",
        "consumer",
        "ministry",
        issuedAt,
        List.of("kid"),
        List.of(
            new AffectedAccount(
                "amara", TestIssuer.NOW, TestIssuer.NOW.plusMillis(5), 2, 1, List.of("imap"))),
        "Look at what was read.");
  }

  @Test
  void verifiesOfflineFromItsFileAndThePolicy() throws Exception {
    TheftNotice notice = notice(TestIssuer.NOW);
    String file = issuer.sign(notice).text();
    var read = SignedDisclosure.parse(file.getBytes(StandardCharsets.UTF_8));
    assertThat(TheftNotice.verify(read, issuer.policy(), "ministry")).isEqualTo(notice);
  }

  @Test
  void isRefusedWhenAWordWasChanged() throws Exception {
    SignedDisclosure good = issuer.sign(notice(TestIssuer.NOW));
    String[] parts = good.jws().split("\\.", -1);
    String changed =
        new String(Base64Url.decode(parts[1]), StandardCharsets.UTF_8).replace("amara", "boris");
    var bad =
        new SignedDisclosure(
            parts[0]
                + "."
                + Base64Url.encode(changed.getBytes(StandardCharsets.UTF_8))
                + "."
                + parts[2],
            good.key(),
            good.receipt());
    assertThat(TheftNotice.verify(good, issuer.policy(), "ministry")).isNotNull();
    assertThatThrownBy(() -> TheftNotice.verify(bad, issuer.policy(), "ministry"))
        .isInstanceOf(DisclosureException.class)
        .hasMessageContaining("signature");
  }

  @Test
  void isRefusedWhenSomebodyElseSignedIt() throws Exception {
    var stranger = new TestIssuer("consumer");
    SignedDisclosure strangers = stranger.sign(notice(TestIssuer.NOW));
    SignedDisclosure ours = issuer.sign(notice(TestIssuer.NOW));
    DisclosureKey theirs = strangers.key();
    var withOurDelegation =
        new SignedDisclosure(
            strangers.jws(),
            new DisclosureKey(theirs.entry(), theirs.proof(), ours.key().delegation()),
            strangers.receipt());
    var withOurKey = new SignedDisclosure(strangers.jws(), ours.key(), ours.receipt());
    assertThat(TheftNotice.verify(strangers, stranger.policy(), "ministry")).isNotNull();
    for (SignedDisclosure forged : List.of(strangers, withOurDelegation, withOurKey)) {
      assertThatThrownBy(() -> TheftNotice.verify(forged, issuer.policy(), "ministry"))
          .isInstanceOf(DisclosureException.class);
    }
  }

  @Test
  void isRefusedByAnotherTenantAndForAnotherDomain() throws Exception {
    SignedDisclosure good = issuer.sign(notice(TestIssuer.NOW));
    assertThatThrownBy(() -> TheftNotice.verify(good, issuer.policy(), "shipyard"))
        .isInstanceOf(DisclosureException.class)
        .hasMessageContaining("another tenant");
    var enterprise = new TestIssuer("enterprise");
    SignedDisclosure foreign = enterprise.sign(notice(TestIssuer.NOW));
    assertThatThrownBy(() -> TheftNotice.verify(foreign, enterprise.policy(), "ministry"))
        .isInstanceOf(DisclosureException.class)
        .hasMessageContaining("another domain");
  }

  @Test
  void isRefusedWhenItWasSignedOutsideItsKeysWindow() throws Exception {
    SignedDisclosure late = issuer.sign(notice(TestIssuer.NOW.plus(Duration.ofDays(2))));
    assertThatThrownBy(() -> TheftNotice.verify(late, issuer.policy(), "ministry"))
        .isInstanceOf(DisclosureException.class)
        .hasMessageContaining("window");
  }

  @Test
  void isRefusedWithoutAReceiptOrWithThatOfAnother() throws Exception {
    SignedDisclosure good = issuer.sign(notice(TestIssuer.NOW));
    SignedDisclosure other = issuer.sign(notice(TestIssuer.NOW.plusSeconds(1)));
    assertThat(TheftNotice.verify(good, issuer.policy(), "ministry")).isNotNull();
    for (Optional<LogReceipt> receipt : List.of(Optional.<LogReceipt>empty(), other.receipt())) {
      var bad = new SignedDisclosure(good.jws(), good.key(), receipt);
      assertThatThrownBy(() -> TheftNotice.verify(bad, issuer.policy(), "ministry"))
          .isInstanceOf(DisclosureException.class)
          .hasMessageContaining("receipt");
    }
  }

  @Test
  void aStatementIsNoNotice() throws Exception {
    SignedDisclosure statement =
        issuer.sign(
            PublicStatement.first(
                "CFI-1",
                "consumer",
                TestIssuer.NOW,
                List.of(Claim.hypothesis("C1", "Perhaps.", "the logs"))));
    assertThatThrownBy(() -> TheftNotice.verify(statement, issuer.policy(), "ministry"))
        .isInstanceOf(DisclosureException.class)
        .hasMessageContaining("type");
  }
}
