package dev.counterfoil.disclosure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.counterfoil.disclosure.Claim.State;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class PublicStatementTest {
  private static final Claim STOLEN =
      Claim.confirmed("C1", "A signing key was used outside its signer.", List.of("finding 1"));
  private static final Claim CAUSE =
      Claim.hypothesis("C2", "The key left the signer in a crash dump.", "a dump that holds it");

  private final TestIssuer issuer;

  PublicStatementTest() throws Exception {
    issuer = new TestIssuer("consumer");
  }

  private static PublicStatement first() {
    return PublicStatement.first("CFI-1", "consumer", TestIssuer.NOW, List.of(STOLEN, CAUSE));
  }

  private SignedDisclosure sign(PublicStatement statement) throws Exception {
    return issuer.sign(statement);
  }

  @Test
  void aSecondVersionWithdrawsAHypothesisInTheOpen() throws Exception {
    SignedDisclosure one = sign(first());
    SignedDisclosure two =
        sign(
            first()
                .next(
                    one,
                    TestIssuer.NOW.plusSeconds(60),
                    List.of(STOLEN, CAUSE.withdrawn("No dump holds the key."))));

    assertThat(PublicStatement.verify(List.of(one), issuer.policy()).claim("C2"))
        .hasValueSatisfying(claim -> assertThat(claim.state()).isEqualTo(State.HYPOTHESIS));
    PublicStatement last = PublicStatement.verify(List.of(one, two), issuer.policy());
    assertThat(last.version()).isEqualTo(2);
    assertThat(last.claim("C2"))
        .hasValueSatisfying(
            claim -> {
              assertThat(claim.state()).isEqualTo(State.WITHDRAWN);
              assertThat(claim.text()).isEqualTo(CAUSE.text());
              assertThat(claim.reason()).isEqualTo("No dump holds the key.");
            });
  }

  @Test
  void theTextsAroundTheClaimsAreSignedWithThem() throws Exception {
    PublicStatement plain = first();
    SortedMap<String, String> texts = new TreeMap<>(Map.of("headline", "A key was stolen"));
    PublicStatement two =
        plain.next(
            sign(plain),
            TestIssuer.NOW,
            List.of(STOLEN, CAUSE),
            List.of(),
            Optional.empty(),
            texts);
    PublicStatement read = PublicStatement.verify(List.of(sign(plain), sign(two)), issuer.policy());
    assertThat(read.texts()).isEqualTo(texts);
    assertThat(StatementPage.text(read)).contains("headline: A key was stolen\n");
  }

  @Test
  void noVersionCanBeLeftOutOrExchanged() throws Exception {
    SignedDisclosure one = sign(first());
    SignedDisclosure two =
        sign(first().next(one, TestIssuer.NOW.plusSeconds(1), List.of(STOLEN, CAUSE)));
    SignedDisclosure other =
        sign(
            PublicStatement.first(
                "CFI-1", "consumer", TestIssuer.NOW.minusSeconds(1), List.of(STOLEN, CAUSE)));
    assertThat(PublicStatement.verify(List.of(one, two), issuer.policy()).version()).isEqualTo(2);
    for (List<SignedDisclosure> wrong :
        List.of(List.of(two), List.of(two, one), List.of(other, two), List.of(one, one))) {
      assertThatThrownBy(() -> PublicStatement.verify(wrong, issuer.policy()))
          .isInstanceOf(DisclosureException.class);
    }
    assertThatThrownBy(() -> PublicStatement.verify(List.of(), issuer.policy()))
        .isInstanceOf(DisclosureException.class);
  }

  @Test
  void noClaimCanDisappearChangeItsWordsOrComeBack() throws Exception {
    SignedDisclosure one = sign(first());
    var later = TestIssuer.NOW.plusSeconds(1);
    assertThat(first().next(one, later, List.of(STOLEN, CAUSE)).version()).isEqualTo(2);
    assertThatThrownBy(() -> first().next(one, later, List.of(STOLEN)))
        .isInstanceOf(DisclosureException.class)
        .hasMessageContaining("disappears");
    var reworded = Claim.hypothesis("C2", "The key may have left somehow.", "anything");
    assertThatThrownBy(() -> first().next(one, later, List.of(STOLEN, reworded)))
        .isInstanceOf(DisclosureException.class)
        .hasMessageContaining("words");
    var weaker = Claim.hypothesis("C1", STOLEN.text(), "more evidence");
    assertThatThrownBy(() -> first().next(one, later, List.of(weaker, CAUSE)))
        .isInstanceOf(DisclosureException.class)
        .hasMessageContaining("cannot become");
    PublicStatement two =
        first().next(one, later, List.of(STOLEN, CAUSE.withdrawn("No dump holds the key.")));
    SignedDisclosure signedTwo = sign(two);
    assertThatThrownBy(() -> two.next(signedTwo, later, List.of(STOLEN, CAUSE)))
        .isInstanceOf(DisclosureException.class)
        .hasMessageContaining("cannot become");
  }

  @Test
  void nothingIsConfirmedWithoutEvidenceNorWithdrawnWithoutReason() {
    assertThat(Claim.confirmed("C1", "It was so.", List.of("finding 1")).state())
        .isEqualTo(State.CONFIRMED);
    assertThatThrownBy(() -> Claim.confirmed("C1", "It was so.", List.of()))
        .hasMessageContaining("without evidence");
    assertThatThrownBy(() -> Claim.hypothesis("C1", "It may be so.", " "))
        .hasMessageContaining("what would decide it");
    assertThatThrownBy(() -> CAUSE.withdrawn("")).hasMessageContaining("without a reason");
  }
}
