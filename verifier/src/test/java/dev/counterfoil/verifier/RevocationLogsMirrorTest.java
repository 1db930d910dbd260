package dev.counterfoil.verifier;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.keylog.KeyLogEntry;
import dev.counterfoil.format.keylog.KeyLogEvent;
import dev.counterfoil.format.keylog.KeySet;
import dev.counterfoil.format.keys.GroupHandle;
import dev.counterfoil.format.note.SignedNote;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Revocation logs as a mirror of the key log reads them: nobody can hold one back unseen. */
final class RevocationLogsMirrorTest {
  private static final GroupHandle GROUP = GroupHandle.of(new byte[GroupHandle.BYTES]);

  private final SettableClock clock = new SettableClock(Instant.parse("2026-11-25T12:00:00Z"));
  private final TestIssuer issuer =
      new TestIssuer("enterprise", "https://login.example/enterprise", clock);
  private final KeyLogMirror mirror;

  RevocationLogsMirrorTest() throws Exception {
    issuer.addKey();
    issuer.publish();
    mirror = new KeyLogMirror(issuer.policy(), issuer);
    issuer.keyLog().openRevocations(clock.instant());
  }

  private void revoke(long position) {
    issuer
        .keyLog()
        .revoke(
            KeyLogEntry.of(
                new KeyLogEvent.TokenRevoked("s1g1", position, clock.instant().plusSeconds(3_000)),
                clock.instant()));
  }

  private KeyLogMirror.View advance() throws Exception {
    return mirror.advance(clock.instant());
  }

  private KeyLogMirror fresh() throws Exception {
    return new KeyLogMirror(issuer.policy(), issuer);
  }

  @Test
  void whatStandsInTheOpenLogCountsThoughTheKeyLogDidNotGrow() throws Exception {
    KeyLogMirror.View before = advance();
    assertThat(before.set().revokedTokens()).isEmpty();
    for (int i = 0; i < 700; i++) {
      revoke(i);
    }
    KeyLogMirror.View after = advance();
    assertThat(after.set().version()).isEqualTo(before.set().version());
    assertThat(after.edition()).isNotEqualTo(before.edition());
    assertThat(after.set().revokedTokens()).hasSize(700);
    assertThat(after.open()).isEqualTo(new KeyLogMirror.RevocationsRead(1, 700));
    int reads = issuer.reads("/logs/keys/revoked/1/tile/entries/000");
    revoke(700);
    assertThat(advance().set().revokedTokens()).hasSize(701);
    assertThat(issuer.reads("/logs/keys/revoked/1/tile/entries/000"))
        .as("what is full is read once")
        .isEqualTo(reads);
    assertThat(fresh().advance(clock.instant()).set().revokedTokens()).hasSize(701);
  }

  @Test
  void oneEntryRevokesAGroup() throws Exception {
    Instant before = clock.instant().plusSeconds(10);
    issuer
        .keyLog()
        .revoke(
            KeyLogEntry.of(
                new KeyLogEvent.GroupRevoked(GROUP, before, before.plusSeconds(3_900)),
                clock.instant()));
    assertThat(advance().set().revokedGroups())
        .containsExactly(new KeySet.RevokedGroup(GROUP, before, before.plusSeconds(3_900)));
  }

  @Test
  void aHeadWithoutItsLineSaysNothing() throws Exception {
    Instant known = advance().asOf();
    revoke(7);
    issuer.between(
        (path, honest) ->
            path.endsWith("/checkpoint") ? withoutLine(honest.read()) : honest.read());
    clock.advance(Duration.ofSeconds(2));
    assertThatThrownBy(this::advance)
        .isInstanceOf(FormatException.class)
        .hasMessageContaining("does not say how large");
    issuer.between((path, honest) -> honest.read());
    KeyLogMirror.View after = advance();
    assertThat(after.asOf()).isAfter(known);
    assertThat(after.set().revokedTokens()).hasSize(1);
  }

  private static <T> T last(List<T> of) {
    return of.get(of.size() - 1);
  }

  /** The line about revocations is the last one. */
  private static byte[] withoutLine(byte[] head) {
    try {
      SignedNote note = SignedNote.parse(head);
      return new SignedNote(note.text(), note.signatures().subList(0, note.signatures().size() - 1))
          .bytes();
    } catch (FormatException e) {
      throw new IllegalStateException(e);
    }
  }

  @Test
  void anOldLineUnderANewHeadMakesItAsOldAsTheLine() throws Exception {
    byte[] old = issuer.keyLog().head(clock.instant()).bytes();
    Instant then = clock.instant();
    clock.advance(Duration.ofSeconds(60));
    revoke(7);
    issuer.between(
        (path, honest) -> {
          byte[] read = honest.read();
          return path.endsWith("/checkpoint") ? withLineOf(old, read) : read;
        });
    KeyLogMirror.View view = advance();
    assertThat(view.asOf()).isEqualTo(then.truncatedTo(ChronoUnit.SECONDS));
    assertThat(view.set().revokedTokens()).isEmpty();
  }

  private static byte[] withLineOf(byte[] old, byte[] head) {
    try {
      return SignedNote.parse(withoutLine(head))
          .with(List.of(last(SignedNote.parse(old).signatures())))
          .bytes();
    } catch (FormatException e) {
      throw new IllegalStateException(e);
    }
  }

  @Test
  void entriesThatAreHeldBackOrChangedStopTheMirror() throws Exception {
    advance();
    revoke(7);
    issuer.between(
        (path, honest) -> {
          if (path.contains("/revoked/")) {
            throw new FileNotFoundException("status 404");
          }
          return honest.read();
        });
    assertThatThrownBy(this::advance).isInstanceOf(IOException.class);
    issuer.between(
        (path, honest) -> {
          byte[] read = honest.read();
          if (path.contains("/revoked/")) {
            read[read.length - 2] ^= 1;
          }
          return read;
        });
    assertThatThrownBy(this::advance)
        .isInstanceOf(FormatException.class)
        .hasMessageContaining("do not lead to the root");
    issuer.between((path, honest) -> honest.read());
    assertThat(advance().set().revokedTokens()).hasSize(1);
  }

  @Test
  void aLogThatGoesBackIsRefusedAlsoWhenAllIsReadAnew() throws Exception {
    byte[] empty = issuer.keyLog().head(clock.instant()).bytes();
    revoke(7);
    assertThat(advance().set().revokedTokens()).hasSize(1);
    issuer.between((path, honest) -> path.endsWith("/checkpoint") ? empty : honest.read());
    assertThatThrownBy(this::advance)
        .isInstanceOf(FormatException.class)
        .hasMessageContaining("goes back");
    assertThat(mirror.wentBack()).isTrue();
  }

  @Test
  void twoHistoriesOfARevocationLogAreAFork() throws Exception {
    revoke(7);
    advance();
    issuer.keyLog().revoked(1).set(0, last(issuer.keyLog().entries()));
    assertThatThrownBy(this::advance).isInstanceOf(KeyLogMirror.ForkedException.class);
  }

  @Test
  void twoHistoriesOfARevocationLogAreAForkAlsoWhenAllIsReadAnew() throws Exception {
    revoke(7);
    advance();
    Instant before = clock.instant();
    clock.set(before.minusSeconds(60));
    List<byte[]> log = issuer.keyLog().revoked(1);
    byte[] first = log.get(0);
    revoke(8);
    log.set(0, last(log));
    assertThatThrownBy(this::advance).isInstanceOf(KeyLogMirror.ForkedException.class);
    log.set(0, first);
    assertThat(advance().set().revokedTokens()).as("the control").hasSize(2);
  }

  @Test
  void anEndedLogIsReadUntilItsTokensHaveExpired() throws Exception {
    revoke(7);
    Instant until = clock.instant().plusSeconds(3_000);
    issuer.keyLog().endRevocations(clock.instant(), until);
    assertThat(fresh().advance(clock.instant()).set().revokedTokens()).hasSize(1);
    assertThat(advance().set().revokedTokens()).hasSize(1);
    assertThat(issuer.keyLog().openRevocations(clock.instant())).isEqualTo(2);
    revoke(8);
    assertThat(advance().set().revokedTokens()).hasSize(2);
    clock.advance(Duration.ofSeconds(3_001));
    int reads = issuer.readsWith("/revoked/1/");
    KeyLogMirror.View later = fresh().advance(clock.instant());
    assertThat(later.set().revokedTokens()).isEmpty();
    assertThat(issuer.readsWith("/revoked/1/")).as("nobody reads it").isEqualTo(reads);
  }

  @Test
  void aKeyEventInARevocationLogIsNoEntry() throws Exception {
    issuer
        .keyLog()
        .revoke(KeyLogEntry.of(new KeyLogEvent.KeyRetired("A".repeat(43)), clock.instant()));
    assertThatThrownBy(this::advance).isInstanceOf(FormatException.class);
  }
}
