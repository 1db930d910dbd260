package dev.counterfoil.registrar;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.counterfoil.format.bytes.AllowList;
import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.keylog.DisclosureKeyStated;
import dev.counterfoil.format.keylog.EntryBundle;
import dev.counterfoil.format.keylog.KeyLogHead;
import dev.counterfoil.format.keylog.KeyLogState;
import dev.counterfoil.format.keylog.KeySet;
import dev.counterfoil.format.keylog.KeySet.StatedLog;
import dev.counterfoil.format.keylog.StatusList;
import dev.counterfoil.format.keys.KeyStatement;
import dev.counterfoil.format.keys.PublicJwk;
import dev.counterfoil.format.keys.RecordForm;
import dev.counterfoil.format.note.Checkpoint;
import dev.counterfoil.format.note.NoteKey;
import dev.counterfoil.format.note.SignedStatement;
import dev.counterfoil.format.tree.MerkleFrontier;
import dev.counterfoil.format.tree.Tile;
import dev.counterfoil.format.tree.TreeHasher;
import dev.counterfoil.keystore.pkcs11.FakePrivateKeys;
import dev.counterfoil.log.disk.FileDisk;
import dev.counterfoil.log.read.LogReader;
import dev.counterfoil.process.settings.KeySchedule;
import dev.counterfoil.registrar.root.TrialRoot;
import dev.counterfoil.registrar.settings.RegistrarConfiguration;
import dev.counterfoil.signer.TestDomain;
import dev.counterfoil.signer.rotation.TestKeys;
import dev.counterfoil.signerprotocol.Answer;
import dev.counterfoil.signerprotocol.Answer.Code;
import dev.counterfoil.signerprotocol.Commands;
import dev.counterfoil.signerprotocol.Request;
import java.io.IOException;
import java.net.URI;
import java.security.interfaces.ECPublicKey;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The registrar's commands that state keys and logs, and what its key log says. */
class RegistrarTest extends RegistrarWorld {
  @Test
  void withoutADelegationNothingIsStatedOrSigned() throws Exception {
    assertThat(refused(Commands.readKeys())).isEqualTo(Code.NO_KEY);
    assertThat(refused(Commands.stateKey(key, log))).isEqualTo(Code.NO_KEY);
    assertThat(refused(Commands.stateDisclosureKey(disclosureKey(DAY).toJson())))
        .isEqualTo(Code.NO_KEY);
    delegate();
    assertThat(changed(Commands.stateKey(key, log))).isTrue();
    assertThat(keySet().keys()).containsExactly(key);
  }

  @Test
  void theSameStatementTwiceChangesNothing() throws Exception {
    delegate();
    assertThat(changed(Commands.stateKey(key, log))).isTrue();
    long version = keySet().version();
    assertThat(changed(Commands.stateKey(key, log))).isFalse();
    assertThat(keySet().version()).isEqualTo(version);
    assertThat(keySet().log("s1g1")).contains(log);
  }

  @Test
  void aKeyBeyondTheRegistrarsScopeIsNotStated() throws Exception {
    delegate();
    Instant tooLong = T0.plus(DAY).plus(DAY.dividedBy(2)).plusSeconds(1);
    List<KeyStatement> beyond =
        List.of(
            with(p -> p.domain("consumer")),
            with(p -> p.issuer("https://evil.example")),
            with(p -> p.tenants(AllowList.of("acme", "other"))),
            with(p -> p.tenants(AllowList.all())),
            with(p -> p.tokenTypes(AllowList.of("at+jwt", "id+jwt"))),
            with(p -> p.audiences(AllowList.all())),
            with(p -> p.lifeMax(TestKeys.LIFE_MAX.plusSeconds(1))),
            with(p -> p.verifyUntil(key.verifyUntil().plusSeconds(1))),
            with(p -> p.active(T0, tooLong).verifyUntil(tooLong.plus(key.lifeMax()))),
            with(p -> p.purpose("id")),
            with(p -> p.publication(KeyStatement.Publication.SIGNATURE_ONLY)),
            with(p -> p.successorLead(Duration.ZERO)),
            with(p -> p.successorLead(Duration.ofMinutes(16))),
            with(p -> p.record(new RecordForm.Digest("s1g1"))),
            with(p -> p.record(new RecordForm.None(T0.plusSeconds(60)))));
    for (KeyStatement statement : beyond) {
      assertThat(refused(Commands.stateKey(statement, log))).isEqualTo(Code.OUT_OF_SCOPE);
    }
    assertThat(refused(Commands.stateKey(key, log("s1g2")))).isEqualTo(Code.OUT_OF_SCOPE);
    assertThat(keySet().keys()).isEmpty();
    assertThat(changed(Commands.stateKey(with(p -> p), log))).isTrue();
  }

  @Test
  void aKeyOrLogIsNotStatedOtherwiseLater() throws Exception {
    delegate();
    changed(Commands.stateKey(key, log));
    KeyStatement narrower = with(p -> p.tenants(AllowList.of("acme")));
    assertThat(refused(Commands.stateKey(narrower, log))).isEqualTo(Code.CONFLICT);
    KeyStatement second =
        TestKeys.statement(
            PublicJwk.es256((ECPublicKey) FakePrivateKeys.newPair().getPublic()), T0, T0.plus(DAY));
    assertThat(refused(Commands.stateKey(second, log("s1g1")))).isEqualTo(Code.CONFLICT);
    assertThat(changed(Commands.stateKey(second, log))).isTrue();
  }

  @Test
  void theVersionOnlyGrowsAlsoAcrossRestarts() throws Exception {
    delegate();
    long last = keySet().version();
    for (int i = 0; i < 20; i++) {
      if (i == 0) {
        changed(Commands.stateKey(key, log));
        // The log is an entry of its own.
        last++;
      } else {
        changed(revokeToken("s1g1", i, now.plusSeconds(60)));
      }
      if (i % 5 == 4) {
        restart();
        assertThat(keySet().version()).isEqualTo(last + 1);
      }
      assertThat(keySet().version()).isEqualTo(last + 1);
      last++;
    }
  }

  @Test
  void everyHeadSaysWhenItWasSigned() throws Exception {
    delegate();
    assertThat(head().at()).isEqualTo(T0);
    now = now.plusSeconds(3);
    registrar.signHead();
    assertThat(head().at()).isEqualTo(T0.plusSeconds(3));
    now = now.plusSeconds(1);
    changed(Commands.stateKey(key, log));
    assertThat(head().at()).isEqualTo(T0.plusSeconds(4));
    assertThat(head().checkpoint().size()).isEqualTo(7);
  }

  private KeyLogHead head() throws Exception {
    try (LogReader reader = new LogReader(FileDisk.toRead(folder.resolve("log/keys")))) {
      return KeyLogHead.verify(reader.checkpoint(), logKey.publicKey());
    }
  }

  private static final NoteKey NOTICES =
      new NoteKey("login.example/disclosure", Hash.sha256(new byte[] {1}));

  private DisclosureKeyStated disclosureKey(Duration life) {
    return new DisclosureKeyStated(PublicJwk.ed25519(NOTICES.publicKey()), NOTICES, now.plus(life));
  }

  @Test
  void aDisclosureKeyStandsInTheKeyLogOnceForADay() throws Exception {
    delegate();
    Request.Command state = Commands.stateDisclosureKey(disclosureKey(DAY).toJson());
    Answer.Done first = (Answer.Done) registrar.carryOut(state);
    long index = first.result().number("index");
    assertThat(first.result().truth("changed")).isTrue();
    assertThat(keySet().disclosureKeys())
        .singleElement()
        .satisfies(stated -> assertThat(stated.index()).isEqualTo(index));
    Answer.Done again = (Answer.Done) registrar.carryOut(state);
    assertThat(again.result().truth("changed")).isFalse();
    assertThat(again.result().number("index")).isEqualTo(index);
    now = now.plus(DAY);
    Answer.Done renewed =
        (Answer.Done) registrar.carryOut(Commands.stateDisclosureKey(disclosureKey(DAY).toJson()));
    assertThat(renewed.result().number("index")).isGreaterThan(index);
  }

  @Test
  void whatVerifiersWouldRefuseOfADisclosureKeyIsRefused() throws Exception {
    delegate();
    assertThat(refused(Commands.stateDisclosureKey(disclosureKey(DAY.multipliedBy(401)).toJson())))
        .isEqualTo(Code.CONFLICT);
    JsonObject good = disclosureKey(DAY).toJson();
    assertThat(changed(Commands.stateDisclosureKey(good))).isTrue();
    assertThat(changed(Commands.withdrawKey(PublicJwk.ed25519(NOTICES.publicKey()).thumbprint())))
        .isTrue();
    assertThat(keySet().disclosureKeys()).isEmpty();
    assertThat(refused(Commands.stateDisclosureKey(good))).isEqualTo(Code.CONFLICT);
  }

  @Test
  void aStatusListSaysWhatTheKeyLogSaysAndNothingThatItWasHanded() throws Exception {
    assertThat(refused(Commands.signStatusList("s1g1", 0))).isEqualTo(Code.UNKNOWN);
    delegate();
    changed(Commands.stateKey(key, log));
    StatusList list = new StatusList(TestDomain.ISSUER, "s1g1", 0);
    assertThat(statusList(list)).isEqualTo(list.content(List.of(), now));
    changed(revokeToken("s1g1", 7, now.plusSeconds(60)));
    List<KeySet.RevokedToken> revoked =
        List.of(new KeySet.RevokedToken("s1g1", 7, now.plusSeconds(60)));
    assertThat(statusList(list)).isEqualTo(list.content(revoked, now));
    assertThat(statusList(list)).isNotEqualTo(list.content(List.of(), now));
    StatusList next = new StatusList(TestDomain.ISSUER, "s1g1", 1);
    assertThat(statusList(next)).isEqualTo(next.content(List.of(), now));
    assertThat(refused(Commands.signStatusList("s9g9", 0))).isEqualTo(Code.UNKNOWN);
    assertThat(refused(Commands.signStatusList("s1g1", -1))).isEqualTo(Code.UNKNOWN);
    assertThat(
            refused(
                new Request.Command(
                    Commands.SIGN_STATUS_LIST,
                    JsonObject.builder()
                        .put("log", "s1g1")
                        .put("number", 0)
                        .put("lst", "eNoDAAAAAAE")
                        .build())))
        .isEqualTo(Code.MALFORMED);
  }

  private JsonObject statusList(StatusList list) throws Exception {
    Answer.Done done =
        (Answer.Done) registrar.carryOut(Commands.signStatusList(list.log(), list.number()));
    return SignedStatement.verify(
        StatusList.TYPE, done.result().string("jws"), statementKeys.newest());
  }

  @Test
  void aLogWithoutKeysIsStatedOnce() throws Exception {
    KeySet.StatedLog records = log("d1g1");
    assertThat(refused(Commands.stateLog(records))).isEqualTo(Code.NO_KEY);
    delegate();
    changed(Commands.stateLog(records));
    assertThat(registrar.state().log("d1g1")).contains(records);
    registrar.carryOut(Commands.stateLog(records));
    assertThat(registrar.state().logs()).containsExactly(records);
    KeySet.StatedLog elsewhere =
        new KeySet.StatedLog("d1g1", records.key(), URI.create("https://evil.example/logs/d1g1"));
    assertThat(refused(Commands.stateLog(elsewhere))).isEqualTo(Code.OUT_OF_SCOPE);
    KeySet.StatedLog foreign = new KeySet.StatedLog("d2g1", records.key(), records.url());
    assertThat(refused(Commands.stateLog(foreign))).isEqualTo(Code.OUT_OF_SCOPE);
    KeySet.StatedLog otherKey = log("d1g1");
    if (!otherKey.key().equals(records.key())) {
      assertThat(refused(Commands.stateLog(otherKey))).isEqualTo(Code.CONFLICT);
    }
    // A key is stated beside it all the same.
    changed(Commands.stateKey(key, log));
    assertThat(registrar.state().logs()).containsExactly(records, log);
  }

  @Test
  void aKeyThatIsStatedAsWithdrawnCountsAtNoTimeAndIsRecognised() throws Exception {
    delegate();
    assertThat(refused(Commands.stateWithdrawn(key))).isEqualTo(Code.UNKNOWN);
    changed(Commands.stateLog(log));
    long before = registrar.version();
    assertThat(changed(Commands.stateWithdrawn(key))).isTrue();
    assertThat(registrar.version()).isEqualTo(before + 2);
    assertThat(keySet().keys()).isEmpty();
    assertThat(keySet().withdrawnKeys()).containsExactly(key.kid());
    assertThat(keySet().withdrawnStatements()).containsExactly(key);
    assertThat(changed(Commands.stateWithdrawn(key))).isFalse();
    assertThat(refused(Commands.stateKey(key, log))).isEqualTo(Code.CONFLICT);
    restart();
    assertThat(keySet().withdrawnStatements()).containsExactly(key);
  }

  @Test
  void aKeyThatCountsIsNotStatedAsWithdrawn() throws Exception {
    delegate();
    changed(Commands.stateKey(key, log));
    assertThat(refused(Commands.stateWithdrawn(key))).isEqualTo(Code.CONFLICT);
    assertThat(keySet().keys()).containsExactly(key);
  }

  @Test
  void aLegacyKeyIsAdoptedOnceInsideTheScopeAndEndsByWithdrawal() throws Exception {
    Instant until = T0.plus(Duration.ofDays(90));
    KeyStatement legacy =
        with(
            p ->
                p.purpose("legacy")
                    .active(T0, until)
                    .verifyUntil(until.plus(TestKeys.LIFE_MAX))
                    .record(new RecordForm.None(until))
                    .alias("key-1")
                    .custody("legacy", KeyStatement.Assurance.UNKNOWN));
    assertThat(refused(Commands.adoptKey(legacy))).isEqualTo(Code.NO_KEY);
    delegate();
    assertThat(refused(Commands.adoptKey(legacy)))
        .as("the root wants every token recorded")
        .isEqualTo(Code.OUT_OF_SCOPE);
    assertThat(registrar.takeCeremony(ceremony(root, TestDomain.boundsWithoutRecord())))
        .isInstanceOf(Answer.Done.class);
    KeyStatement wider = legacy.toBuilder().tenants(AllowList.all()).build();
    assertThat(refused(Commands.adoptKey(wider))).isEqualTo(Code.OUT_OF_SCOPE);
    assertThat(refused(Commands.adoptKey(key))).as("a signer's").isEqualTo(Code.OUT_OF_SCOPE);
    assertThat(changed(Commands.adoptKey(legacy))).isTrue();
    assertThat(changed(Commands.adoptKey(legacy))).isFalse();
    assertThat(keySet().keys()).containsExactly(legacy);
    restart();
    assertThat(keySet().keys()).containsExactly(legacy);
    KeyStatement sameName = legacy.toBuilder().jwk(jwk()).build();
    assertThat(refused(Commands.adoptKey(sameName))).isEqualTo(Code.MALFORMED);
    assertThat(changed(Commands.withdrawKey(legacy.kid()))).isTrue();
    assertThat(keySet().keys()).isEmpty();
    assertThat(refused(Commands.adoptKey(legacy))).isEqualTo(Code.CONFLICT);
  }

  @Test
  void malformedCommandsAreRefused() throws Exception {
    delegate();
    for (String name :
        List.of(
            Commands.STATE_KEY,
            Commands.STATE_LOG,
            Commands.ADOPT_KEY,
            Commands.REVOKE_TOKEN,
            Commands.REVOKE_KEYS,
            Commands.WITHDRAW_KEY,
            Commands.STATE_WITHDRAWN,
            Commands.END_LOG,
            Commands.MOVE_LOG,
            Commands.STATE_AUDIT_LOG,
            Commands.END_AUDIT_LOG,
            Commands.STATE_DISCLOSURE_KEY,
            Commands.TAKE_CEREMONY)) {
      assertThat(refused(new Request.Command(name, JsonObject.builder().build())))
          .isEqualTo(Code.MALFORMED);
    }
    assertThat(refused(new Request.Command("no-such", JsonObject.builder().build())))
        .isEqualTo(Code.UNKNOWN);
  }

  @Test
  void aSuccessorIsStatedAsLongAheadAsIsPromisedAndAReplacementAtOnce() throws Exception {
    delegate();
    changed(Commands.stateKey(key, log));
    now = T0.plus(Duration.ofHours(1));
    Instant soonest = now.plus(KeySchedule.PROPAGATION_MAX);
    KeyStatement tooSoon = newKey(soonest.minusSeconds(1));
    assertThat(refused(Commands.stateKey(tooSoon, log))).isEqualTo(Code.TOO_SOON);
    assertThat(changed(Commands.stateKey(newKey(soonest), log))).isTrue();
    assertThat(refused(Commands.stateKey(tooSoon, log))).isEqualTo(Code.TOO_SOON);
    assertThat(changed(Commands.taintKey(key.kid()))).isTrue();
    assertThat(changed(Commands.taintKey(key.kid()))).isFalse();
    // None signs now, and the one that stands ready for later makes its replacement wait no longer.
    assertThat(changed(Commands.stateKey(tooSoon, log))).isTrue();
    now = tooSoon.activeFrom();
    KeyStatement again = newKey(now.plus(KeySchedule.PROPAGATION_MAX).minusSeconds(1));
    assertThat(refused(Commands.stateKey(again, log))).isEqualTo(Code.TOO_SOON);
    assertThat(refused(Commands.taintKey("unknown"))).isEqualTo(Code.UNKNOWN);
  }

  @Test
  void aPauseIsTheKeyLogsToTell() throws Exception {
    delegate();
    assertThat(refused(Commands.pauseRotation("s1g1", T0, "operator"))).isEqualTo(Code.UNKNOWN);
    changed(Commands.stateKey(key, log));
    Instant until = T0.plusSeconds(3600);
    assertThat(changed(Commands.pauseRotation("s1g1", until, "operator"))).isTrue();
    assertThat(changed(Commands.pauseRotation("s1g1", until, "operator"))).isFalse();
    assertThat(keySet().pauses())
        .containsExactly(new KeySet.RotationPause("s1g1", until, "operator", T0));
    assertThat(refused(Commands.pauseRotation("s1g1", T0, ""))).isEqualTo(Code.MALFORMED);
  }

  @Test
  void whatCountsStandsUnderThePublishedCheckpoint() throws Exception {
    delegate();
    changed(Commands.stateKey(key, log));
    changed(revokeToken("s1g1", 7, now.plusSeconds(60)));
    try (LogReader reader = new LogReader(FileDisk.toRead(folder.resolve("log/keys")))) {
      Checkpoint checkpoint = Checkpoint.verify(reader.checkpoint(), logKey.publicKey());
      assertThat(checkpoint.size()).isEqualTo(8).isEqualTo(registrar.version());
      KeyLogState mirror =
          KeyLogState.empty(
              "enterprise", TestDomain.ISSUER, root.pin(), List.of(logKey.publicKey()));
      MerkleFrontier frontier = new MerkleFrontier();
      for (byte[] entry :
          EntryBundle.parse(
              reader.find(Tile.of(Tile.ENTRIES, 0, checkpoint.size())).orElseThrow(), 8)) {
        mirror.apply(entry);
        frontier.append(new TreeHasher().leaf(entry));
      }
      assertThat(frontier.root()).isEqualTo(checkpoint.root());
      assertThat(mirror.trustedKeys()).containsExactly(key);
      assertThat(mirror.revokedToken("s1g1", 7)).isPresent();
    }
  }

  @Test
  void aLogMovesToAMirrorAndKeepsItsKey() throws Exception {
    delegate();
    changed(Commands.stateKey(key, log));
    URI mirror = URI.create("https://custodian.example/logs/0123");
    assertThat(refused(Commands.moveLog("s9g1", mirror))).isEqualTo(Code.UNKNOWN);
    assertThat(changed(Commands.moveLog("s1g1", mirror))).isTrue();
    assertThat(changed(Commands.moveLog("s1g1", mirror))).isFalse();
    assertThat(keySet().log("s1g1")).contains(new StatedLog("s1g1", log.key(), mirror));
    assertThat(changed(Commands.stateKey(newKey(T0), log)))
        .as("its signer need not know of it")
        .isTrue();
    assertThat(changed(Commands.stateKey(key, log))).isFalse();
    restart();
    assertThat(keySet().log("s1g1")).contains(new StatedLog("s1g1", log.key(), mirror));
  }

  @Test
  void anotherRootThanTheKeyLogsDoesNotStart() throws Exception {
    delegate();
    TrialRoot other = TrialRoot.openOrMake(folder.resolve("other-root"), () -> now);
    RegistrarConfiguration changed = withRoot(other);
    assertThatThrownBy(() -> Registrar.open(changed, keyLog, statementKeys, () -> now))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("root or issuer");
    restart();
  }

  @Test
  void aNarrowerDelegationLeavesOutTheKeysBeyondItAndTheSetStillVerifies() throws Exception {
    delegate();
    changed(Commands.stateKey(key, log));
    PublicJwk other = jwk();
    KeyStatement shorter =
        with(
            p ->
                p.jwk(other)
                    .lifeMax(Duration.ofMinutes(10))
                    .verifyUntil(key.activeUntil().plus(Duration.ofMinutes(10))));
    assertThat(changed(Commands.stateKey(shorter, log))).isTrue();
    assertThat(keySet().keys()).as("while both fit").containsExactly(key, shorter);
    now = now.plusSeconds(1);
    delegate(Duration.ofMinutes(10));
    assertThat(keySet().keys()).containsExactly(shorter);
    assertThat(keySet().log("s1g1")).contains(log);
    restart();
    assertThat(keySet().keys()).containsExactly(shorter);
    now = now.plusSeconds(1);
    delegate(TestKeys.LIFE_MAX);
    assertThat(keySet().keys()).as("when both fit again").containsExactly(key, shorter);
  }
}
