package dev.counterfoil.verifier;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.keylog.KeyLogEntry;
import dev.counterfoil.format.keylog.KeyLogEvent;
import dev.counterfoil.format.keylog.KeySet;
import dev.counterfoil.format.note.CosignerKey;
import dev.counterfoil.format.note.SignedNote;
import dev.counterfoil.format.policy.LogPolicy;
import dev.counterfoil.format.policy.TrustPolicy;
import dev.counterfoil.verifier.reading.ReadSide;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/**
 * Mirroring the key log: what counts, and everything that somebody in between or its key can try.
 */
class KeyLogMirrorTest {
  private static final Instant START = Instant.parse("2026-11-25T12:00:00Z");

  private final SettableClock clock = new SettableClock(START);
  private final TestIssuer issuer =
      new TestIssuer("enterprise", "https://login.example/enterprise", clock);
  private final TestKeys.Es256 key = issuer.addKey();
  private final KeyLogMirror mirror;

  KeyLogMirrorTest() throws Exception {
    issuer.publish();
    mirror = new KeyLogMirror(issuer.policy(), issuer);
  }

  private KeySet advance(KeyLogMirror of) throws Exception {
    return of.advance(clock.instant()).set();
  }

  private KeySet advance() throws Exception {
    return advance(mirror);
  }

  /** What stops the mirror; empty when nothing does. */
  private Optional<Exception> stopped(KeyLogMirror of) {
    try {
      of.advance(clock.instant());
      return Optional.empty();
    } catch (Exception e) {
      return Optional.of(e);
    }
  }

  private KeyLogMirror fresh() throws Exception {
    return new KeyLogMirror(issuer.policy(), issuer);
  }

  private void revoke(long position) {
    issuer.take(new KeyLogEvent.TokenRevoked("s1g1", position, clock.instant().plusSeconds(3_000)));
  }

  @Test
  void whatStandsInTheLogCounts() throws Exception {
    KeySet set = advance();
    assertThat(set.version()).isEqualTo(4);
    assertThat(set.key(key.kid())).isPresent();
    assertThat(set.log("s1g1")).isPresent();
    revoke(7);
    assertThat(advance().revokedTokens()).extracting(KeySet.RevokedToken::position).contains(7L);
  }

  @Test
  void aStatementThatIsNotInTheLogIsNoKey() throws Exception {
    TestKeys.Es256 aside = new TestKeys.Es256();
    byte[] statement = issuer.signed(new KeyLogEvent.KeyStated(issuer.statement(aside, "s1g1")));
    assertThat(advance().key(aside.kid())).isEmpty();
    issuer.keyLog().append(statement);
    assertThat(advance().key(aside.kid())).isPresent();
  }

  @Test
  void growsAcrossBundlesAndReadsOnlyWhatIsNew() throws Exception {
    for (int i = 0; i < 700; i++) {
      revoke(i);
    }
    assertThat(advance().revokedTokens()).hasSize(700);
    int first = issuer.reads("/logs/keys/tile/entries/000");
    for (int i = 700; i < 1_000; i++) {
      revoke(i);
    }
    assertThat(advance().revokedTokens()).hasSize(1_000);
    assertThat(issuer.reads("/logs/keys/tile/entries/000")).isEqualTo(first);
    assertThat(advance(fresh()).revokedTokens()).hasSize(1_000);
  }

  @Test
  void aPartialBundleThatIsGoneIsReadFromTheFullOne() throws Exception {
    for (int i = 0; i < 300; i++) {
      revoke(i);
    }
    byte[] older = issuer.keyLog().head(100, clock.instant()).bytes();
    issuer.between(
        (path, honest) -> {
          if (path.endsWith(".p/100")) {
            throw new FileNotFoundException("status 404");
          }
          return path.endsWith("checkpoint") ? older : honest.read();
        });
    assertThat(advance(fresh()).version()).isEqualTo(100);
  }

  @Test
  void anyEntryThatIsChangedOnTheWayStopsTheMirrorAndItRecovers() throws Exception {
    advance();
    revoke(1);
    revoke(2);
    TestKeys.Es256 next = issuer.addKey();
    issuer.publish();
    long size = issuer.keyLog().size();
    for (int entry = 0; entry < size; entry++) {
      List<byte[]> entries = new ArrayList<>(issuer.keyLog().entries());
      byte[] changed = entries.get(entry).clone();
      changed[changed.length / 2] ^= 1;
      entries.set(entry, changed);
      TestKeyLog lie = issuer.keyLog().fork(entries);
      issuer.between((path, honest) -> lied(path, honest, lie));
      assertThat(stopped(fresh())).as("entry " + entry).isPresent();
      if (entry >= 4) {
        assertThat(stopped(mirror)).as("entry " + entry).containsInstanceOf(FormatException.class);
      }
    }
    issuer.honest();
    assertThat(advance().key(next.kid())).isPresent();
  }

  private static byte[] lied(String path, TestIssuer.Honest honest, TestKeyLog lie)
      throws IOException {
    return path.contains("/tile/entries/")
        ? dev.counterfoil.format.tree.Tile.parse(path.substring(TestIssuer.KEY_LOG.length()))
            .flatMap(lie::bundle)
            .orElseThrow(() -> new FileNotFoundException("status 404"))
        : honest.read();
  }

  @Test
  void aRevocationThatIsLeftOutOnTheWayIsNoticed() throws Exception {
    advance();
    revoke(1);
    revoke(2);
    List<byte[]> without = new ArrayList<>(issuer.keyLog().entries());
    without.remove(3);
    without.add(without.get(3));
    TestKeyLog lie = issuer.keyLog().fork(without);
    issuer.between((path, honest) -> lied(path, honest, lie));
    assertThat(stopped(mirror)).containsInstanceOf(FormatException.class);
    assertThat(stopped(fresh())).isPresent();
    issuer.honest();
    assertThat(advance().revokedTokens()).hasSize(2);
  }

  @Test
  void aHeadThatGoesBackDoesNotCount() throws Exception {
    revoke(1);
    assertThat(advance().revokedTokens()).hasSize(1);
    byte[] back = issuer.keyLog().head(3, clock.instant()).bytes();
    issuer.between((path, honest) -> path.endsWith("checkpoint") ? back : honest.read());
    assertThat(stopped(mirror)).containsInstanceOf(FormatException.class);
    assertThat(advance(fresh()).revokedTokens()).as("who never saw more").isEmpty();
    issuer.honest();
    assertThat(advance().revokedTokens()).hasSize(1);
  }

  @Test
  void twoHistoriesUnderTheLogsKeyAreAFork() throws Exception {
    revoke(1);
    revoke(2);
    advance();
    List<byte[]> honest = issuer.keyLog().entries();
    List<byte[]> other = new ArrayList<>(honest);
    other.remove(3);
    TestKeyLog log = issuer.keyLog();
    // Smaller than what was seen, of the same size, and larger.
    for (int more = 0; more < 4; more++) {
      issuer.replaceKeyLog(log.fork(other));
      assertThat(stopped(mirror))
          .as(other.size() + " entries")
          .containsInstanceOf(KeyLogMirror.ForkedException.class);
      clock.advance(Duration.ofMinutes(1));
      other.add(
          KeyLogEntry.of(
              new KeyLogEvent.TokenRevoked("s1g1", 100 + more, clock.instant()), clock.instant()));
    }
    issuer.replaceKeyLog(log);
    assertThat(advance().revokedTokens()).hasSize(2);
    revoke(3);
    assertThat(advance().revokedTokens()).as("the control: growing is no fork").hasSize(3);
  }

  @Test
  void aForkRefusesEveryTokenFromThenOn() throws Exception {
    try (Verifier verifier =
        Verifier.builder(issuer.policy())
            .network(issuer)
            .clock(clock)
            .limits(VerifierLimits.defaults().withKeys(Duration.ofDays(1), Duration.ofMinutes(5)))
            .build()) {
      String token = issuer.issue(issuer.draft(key), key);
      verifier.refreshKeys();
      assertThat(verifier.verify(token, TokenCases.MAIL)).isInstanceOf(Verified.class);
      TestKeyLog log = issuer.keyLog();
      List<byte[]> other = new ArrayList<>(log.entries());
      other.set(
          2,
          KeyLogEntry.of(
              new KeyLogEvent.KeyWithdrawn(key.kid(), KeyLogEvent.WithdrawalReason.COMPROMISED),
              clock.instant()));
      issuer.replaceKeyLog(log.fork(other));
      verifier.refreshKeys();
      issuer.replaceKeyLog(log);
      verifier.refreshKeys();
      assertThat(verifier.verify(token, TokenCases.MAIL))
          .isInstanceOfSatisfying(
              Refused.class,
              refused -> assertThat(refused.code()).isEqualTo(RefusalCode.KEY_LOG_FORKED));
    }
  }

  @Test
  void anEntryThatMayNotStandThereStopsTheMirror() throws Exception {
    advance();
    byte[] unknown =
        "{\"at\":1795608000,\"event\":\"key-blessed\",\"v\":1}"
            .getBytes(java.nio.charset.StandardCharsets.UTF_8);
    TestKeyLog log = issuer.keyLog();
    for (byte[] entry :
        List.of(
            unknown,
            new byte[0],
            "a.b.c".getBytes(java.nio.charset.StandardCharsets.UTF_8),
            log.entries().get(2))) {
      TestKeyLog with = log.fork(log.entries());
      with.append(entry);
      issuer.replaceKeyLog(with);
      assertThat(stopped(mirror)).containsInstanceOf(FormatException.class);
    }
    issuer.replaceKeyLog(log);
    revoke(1);
    assertThat(advance().revokedTokens()).hasSize(1);
  }

  @Test
  void aHeadWithoutATimeDoesNotCount() throws Exception {
    byte[] timeless = issuer.keyLog().checkpoint(4).bytes();
    issuer.between((path, honest) -> path.endsWith("checkpoint") ? timeless : honest.read());
    assertThat(stopped(mirror)).containsInstanceOf(FormatException.class);
    issuer.honest();
    assertThat(stopped(mirror)).isEmpty();
  }

  private final TestKeys.Ed25519 witness = new TestKeys.Ed25519();

  private CosignerKey witnessKey() {
    return new CosignerKey(
        "witness.example/w1",
        CosignerKey.Algorithm.ED25519,
        witness.noteKey("w").publicKey().bytes());
  }

  private TrustPolicy witnessed() {
    TrustPolicy plain = issuer.policy();
    return new TrustPolicy(
        plain.domain(),
        plain.issuer(),
        plain.root(),
        new LogPolicy(
            List.of(new LogPolicy.PinnedLog(issuer.keyLog().noteKey())),
            List.of(new LogPolicy.Witness("w1", witnessKey(), Optional.empty())),
            List.of(),
            "w1"));
  }

  private byte[] cosigned(TestKeyLog log, long size) {
    SignedNote signed = log.checkpoint(size);
    List<SignedNote.NoteSignature> lines = new ArrayList<>(signed.signatures());
    lines.add(TestKeyLog.cosigned(signed.text(), witnessKey(), witness, clock.instant()));
    return new SignedNote(signed.text(), lines).bytes();
  }

  private ReadSide withCosigned(byte[] note) {
    return (URI uri, int max) ->
        uri.toString().endsWith("/checkpoint.cosigned") ? note : issuer.get(uri, max);
  }

  @Test
  void withWitnessesAKeyCountsWhenItsEntryIsCosignedAndARevocationAtOnce() throws Exception {
    TestKeys.Es256 next = issuer.addKey();
    issuer.publish();
    revoke(7);
    byte[][] note = {cosigned(issuer.keyLog(), 4)};
    KeyLogMirror of =
        new KeyLogMirror(witnessed(), (uri, max) -> withCosigned(note[0]).get(uri, max));
    KeySet set = advance(of);
    assertThat(set.key(key.kid())).isPresent();
    assertThat(set.key(next.kid())).as("not cosigned yet").isEmpty();
    assertThat(set.revokedTokens()).hasSize(1);
    note[0] = cosigned(issuer.keyLog(), 5);
    assertThat(advance(of).key(next.kid())).isPresent();
    note[0] = cosigned(issuer.keyLog(), 4);
    assertThat(advance(of).key(next.kid())).as("an older one takes nothing back").isPresent();
  }

  @Test
  void withWitnessesNothingCountsWithoutThem() throws Exception {
    assertThat(advance(new KeyLogMirror(witnessed(), issuer)).keys()).isEmpty();
    byte[] uncosigned = issuer.keyLog().checkpoint(4).bytes();
    assertThat(stopped(new KeyLogMirror(witnessed(), withCosigned(uncosigned))))
        .containsInstanceOf(FormatException.class);
    byte[] cosigned = cosigned(issuer.keyLog(), 4);
    assertThat(advance(new KeyLogMirror(witnessed(), withCosigned(cosigned))).keys()).hasSize(1);
  }

  @Test
  void aCosignedCheckpointOfAnotherHistoryIsAFork() throws Exception {
    List<byte[]> other = new ArrayList<>(issuer.keyLog().entries());
    other.set(
        2,
        KeyLogEntry.of(
            new KeyLogEvent.KeyWithdrawn(key.kid(), KeyLogEvent.WithdrawalReason.COMPROMISED),
            clock.instant()));
    TestKeyLog fork = issuer.keyLog().fork(other);
    assertThat(stopped(new KeyLogMirror(witnessed(), withCosigned(cosigned(fork, 3)))))
        .containsInstanceOf(KeyLogMirror.ForkedException.class);
  }

  @Test
  void aLogThatMovedIsReadThereAndStaysTheSame() throws Exception {
    issuer.publish();
    URI elsewhere = URI.create("https://custodian.example/logs/0123");
    issuer.give(new KeyLogEvent.LogMoved("s1g1", elsewhere));
    KeySet.StatedLog log = advance().log("s1g1").orElseThrow();
    assertThat(log.url()).isEqualTo(elsewhere);
    assertThat(log.key()).isEqualTo(issuer.log("s1g1").key().noteKey(log.key().name()));
  }
}
