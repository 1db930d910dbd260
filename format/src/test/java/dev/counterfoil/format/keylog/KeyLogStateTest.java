package dev.counterfoil.format.keylog;

import static dev.counterfoil.format.keylog.KeyLogEvent.WithdrawalReason.COMPROMISED;
import static dev.counterfoil.format.keylog.KeyLogEvent.WithdrawalReason.ENDED;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.keys.KeyStatement;
import dev.counterfoil.format.keys.KeyStatementBuilder;
import dev.counterfoil.format.note.NoteKey;
import dev.counterfoil.format.policy.TrustPolicy;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/**
 * The fold of a key log: what counts after which entries. {@link KeyLogCases} has what may stand.
 */
class KeyLogStateTest {
  private static final Instant NOW = Samples.NOW;

  private final Samples samples = new Samples();
  private final KeyLogState state = samples.nothing();

  private void apply(List<byte[]> entries) throws FormatException {
    for (byte[] entry : entries) {
      state.apply(entry);
    }
  }

  private void take(KeyLogEvent.Takes event) throws FormatException {
    state.apply(KeyLogEntry.of(event, NOW));
  }

  @Test
  void saysWhatWasStated() throws Exception {
    apply(samples.keyLog());
    KeySet set = state.keySet(state.size(), NOW);
    assertThat(set.keys()).containsExactly(samples.statement());
    assertThat(set.logs()).containsExactly(samples.log());
    assertThat(set.version()).isEqualTo(4);
    assertThat(set.delegation(NOW)).contains(samples.delegation());
  }

  @Test
  void oneChangedCharacterOfWhatIsSignedIsRefused() throws Exception {
    List<byte[]> entries = samples.keyLog();
    for (int entry = 0; entry < entries.size(); entry++) {
      KeyLogState before = samples.nothing();
      for (byte[] earlier : entries.subList(0, entry)) {
        before.apply(earlier);
      }
      byte[] good = entries.get(entry);
      for (int at = 0; at < good.length; at += 7) {
        byte[] changed = good.clone();
        changed[at] = (byte) (changed[at] == 'A' ? 'B' : 'A');
        assertThatThrownBy(() -> before.copy().apply(changed)).isInstanceOf(FormatException.class);
      }
      before.copy().apply(good);
    }
  }

  @Test
  void whatGivesCountsWhenItIsCosignedAndWhatTakesAtOnce() throws Exception {
    apply(samples.keyLog());
    take(new KeyLogEvent.TokenRevoked("s1g1", 7, NOW.plusSeconds(60)));
    assertThat(state.keySet(3, NOW).keys()).as("its entry has index 3").isEmpty();
    assertThat(state.keySet(3, NOW).logs()).hasSize(1);
    assertThat(state.keySet(2, NOW).logs()).isEmpty();
    assertThat(state.keySet(4, NOW).keys()).hasSize(1);
    assertThat(state.keySet(0, NOW).revokedTokens()).hasSize(1);
  }

  @Test
  void aRevocationIsNeverNarrowed() throws Exception {
    apply(samples.keyLog());
    String kid = samples.statement().kid();
    for (long from : new long[] {100, 50, 70}) {
      take(new KeyLogEvent.KeyRevoked(kid, "s1g1", from));
    }
    assertThat(state.revokedKey(kid).orElseThrow().from()).isEqualTo(50);
    take(new KeyLogEvent.KeyRevoked(kid, "d1g2", 3));
    take(new KeyLogEvent.KeyRevoked(kid, "d1g3", 1));
    assertThat(state.isRevoked(kid, "d1g2", 2)).isFalse();
    assertThat(state.isRevoked(kid, "d1g2", 3)).isTrue();
    assertThat(state.isRevoked(kid, "d1g3", 0)).as("that another log is named since").isTrue();
    for (int seconds : new int[] {60, 90, 30}) {
      take(new KeyLogEvent.TokenRevoked("s1g1", 7, NOW.plusSeconds(seconds)));
    }
    assertThat(state.revokedToken("s1g1", 7).orElseThrow().until()).isEqualTo(NOW.plusSeconds(90));
    for (long size : new long[] {9, 8, 10}) {
      take(
          new KeyLogEvent.LogEnded(
              "s1g1", size, Optional.empty(), KeyLogEvent.EndReason.ROLLED_BACK));
    }
    assertThat(state.ended("s1g1").orElseThrow().size()).isEqualTo(8);
  }

  @Test
  void aWithdrawnKeyIsNoKeyAndItsStatementIsRemembered() throws Exception {
    apply(samples.keyLog());
    take(new KeyLogEvent.KeyWithdrawn(samples.statement().kid(), COMPROMISED));
    KeySet set = state.keySet(state.size(), NOW);
    assertThat(set.keys()).isEmpty();
    assertThat(set.withdrawnKeys()).containsExactly(samples.statement().kid());
    assertThat(set.withdrawnStatements()).containsExactly(samples.statement());
  }

  @Test
  void aCopyGoesOnByItself() throws Exception {
    apply(samples.keyLog());
    KeyLogState copy = state.copy();
    copy.apply(
        KeyLogEntry.of(new KeyLogEvent.KeyWithdrawn(samples.statement().kid(), COMPROMISED), NOW));
    assertThat(state.trustedKeys()).hasSize(1);
    assertThat(copy.trustedKeys()).isEmpty();
    assertThat(state.size()).isEqualTo(4);
    assertThat(copy.size()).isEqualTo(5);
  }

  @Test
  void forgetsWhatIsOverAndTheOldestEndedKeysFirst() throws Exception {
    apply(samples.keyLog());
    take(new KeyLogEvent.TokenRevoked("s1g1", 7, NOW.plusSeconds(60)));
    take(new KeyLogEvent.TokenRevoked("s1g1", 8, NOW.plusSeconds(61)));
    state.forget(NOW.plusSeconds(60));
    assertThat(state.revokedToken("s1g1", 7)).isEmpty();
    assertThat(state.revokedToken("s1g1", 8)).isPresent();
    Instant end = samples.statement().verifyUntil();
    state.forget(end.plus(KeyLogState.STATEMENT_KEPT).minusSeconds(1));
    assertThat(state.trustedKeys()).hasSize(1);
    state.forget(end.plus(KeyLogState.STATEMENT_KEPT));
    assertThat(state.trustedKeys()).isEmpty();
  }

  @Test
  void aKeyIsStatedOnceWhetherItWasForgottenOrNot() throws Exception {
    apply(samples.keyLog());
    KeyStatement like = samples.statement();
    Instant end = like.verifyUntil();
    KeyStatementBuilder later =
        like.toBuilder()
            .active(end, end.plus(Duration.ofDays(1)))
            .verifyUntil(end.plus(Duration.ofDays(2)));
    KeyLogState forgetful = state.copy();
    forgetful.forget(end.plus(KeyLogState.STATEMENT_KEPT));
    assertThat(forgetful.trustedKeys()).isEmpty();
    byte[] again = stated(later.build(), end);
    byte[] another = stated(later.jwk(Samples.es256()).build(), end);
    for (KeyLogState judge : List.of(state, forgetful)) {
      assertThatThrownBy(() -> judge.apply(again)).hasMessage("key is stated already");
      judge.apply(another);
    }
  }

  private byte[] stated(KeyStatement key, Instant at) throws GeneralSecurityException {
    return KeyLogEntry.of(
        new KeyLogEvent.KeyStated(key), at, KeyLog.origin(Samples.ISSUER), 4, samples.registrar);
  }

  @Test
  void whatHappensToAKeyAtItsEndIsToldAndForgottenWithIt() throws Exception {
    apply(samples.keyLog());
    String kid = samples.statement().kid();
    take(new KeyLogEvent.KeyTainted(kid, NOW.plusSeconds(5)));
    take(new KeyLogEvent.KeyTainted(kid, NOW.plusSeconds(9)));
    take(new KeyLogEvent.KeyRetired(kid));
    assertThat(state.takenBack()).containsExactly(kid);
    assertThat(state.trustedKeys()).as("its earlier tokens are good").hasSize(1);
    take(new KeyLogEvent.KeyWithdrawn(kid, ENDED));
    KeySet set = state.keySet(state.size(), NOW);
    assertThat(set.taintedKeys())
        .as("a taint is not narrowed")
        .containsExactly(new KeySet.TaintedKey(kid, NOW.plusSeconds(5), NOW));
    assertThat(set.retiredKeys()).containsExactly(new KeySet.RetiredKey(kid, NOW));
    assertThat(set.withdrawals()).containsExactly(new KeySet.WithdrawnKey(kid, ENDED, NOW));
    state.forget(samples.statement().verifyUntil().plus(KeyLogState.STATEMENT_KEPT));
    KeySet later = state.keySet(state.size(), NOW);
    assertThat(later.withdrawals()).isEmpty();
    assertThat(later.retiredKeys()).isEmpty();
    assertThat(later.taintedKeys()).as("whoever uses it is recognised").hasSize(1);
  }

  @Test
  void aKeyThatSomebodyTookBackStaysInTheListAndIsNoEndedOne() throws Exception {
    apply(samples.keyLog());
    String kid = samples.statement().kid();
    take(new KeyLogEvent.KeyWithdrawn(kid, ENDED));
    take(new KeyLogEvent.KeyWithdrawn(kid, COMPROMISED));
    take(new KeyLogEvent.KeyWithdrawn(kid, ENDED));
    state.forget(samples.statement().verifyUntil().plus(KeyLogState.STATEMENT_KEPT));
    assertThat(state.keySet(state.size(), NOW).withdrawals())
        .containsExactly(new KeySet.WithdrawnKey(kid, COMPROMISED, NOW));
  }

  @Test
  void aLogKeyThatThePolicyPinsOtherwiseIsRefused() throws Exception {
    TrustPolicy plain = samples.policy();
    for (NoteKey pinned :
        List.of(samples.log().key(), samples.registrar.noteKey(samples.log().key().name()))) {
      KeyLogState under =
          KeyLogState.under(
              new TrustPolicy(plain.domain(), plain.issuer(), plain.root(), List.of(pinned)));
      under.apply(samples.keyLog().get(0));
      under.apply(samples.keyLog().get(1));
      byte[] stated = samples.keyLog().get(2);
      if (pinned.equals(samples.log().key())) {
        under.apply(stated);
      } else {
        assertThatThrownBy(() -> under.apply(stated)).isInstanceOf(FormatException.class);
      }
    }
  }

  @Test
  void bundlesAreReadBackAndNothingElseIs() throws Exception {
    List<byte[]> entries = samples.keyLog();
    byte[] bundle = EntryBundle.of(entries);
    assertThat(EntryBundle.parse(bundle, 4)).hasSize(4).containsExactlyElementsOf(entries);
    for (int width : new int[] {3, 5}) {
      assertThatThrownBy(() -> EntryBundle.parse(bundle, width))
          .isInstanceOf(FormatException.class);
    }
    byte[] cut = java.util.Arrays.copyOf(bundle, bundle.length - 1);
    assertThatThrownBy(() -> EntryBundle.parse(cut, 4)).isInstanceOf(FormatException.class);
  }
}
