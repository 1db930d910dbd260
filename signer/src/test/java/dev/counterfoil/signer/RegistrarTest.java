package dev.counterfoil.signer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.counterfoil.configuration.SecretFile;
import dev.counterfoil.configuration.UnixSocketPath;
import dev.counterfoil.format.AllowList;
import dev.counterfoil.format.Ceremony;
import dev.counterfoil.format.Checkpoint;
import dev.counterfoil.format.EntryBundle;
import dev.counterfoil.format.JsonObject;
import dev.counterfoil.format.KeyLogEntry;
import dev.counterfoil.format.KeyLogEvent;
import dev.counterfoil.format.KeyLogEvent.WithdrawalReason;
import dev.counterfoil.format.KeyLogHead;
import dev.counterfoil.format.KeyLogState;
import dev.counterfoil.format.KeySet;
import dev.counterfoil.format.KeySet.StatedLog;
import dev.counterfoil.format.KeyStatement;
import dev.counterfoil.format.KeyStatementBuilder;
import dev.counterfoil.format.MerkleFrontier;
import dev.counterfoil.format.NoteKey;
import dev.counterfoil.format.PublicJwk;
import dev.counterfoil.format.RecordForm;
import dev.counterfoil.format.SignedStatement;
import dev.counterfoil.format.Tile;
import dev.counterfoil.format.TreeHasher;
import dev.counterfoil.log.Disk;
import dev.counterfoil.log.EntryLog;
import dev.counterfoil.log.FileDisk;
import dev.counterfoil.log.JournalOptions;
import dev.counterfoil.log.LogReader;
import dev.counterfoil.signerprotocol.Answer;
import dev.counterfoil.signerprotocol.Answer.Code;
import dev.counterfoil.signerprotocol.Commands;
import dev.counterfoil.signerprotocol.Request;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPairGenerator;
import java.security.interfaces.ECPublicKey;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** The registrar's commands, on a clock that the test sets. */
@ExtendWith(SimulatedKeys.class)
class RegistrarTest {
  private static final Instant T0 = TestKeys.T0;
  private static final Duration DAY = Duration.ofDays(1);

  @TempDir Path folder;
  private Instant now = T0;
  private TrialRoot root;
  private SignerConfiguration configuration;
  private SecretFile passphrase;
  private StatementKeys statementKeys;
  private FullDisk disk;
  private FullDisk publicDisk;
  private Ed25519Key logKey;
  private EntryLog keyLog;
  private Registrar registrar;
  private KeyStatement key;
  private StatedLog log;

  @BeforeEach
  void open() throws Exception {
    root = TrialRoot.openOrMake(folder.resolve("root"), () -> now);
    passphrase = TrialRoot.openOrMakePassphrase(folder.resolve("registrar/passphrase"));
    configuration = withRoot(root);
    statementKeys =
        StatementKeys.openOrMake(
            TestMaking.sealed(passphrase),
            FileDisk.privateFolder(folder.resolve("registrar/keys")),
            "login.example/registrar");
    logKey =
        KeyLogKey.open(
            TestMaking.sealed(passphrase), folder.resolve("registrar"), configuration.issuer());
    disk = new FullDisk(FileDisk.privateFolder(folder.resolve("registrar/journal")));
    publicDisk = new FullDisk(FileDisk.publicFolder(folder.resolve("log/keys")));
    start(disk);
    key =
        TestKeys.statement(
            PublicJwk.es256((ECPublicKey) FakeCustody.newPair().getPublic()), T0, T0.plus(DAY));
    log = log("s1g1");
  }

  private SignerConfiguration withRoot(TrialRoot of) {
    return configuration(folder, passphrase, Optional.of(of.pin().toString()));
  }

  static SignerConfiguration configuration(
      Path folder, SecretFile passphrase, Optional<String> root) {
    return new SignerConfiguration(
        Role.REGISTRAR,
        "s1",
        "enterprise",
        URI.create(TestDomain.ISSUER),
        folder.resolve("registrar"),
        passphrase,
        new UnixSocketPath(Path.of("/tmp/s")),
        List.of(),
        new UnixSocketPath(Path.of("/tmp/a")),
        List.of(),
        List.of("acme", "beta"),
        List.of("mail", "files"),
        List.of(),
        TestKeys.LIFE_MAX,
        DAY,
        Optional.empty(),
        Optional.empty(),
        List.of(),
        Optional.of(new UnixSocketPath(Path.of("/tmp/k"))),
        List.of(),
        Optional.empty(),
        Optional.of(folder.resolve("log")),
        SignerConfiguration.Quotas.DEFAULT,
        Map.of(),
        Duration.ofSeconds(2),
        Optional.empty(),
        List.of(),
        root,
        List.of(),
        0,
        List.of(),
        SecondPerson.NOBODY,
        Optional.empty());
  }

  private void start(Disk on) throws Exception {
    keyLog =
        EntryLog.open(
            on,
            publicDisk,
            JournalOptions.STATEMENTS,
            logKey.notes(),
            KeyLogKey.headLine(logKey, () -> now),
            new SplittableRandom(1));
    registrar = Registrar.open(configuration, keyLog, statementKeys, () -> now);
  }

  @AfterEach
  void close() throws Exception {
    keyLog.close();
  }

  private void restart() throws Exception {
    keyLog.close();
    start(disk);
  }

  private static StatedLog log(String name) throws Exception {
    return new StatedLog(
        name,
        NoteKey.of(
            "login.example/logs/" + name,
            KeyPairGenerator.getInstance("Ed25519").generateKeyPair().getPublic()),
        URI.create(TestDomain.ISSUER + "/logs/" + name));
  }

  private Ceremony ceremony() throws Exception {
    return ceremony(root, TestDomain.bounds());
  }

  private Ceremony ceremony(TrialRoot by, TrialRoot.Bounds bounds) throws Exception {
    Path asked = Files.createDirectories(folder.resolve("asked"));
    Files.write(asked.resolve("ceremony-request.json"), registrar.request().bytes());
    Files.deleteIfExists(asked.resolve("ceremony.json"));
    by.delegate(bounds, asked);
    return Ceremony.parse(Files.readAllBytes(asked.resolve("ceremony.json")));
  }

  private void delegate() throws Exception {
    assertThat(registrar.takeCeremony(ceremony())).isInstanceOf(Answer.Done.class);
  }

  private void delegate(Duration lifeMax) throws Exception {
    assertThat(registrar.takeCeremony(ceremony(root, TestDomain.bounds(lifeMax))))
        .isInstanceOf(Answer.Done.class);
  }

  private boolean changed(Request.Command command) throws Exception {
    Answer answer = registrar.carryOut(command);
    assertThat(answer).isInstanceOf(Answer.Done.class);
    return ((Answer.Done) answer).result().truth("changed");
  }

  private Code refused(Request.Command command) throws Exception {
    long before = registrar.version();
    Answer answer = registrar.carryOut(command);
    assertThat(answer).isInstanceOf(Answer.Refused.class);
    assertThat(registrar.version()).isEqualTo(before);
    return ((Answer.Refused) answer).code();
  }

  private KeySet keySet() throws Exception {
    registrar.state().forget(now);
    return registrar.state().keySet(registrar.version(), now);
  }

  @Test
  void withoutADelegationNothingIsStatedOrSigned() throws Exception {
    assertThat(refused(Commands.readKeys())).isEqualTo(Code.NO_KEY);
    assertThat(refused(Commands.stateKey(key, log))).isEqualTo(Code.NO_KEY);
    assertThat(
            refused(
                Commands.signDisclosure("counterfoil-notice+jwt", JsonObject.builder().build())))
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

  private KeyStatement with(UnaryOperator<KeyStatementBuilder> change) {
    return change.apply(key.toBuilder()).build();
  }

  private static PublicJwk jwk() throws Exception {
    return PublicJwk.es256((ECPublicKey) FakeCustody.newPair().getPublic());
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
            PublicJwk.es256((ECPublicKey) FakeCustody.newPair().getPublic()), T0, T0.plus(DAY));
    assertThat(refused(Commands.stateKey(second, log("s1g1")))).isEqualTo(Code.CONFLICT);
    assertThat(changed(Commands.stateKey(second, log))).isTrue();
  }

  @Test
  void revokedTokensAreListedUntilTheyExpireAndTwiceIsOnce() throws Exception {
    delegate();
    changed(Commands.stateKey(key, log));
    Instant until = now.plusSeconds(600);
    assertThat(changed(Commands.revokeToken("s1g1", 7, until))).isTrue();
    assertThat(changed(Commands.revokeToken("s1g1", 7, until))).isFalse();
    assertThat(changed(Commands.revokeToken("s1g1", 7, until.minusSeconds(1)))).isFalse();
    assertThat(keySet().revokedTokens()).containsExactly(new KeySet.RevokedToken("s1g1", 7, until));
    assertThat(refused(Commands.revokeToken("s1g9", 7, until))).isEqualTo(Code.UNKNOWN);
    assertThat(
            refused(
                Commands.revokeToken(
                    "s1g1", 8, now.plus(TakingBack.REVOKED_UNTIL_MAX).plusSeconds(1))))
        .isEqualTo(Code.MALFORMED);
    assertThat(changed(Commands.revokeToken("s1g1", 9, now))).as("expired already").isFalse();
    restart();
    assertThat(keySet().revokedTokens()).hasSize(1);
    now = until;
    assertThat(keySet().revokedTokens()).isEmpty();
  }

  @Test
  void aKeysRevocationIsNeverNarrowed() throws Exception {
    delegate();
    changed(Commands.stateKey(key, log));
    assertThat(changed(Commands.revokeKeys(List.of(key.kid()), "s1g1", 100))).isTrue();
    assertThat(changed(Commands.revokeKeys(List.of(key.kid()), "s1g1", 100))).isFalse();
    assertThat(changed(Commands.revokeKeys(List.of(key.kid()), "s1g1", 101))).isFalse();
    assertThat(changed(Commands.revokeKeys(List.of(key.kid()), "s1g1", 50))).isTrue();
    assertThat(keySet().revokedKeys())
        .singleElement()
        .satisfies(revoked -> assertThat(revoked.from()).isEqualTo(50));
    assertThat(refused(Commands.revokeKeys(List.of("unknown"), "s1g1", 0))).isEqualTo(Code.UNKNOWN);
    assertThat(refused(Commands.revokeKeys(List.of(key.kid()), "s1g2", 0))).isEqualTo(Code.UNKNOWN);
  }

  @Test
  void aWithdrawnKeyLeavesTheSetAndDoesNotComeBack() throws Exception {
    delegate();
    changed(Commands.stateKey(key, log));
    assertThat(changed(Commands.withdrawKey(key.kid()))).isTrue();
    assertThat(changed(Commands.withdrawKey(key.kid()))).isFalse();
    assertThat(keySet().keys()).isEmpty();
    assertThat(keySet().withdrawnKeys()).containsExactly(key.kid());
    assertThat(refused(Commands.stateKey(key, log))).isEqualTo(Code.CONFLICT);
    assertThat(refused(Commands.withdrawKey("unknown"))).isEqualTo(Code.UNKNOWN);
    restart();
    assertThat(keySet().withdrawnKeys()).containsExactly(key.kid());
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
        changed(Commands.revokeToken("s1g1", i, now.plusSeconds(60)));
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

  @Test
  void onlyTypesOfDisclosureAreSigned() throws Exception {
    delegate();
    JsonObject statement = JsonObject.builder().put("tenant", "acme").put("v", 1).build();
    for (String type : Registrar.DISCLOSURE_TYPES) {
      Answer.Done done = (Answer.Done) registrar.carryOut(Commands.signDisclosure(type, statement));
      assertThat(SignedStatement.verify(type, done.result().string("jws"), statementKeys.newest()))
          .isEqualTo(statement);
    }
    for (String type :
        List.of(KeyLogEntry.TYPE, "counterfoil-delegation+json", "at+jwt", "JWT", "")) {
      assertThat(refused(Commands.signDisclosure(type, statement))).isEqualTo(Code.NOT_ALLOWED);
    }
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
  void severalKeysAreRevokedUnderOneCheckpointOrNone() throws Exception {
    delegate();
    changed(Commands.stateKey(key, log));
    PublicJwk other = jwk();
    KeyStatement second = with(p -> p.jwk(other));
    changed(Commands.stateKey(second, log));
    long before = keyLog.size();
    assertThat(refused(Commands.revokeKeys(List.of(key.kid(), "unknown", second.kid()), "s1g1", 7)))
        .isEqualTo(Code.UNKNOWN);
    assertThat(keyLog.size()).as("none of them").isEqualTo(before);
    int published = publicDisk.checkpoints;
    assertThat(changed(Commands.revokeKeys(List.of(key.kid(), second.kid()), "s1g1", 7))).isTrue();
    assertThat(keyLog.size()).isEqualTo(before + 2);
    assertThat(publicDisk.checkpoints).as("one change").isEqualTo(published + 1);
    assertThat(changed(Commands.revokeKeys(List.of(key.kid(), second.kid()), "s1g1", 7))).isFalse();
    assertThat(keyLog.size()).isEqualTo(before + 2);
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
            Commands.SIGN_DISCLOSURE,
            Commands.TAKE_CEREMONY)) {
      assertThat(refused(new Request.Command(name, JsonObject.builder().build())))
          .isEqualTo(Code.MALFORMED);
    }
    assertThat(refused(new Request.Command("no-such", JsonObject.builder().build())))
        .isEqualTo(Code.UNKNOWN);
  }

  @Test
  void revokingWorksOnAFullDiskUntilTheReserveIsUsedUp() throws Exception {
    delegate();
    changed(Commands.stateKey(key, log));
    disk.full = true;
    int revoked = 0;
    Answer answer = registrar.carryOut(Commands.revokeToken("s1g1", 0, now.plusSeconds(60)));
    while (answer instanceof Answer.Done) {
      revoked++;
      // Each expires before the list is full, so that only the disk can end this.
      now = now.plusMillis(20);
      answer = registrar.carryOut(Commands.revokeToken("s1g1", revoked, now.plusSeconds(60)));
    }
    assertThat(((Answer.Refused) answer).code()).isEqualTo(Code.DISK_FULL);
    assertThat(revoked).as("revocations on a full disk").isGreaterThan(5_000);
    int listed = keySet().revokedTokens().size();
    assertThat(listed).isPositive();
    disk.full = false;
    assertThat(changed(Commands.revokeToken("s1g1", revoked, now.plusSeconds(60)))).isTrue();
    restart();
    assertThat(keySet().revokedTokens()).hasSize(listed + 1);
  }

  private void fillWithRevocations(int count, Instant until) throws Exception {
    for (int done = 0; done < count; ) {
      List<byte[]> entries = new ArrayList<>();
      for (; done < count && entries.size() < 1_000; done++) {
        entries.add(
            KeyLogEntry.of(new KeyLogEvent.TokenRevoked("s1g1", 1_000_000L + done, until), now));
      }
      assertThat(keyLog.append(entries)).isEqualTo(EntryLog.Outcome.PUBLISHED);
    }
    restart();
  }

  @Test
  void revokedTokensHaveALimitThatLeavesRoomForKeys() throws Exception {
    delegate();
    changed(Commands.stateKey(key, log));
    Instant until = now.plusSeconds(600);
    fillWithRevocations(TakingBack.REVOKED_TOKENS_MAX - 1, until);
    assertThat(changed(Commands.revokeToken("s1g1", 1, until))).isTrue();
    assertThat(refused(Commands.revokeToken("s1g1", 2, until))).isEqualTo(Code.BUSY);
    assertThat(registrar.state().revokedTokenCount()).isEqualTo(TakingBack.REVOKED_TOKENS_MAX);
    assertThat(changed(Commands.stateKey(newKey(T0), log))).isTrue();
    now = now.plusSeconds(1);
    delegate(TestKeys.LIFE_MAX);
    assertThat(changed(Commands.revokeKeys(List.of(key.kid()), "s1g1", 0))).isTrue();
    assertThat(changed(Commands.withdrawKey(key.kid()))).isTrue();
    now = until;
    assertThat(changed(Commands.revokeToken("s1g1", 2, now.plusSeconds(600)))).isTrue();
    assertThat(registrar.state().revokedTokenCount()).isEqualTo(1);
  }

  private static KeyStatement newKey(Instant from) throws Exception {
    return TestKeys.statement(jwk(), from, from.plus(DAY));
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
    for (KeyStatement signing : registrar.keys()) {
      assertThat(refused(Commands.stateKey(tooSoon, log))).isEqualTo(Code.TOO_SOON);
      assertThat(changed(Commands.taintKey(signing.kid()))).isTrue();
      assertThat(changed(Commands.taintKey(signing.kid()))).isFalse();
    }
    assertThat(changed(Commands.stateKey(tooSoon, log))).isTrue();
    assertThat(refused(Commands.taintKey("unknown"))).isEqualTo(Code.UNKNOWN);
  }

  @Test
  void aTaintCountsALittleLaterForTheTokensOfASignerThatDoesNotKnowYet() throws Exception {
    delegate();
    changed(Commands.stateKey(key, log));
    changed(Commands.taintKey(key.kid()));
    assertThat(keySet().taintedKeys())
        .containsExactly(new KeySet.TaintedKey(key.kid(), T0.plus(TakingBack.TAINT_AFTER), T0));
    assertThat(keySet().keys()).as("its earlier tokens are good").hasSize(1);
    Answer.Done keys = (Answer.Done) registrar.carryOut(Commands.readKeys());
    assertThat(keys.result().strings("taken_back")).containsExactly(key.kid());
  }

  @Test
  void aKeyRetiresOnceAndIsWithdrawnWhenItsTokensHaveEndedByEveryClock() throws Exception {
    delegate();
    changed(Commands.stateKey(key, log));
    assertThat(changed(Commands.retireKey(key.kid()))).isTrue();
    assertThat(changed(Commands.retireKey(key.kid()))).isFalse();
    assertThat(refused(Commands.retireKey("unknown"))).isEqualTo(Code.UNKNOWN);
    now = key.verifyUntil().plus(KeySchedule.SKEW).minusSeconds(1);
    registrar.withdrawEnded();
    assertThat(keySet().withdrawals()).isEmpty();
    now = now.plusSeconds(1);
    registrar.withdrawEnded();
    registrar.withdrawEnded();
    assertThat(keySet().withdrawals())
        .containsExactly(new KeySet.WithdrawnKey(key.kid(), WithdrawalReason.ENDED, now));
    assertThat(changed(Commands.withdrawKey(key.kid())))
        .as("somebody may still say that it was stolen")
        .isTrue();
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
  void endedKeysMakeRoomForNewOnesTheOldestFirst() throws Exception {
    delegate();
    List<KeyStatement> stated = new ArrayList<>();
    KeyStatement next = newKey(T0);
    while (registrar.carryOut(Commands.stateKey(next, log)) instanceof Answer.Done) {
      stated.add(next);
      next = newKey(T0.plusSeconds(stated.size()));
    }
    assertThat(stated).hasSize(KeyLogState.KEYS_MAX);
    assertThat(refused(Commands.stateKey(next, log))).as("none has ended").isEqualTo(Code.BUSY);
    now = stated.getFirst().verifyUntil();
    KeyStatement live = newKey(now.plus(KeySchedule.PROPAGATION_MAX));
    assertThat(changed(Commands.stateKey(live, log))).isTrue();
    assertThat(registrar.keys())
        .contains(live, stated.getLast())
        .doesNotContain(stated.getFirst())
        .hasSize(KeyLogState.KEYS_MAX);
    restart();
    assertThat(registrar.keys())
        .contains(live, stated.getLast())
        .hasSizeLessThanOrEqualTo(KeyLogState.KEYS_MAX);
  }

  @Test
  void aReplayForgetsExpiredRevocationsAsItGoes() throws Exception {
    delegate();
    changed(Commands.stateKey(key, log));
    int expired = 20_000;
    fillWithRevocations(expired, T0.minusSeconds(1));
    changed(Commands.revokeToken("s1g1", expired, now.plusSeconds(60)));
    AtomicInteger looks = new AtomicInteger();
    registrar =
        Registrar.open(
            configuration,
            keyLog,
            statementKeys,
            () -> {
              looks.incrementAndGet();
              return now;
            });
    assertThat(looks.get()).isGreaterThanOrEqualTo(expired / Registrar.REPLAYED_AT_ONCE);
    assertThat(registrar.state().revokedTokenCount()).isEqualTo(1);
    assertThat(keySet().revokedTokens())
        .containsExactly(new KeySet.RevokedToken("s1g1", expired, T0.plusSeconds(60)));
    assertThat(keySet().keys()).containsExactly(key);
  }

  @Test
  void whatCountsStandsUnderThePublishedCheckpoint() throws Exception {
    delegate();
    changed(Commands.stateKey(key, log));
    changed(Commands.revokeToken("s1g1", 7, now.plusSeconds(60)));
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
  void aChangeThatCannotBePublishedSaysSoAndIsPublishedOnceThereIsRoom() throws Exception {
    delegate();
    changed(Commands.stateKey(key, log));
    publicDisk.unwritable = true;
    Request.Command revoke = Commands.revokeToken("s1g1", 7, now.plusSeconds(60));
    for (int i = 0; i < 2; i++) {
      Answer answer = registrar.carryOut(revoke);
      assertThat(((Answer.Refused) answer).code()).isEqualTo(Code.DISK_FULL);
    }
    publicDisk.unwritable = false;
    assertThat(changed(revoke)).as("it is recorded already").isFalse();
    assertThat(keyLog.isPublished()).isTrue();
    restart();
    assertThat(registrar.state().revokedToken("s1g1", 7)).isPresent();
  }

  @Test
  void aLogEndsOnceAndStatesNoMoreKeys() throws Exception {
    delegate();
    changed(Commands.stateKey(key, log));
    Request.Command end =
        Commands.endLog("s1g1", 12, Optional.of("s1g2"), KeyLogEvent.EndReason.REPLACED);
    assertThat(
            refused(
                Commands.endLog("s9g1", 12, Optional.empty(), KeyLogEvent.EndReason.ROLLED_BACK)))
        .isEqualTo(Code.UNKNOWN);
    assertThat(changed(end)).isTrue();
    assertThat(changed(end)).isFalse();
    assertThat(refused(Commands.endLog("s1g1", 11, Optional.empty(), KeyLogEvent.EndReason.LOST)))
        .isEqualTo(Code.CONFLICT);
    assertThat(refused(Commands.stateKey(newKey(T0), log))).isEqualTo(Code.CONFLICT);
    restart();
    assertThat(registrar.state().ended("s1g1"))
        .contains(
            new KeySet.EndedLog(
                "s1g1", 12, Optional.of("s1g2"), KeyLogEvent.EndReason.REPLACED, now));
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
    SignerConfiguration changed = withRoot(other);
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
