package dev.counterfoil.registrar;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.counterfoil.configuration.SecretFile;
import dev.counterfoil.format.bytes.AllowList;
import dev.counterfoil.format.ceremony.Ceremony;
import dev.counterfoil.format.ceremony.CeremonyRequest;
import dev.counterfoil.format.keylog.KeyLogState;
import dev.counterfoil.format.keylog.KeySet.StatedLog;
import dev.counterfoil.format.keys.KeyStatement;
import dev.counterfoil.format.keys.PublicJwk;
import dev.counterfoil.format.keys.StatementSigner;
import dev.counterfoil.format.note.NoteKey;
import dev.counterfoil.format.policy.TrustPolicy;
import dev.counterfoil.format.root.CeremonyAlarm;
import dev.counterfoil.format.root.Delegation;
import dev.counterfoil.format.root.RootMetadata;
import dev.counterfoil.format.root.RootPin;
import dev.counterfoil.keystore.Ed25519Key;
import dev.counterfoil.keystore.TestMaking;
import dev.counterfoil.keystore.pkcs11.FakePrivateKeys;
import dev.counterfoil.log.EntryLog;
import dev.counterfoil.log.disk.FailingDisk;
import dev.counterfoil.log.disk.FileDisk;
import dev.counterfoil.log.disk.LogFailedException;
import dev.counterfoil.log.journal.JournalOptions;
import dev.counterfoil.log.read.LogReader;
import dev.counterfoil.process.SimulatedKeys;
import dev.counterfoil.registrar.keys.KeyLogKey;
import dev.counterfoil.registrar.keys.StatementKeys;
import dev.counterfoil.registrar.root.RootHolder;
import dev.counterfoil.registrar.root.TrialRoot;
import dev.counterfoil.signer.TestDomain;
import dev.counterfoil.signer.rotation.TestKeys;
import dev.counterfoil.signerprotocol.Answer;
import dev.counterfoil.signerprotocol.Answer.Code;
import dev.counterfoil.signerprotocol.Commands;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.Signature;
import java.security.interfaces.ECPublicKey;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SplittableRandom;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** What a registrar takes from the root's holders, two of three, on a clock that the test sets. */
@ExtendWith(SimulatedKeys.class)
class RegistrarCeremonyTest {
  private static final Instant T0 = TestKeys.T0;
  private static final Duration DAY = Duration.ofDays(1);

  /** A holder's key in memory. */
  private static final class Holder implements StatementSigner {
    private final KeyPair pair;

    Holder() {
      try {
        pair = KeyPairGenerator.getInstance("Ed25519").generateKeyPair();
      } catch (GeneralSecurityException e) {
        throw new IllegalStateException(e);
      }
    }

    NoteKey named(String holder) {
      return NoteKey.of(holder, pair.getPublic());
    }

    @Override
    public PublicJwk key() {
      return PublicJwk.ed25519(named("k").publicKey());
    }

    @Override
    public byte[] sign(byte[] input) throws GeneralSecurityException {
      Signature signature = Signature.getInstance("Ed25519");
      signature.initSign(pair.getPrivate());
      signature.update(input);
      return signature.sign();
    }
  }

  @TempDir Path folder;
  private final Holder anna = new Holder();
  private final Holder ben = new Holder();
  private final Holder carla = new Holder();
  private final RootMetadata root =
      RootMetadata.first(
          List.of(anna.named("anna"), ben.named("ben"), carla.named("carla")),
          2,
          T0,
          T0.plus(Duration.ofDays(730)));
  private Instant now = T0;
  private SecretFile passphrase;
  private StatementKeys statementKeys;
  private EntryLog keyLog;
  private FailingDisk journal;
  private Registrar registrar;

  @BeforeEach
  void open() throws Exception {
    passphrase = TrialRoot.openOrMakePassphrase(folder.resolve("registrar/passphrase"));
    start(Optional.of(root.pin()));
  }

  @AfterEach
  void close() throws Exception {
    keyLog.close();
  }

  private void start(Optional<RootPin> pin) throws Exception {
    statementKeys =
        StatementKeys.openOrMake(
            TestMaking.sealed(passphrase),
            FileDisk.privateFolder(folder.resolve("registrar/keys")),
            "login.example/registrar");
    Ed25519Key logKey =
        KeyLogKey.open(
            TestMaking.sealed(passphrase),
            folder.resolve("registrar"),
            URI.create(TestDomain.ISSUER));
    journal = new FailingDisk(FileDisk.privateFolder(folder.resolve("registrar/journal")));
    keyLog =
        EntryLog.open(
            journal,
            FileDisk.publicFolder(folder.resolve("log/keys")),
            JournalOptions.STATEMENTS,
            logKey.notes(),
            KeyLogKey.headLine(logKey, () -> now),
            new SplittableRandom(1));
    registrar =
        Registrar.open(
            RegistrarWorld.configuration(folder, passphrase, pin.map(RootPin::toString)),
            keyLog,
            statementKeys,
            () -> now);
  }

  private void restart() throws Exception {
    keyLog.close();
    start(Optional.of(root.pin()));
  }

  private Ceremony unsigned(int windows) {
    return Ceremony.of(root).with(Ceremony.windows(registrar.request(), root, now, now, windows));
  }

  private Ceremony signed(int windows) throws Exception {
    return unsigned(windows).signedBy(anna).signedBy(carla);
  }

  private Code refused(Ceremony ceremony) throws Exception {
    long before = registrar.version();
    Answer answer = registrar.carryOut(Commands.takeCeremony(ceremony));
    assertThat(answer).isInstanceOf(Answer.Refused.class);
    assertThat(registrar.version()).as("nothing of it is recorded").isEqualTo(before);
    return ((Answer.Refused) answer).code();
  }

  private boolean taken(Ceremony ceremony) throws Exception {
    Answer answer = registrar.carryOut(Commands.takeCeremony(ceremony));
    assertThat(answer).isInstanceOf(Answer.Done.class);
    return ((Answer.Done) answer).result().truth("changed");
  }

  private final Map<String, StatedLog> logs = new java.util.HashMap<>();

  private boolean states(Instant from) throws Exception {
    StatedLog log =
        logs.computeIfAbsent(
            "s1g1",
            name ->
                new StatedLog(
                    name,
                    new Holder().named("login.example/logs/" + name),
                    URI.create(TestDomain.ISSUER + "/logs/" + name)));
    KeyStatement key =
        TestKeys.statement(
            PublicJwk.es256((ECPublicKey) FakePrivateKeys.newPair().getPublic()),
            from,
            from.plus(DAY));
    return registrar.carryOut(Commands.stateKey(key, log)) instanceof Answer.Done;
  }

  @Test
  void aCeremonyIsRecordedWholeAndOnce() throws Exception {
    Ceremony ceremony = signed(13);
    assertThat(registrar.delegation()).isEmpty();
    assertThat(taken(ceremony)).isTrue();
    assertThat(registrar.version()).as("the root and 13 windows").isEqualTo(14);
    assertThat(taken(ceremony)).isFalse();
    assertThat(registrar.version()).isEqualTo(14);
    restart();
    assertThat(registrar.delegation()).isPresent();
    assertThat(taken(ceremony)).isFalse();
  }

  @Test
  void anIncompleteCeremonyIsNotTakenAndSaysWhoseSignatureIsMissing() throws Exception {
    Ceremony one = unsigned(2).signedBy(ben);
    Answer.Refused refused = (Answer.Refused) registrar.carryOut(Commands.takeCeremony(one));
    assertThat(refused.text()).contains("1 of 2");
    assertThat(refused(unsigned(2))).isEqualTo(Code.CONFLICT);
    assertThat(taken(one.with(unsigned(2).signedBy(carla)))).as("signed in two places").isTrue();
  }

  @Test
  void aYearIsWalkedThroughWithoutAGapAndEndsWithTheLastWindow() throws Exception {
    taken(signed(13));
    Instant end = T0.plus(Duration.ofDays(12 * 29 + 30));
    long last = 0;
    for (now = T0; now.isBefore(end); now = now.plus(Duration.ofHours(6))) {
      long version = registrar.delegation().orElseThrow().version();
      assertThat(version).isBetween(last, last + 1);
      last = version;
      if (Duration.between(T0, now).toHours() % 480 == 0) {
        restart();
        assertThat(states(now)).as("states a key at %s", now).isTrue();
      }
    }
    assertThat(last).isEqualTo(13);
    now = end.minus(Duration.ofDays(10));
    assertThat(registrar.alarm()).isEqualTo(CeremonyAlarm.URGENT);
    now = end;
    assertThat(registrar.alarm()).isEqualTo(CeremonyAlarm.ENDED);
    assertThat(states(now)).isFalse();
    assertThat(taken(signed(13))).as("the next ceremony, late").isTrue();
    assertThat(states(now)).isTrue();
  }

  @Test
  void theNextCeremonyTakesOverAtOnceAndTheOneBeforeDoesNotComeBack() throws Exception {
    Ceremony first = signed(13);
    taken(first);
    now = T0.plus(Duration.ofDays(100));
    Ceremony unused = signed(13);
    Ceremony second =
        Ceremony.of(root)
            .with(
                Ceremony.windows(
                    registrar
                        .request()
                        .within(
                            new Delegation.Bounds(
                                AllowList.of("acme"),
                                AllowList.all(),
                                AllowList.all(),
                                Duration.ofHours(1))),
                    root,
                    now,
                    now,
                    13))
            .signedBy(ben)
            .signedBy(anna);
    assertThat(taken(second)).isTrue();
    assertThat(registrar.delegation().orElseThrow().version()).isEqualTo(14);
    assertThat(registrar.state().windows().all()).hasSize(13);
    assertThat(refused(first)).isEqualTo(Code.CONFLICT);
    assertThat(refused(unused))
        .as("of the same versions, and never recorded")
        .isEqualTo(Code.CONFLICT);
    assertThat(states(now)).as("a key beyond the narrower bounds").isFalse();
  }

  @Test
  void aCeremonyOfAnotherRootKeyOrDomainIsNotTaken() throws Exception {
    Holder stranger = new Holder();
    RootMetadata other = RootMetadata.first(List.of(stranger.named("s")), 1, T0, root.expires());
    assertThat(
            refused(
                Ceremony.of(other)
                    .with(Ceremony.windows(registrar.request(), other, now, now, 1))
                    .signedBy(stranger)))
        .isEqualTo(Code.MALFORMED);
    CeremonyRequest request = registrar.request();
    assertThat(
            refused(
                Ceremony.of(root)
                    .with(Ceremony.windows(request.forKey(stranger.key()), root, now, now, 1))
                    .signedBy(anna)
                    .signedBy(ben)))
        .isEqualTo(Code.OUT_OF_SCOPE);
    CeremonyRequest elsewhere =
        new CeremonyRequest(
            "consumer",
            request.issuer(),
            request.statementKey(),
            request.bounds(),
            List.of(),
            List.of(),
            0);
    Ceremony forConsumer = Ceremony.of(root).with(Ceremony.windows(elsewhere, root, now, now, 2));
    assertThat(refused(forConsumer.signedBy(anna).signedBy(ben))).isEqualTo(Code.OUT_OF_SCOPE);
    assertThat(
            taken(
                forConsumer
                    .with(Ceremony.windows(request, root, now, now, 2))
                    .signedBy(anna)
                    .signedBy(ben)))
        .as("beside its own, another domain's does not matter")
        .isTrue();
    assertThat(registrar.version()).isEqualTo(3);
  }

  @Test
  void aCeremonyThatEndedOrWouldLeaveAGapIsNotTaken() throws Exception {
    Ceremony old = signed(1);
    now = T0.plus(Duration.ofDays(30));
    assertThat(refused(old)).isEqualTo(Code.CONFLICT);
    now = now.minusSeconds(1);
    assertThat(taken(old)).isTrue();
    Instant ahead = now.plus(DAY);
    Ceremony fastClock =
        Ceremony.of(root)
            .with(Ceremony.windows(registrar.request(), root, ahead, ahead, 1))
            .signedBy(anna)
            .signedBy(ben);
    assertThat(refused(fastClock)).isEqualTo(Code.CONFLICT);
    now = ahead;
    assertThat(taken(fastClock)).isTrue();
  }

  @Test
  void anExpiredRootDelegatesNoMoreAndWhatStandsGoesOn() throws Exception {
    now = root.expires().minus(DAY);
    assertThat(unsigned(13).delegations())
        .as("none of its windows begins after it has expired")
        .hasSize(1);
    Ceremony last = signed(1);
    Ceremony late =
        Ceremony.of(root)
            .with(
                Ceremony.windows(
                    new CeremonyRequest(
                        "enterprise",
                        TestDomain.ISSUER,
                        statementKeys.newest(),
                        registrar.request().bounds(),
                        List.of(),
                        List.of(),
                        1),
                    root,
                    now,
                    now,
                    1))
            .signedBy(anna)
            .signedBy(carla);
    assertThat(taken(last)).isTrue();
    now = root.expires();
    assertThat(refused(late)).isEqualTo(Code.CONFLICT);
    assertThat(states(now)).as("what stands goes on").isTrue();
    RootMetadata next = root.next(root.keys(), 2, now, now.plus(Duration.ofDays(730)));
    assertThat(
            taken(
                new Ceremony(registrar.request().roots(), List.of())
                    .with(next)
                    .with(Ceremony.windows(registrar.request(), next, now, now, 13))
                    .signedBy(ben)
                    .signedBy(carla)))
        .as("it can be rotated all the same")
        .isTrue();
    assertThat(registrar.alarm()).isEqualTo(CeremonyAlarm.NONE);
  }

  @Test
  void aHolderIsRotatedOutAndSignsNoMore() throws Exception {
    taken(signed(13));
    Holder dora = new Holder();
    RootMetadata next =
        root.next(
            List.of(ben.named("ben"), carla.named("carla"), dora.named("dora")),
            2,
            now,
            root.expires());
    Ceremony byAnna = signed(1);
    now = now.plusSeconds(1);
    Ceremony rotation =
        new Ceremony(registrar.request().roots(), List.of())
            .with(next)
            .with(Ceremony.windows(registrar.request(), next, now, now, 13));
    assertThat(refused(rotation.signedBy(dora).signedBy(carla)))
        .as("one of two old holders")
        .isEqualTo(Code.CONFLICT);
    assertThat(taken(rotation.signedBy(ben).signedBy(carla))).isTrue();
    assertThat(registrar.state().root().current()).contains(next);
    assertThat(refused(byAnna))
        .as("signed before she was rotated out, and not recorded")
        .isEqualTo(Code.CONFLICT);
    CeremonyRequest request = registrar.request();
    Ceremony byOldHolders =
        new Ceremony(request.roots().subList(0, 1), List.of())
            .with(Ceremony.windows(request, root, now, now, 1))
            .signedBy(anna)
            .signedBy(ben);
    assertThat(refused(byOldHolders)).as("of a version that is free").isEqualTo(Code.MALFORMED);
    restart();
    assertThat(registrar.state().root().current()).contains(next);
    assertThat(states(now)).isTrue();
  }

  @Test
  void theNextStatementKeyTakesOverWhenTheRootNamesItAndTheOneBeforeIsDestroyed() throws Exception {
    taken(signed(13));
    PublicJwk before = statementKeys.newest();
    assertThat(states(now)).isTrue();
    Answer.Done made = (Answer.Done) registrar.carryOut(Commands.makeStatementKey());
    PublicJwk next = PublicJwk.parse(made.result().object("statement_key"));
    assertThat(next).isNotEqualTo(before);
    assertThat(((Answer.Done) registrar.carryOut(Commands.makeStatementKey())).result())
        .as("one waits already")
        .isEqualTo(made.result());
    restart();
    assertThat(registrar.request().statementKey()).isEqualTo(next);
    assertThat(states(now)).as("the one before goes on").isTrue();
    assertThat(registrar.destroyStatementKeys()).isEmpty();
    Ceremony ceremony = signed(13);
    taken(ceremony);
    assertThat(registrar.delegation().orElseThrow().statementKey()).isEqualTo(next);
    assertThat(states(now)).isTrue();
    assertThat(registrar.destroyStatementKeys()).containsExactly(before);
    try (var files = Files.list(folder.resolve("registrar/keys"))) {
      assertThat(files.map(file -> String.valueOf(file.getFileName())))
          .contains("statement-2.sealed", "statement-2.vkey")
          .doesNotContain("statement.sealed", "statement.vkey");
    }
    restart();
    assertThat(states(now)).isTrue();
    assertThat(statementKeys.newest()).isEqualTo(next);
  }

  @Test
  void withoutAPinnedRootItWaitsAndAsks() throws Exception {
    Ceremony ceremony = signed(2);
    keyLog.close();
    start(Optional.empty());
    assertThat(registrar.request().statementKey()).isEqualTo(statementKeys.newest());
    assertThat(refused(ceremony)).isEqualTo(Code.CONFLICT);
    restart();
    assertThat(taken(ceremony)).isTrue();
  }

  @Test
  void whatARequestSaysIsReadBack() throws Exception {
    taken(signed(13));
    CeremonyRequest request = registrar.request();
    CeremonyRequest read = CeremonyRequest.parse(request.bytes());
    assertThat(read).isEqualTo(request);
    assertThat(read.highestVersion()).isEqualTo(13);
    assertThat(read.until(now)).contains(T0.plus(Duration.ofDays(12 * 29 + 30)));
    assertThat(read.root()).contains(root);
  }

  @Test
  void theTrialRootRenewsItselfAheadOfEveryAlarmAndStepsBackWhenItWasLedOver() throws Exception {
    keyLog.close();
    TrialRoot trial = TrialRoot.openOrMake(folder.resolve("root"), () -> now);
    start(Optional.of(trial.pin()));
    Path asked = Files.createDirectories(folder.resolve("asked"));
    TrialRoot.Bounds bounds = TestDomain.bounds();
    List<TrialRoot.Outcome> outcomes = new ArrayList<>();
    for (int day = 0; day <= 365; day += 5) {
      now = T0.plus(Duration.ofDays(day));
      Files.write(asked.resolve("ceremony-request.json"), registrar.request().bytes());
      outcomes.add(trial.delegate(bounds, asked));
      assertThat(trial.delegate(bounds, asked))
          .as("what lies in the folder counts already")
          .isEqualTo(TrialRoot.Outcome.UNCHANGED);
      registrar.takeCeremony(Ceremony.parse(Files.readAllBytes(asked.resolve("ceremony.json"))));
      assertThat(registrar.alarm()).isEqualTo(CeremonyAlarm.NONE);
    }
    assertThat(outcomes.stream().filter(TrialRoot.Outcome.DELEGATED::equals).count())
        .isBetween(5L, 12L);
    assertThat(TrialRoot.openOrMake(folder.resolve("root"), () -> now).pin())
        .isEqualTo(trial.pin());

    CeremonyRequest request = registrar.request();
    RootMetadata own =
        request.root().orElseThrow().next(root.keys(), 2, now, now.plus(Duration.ofDays(730)));
    Ceremony over =
        new Ceremony(request.roots(), List.of())
            .with(own)
            .with(Ceremony.windows(request, own, now, now, 13));
    char[] secret = SecretFile.at(folder.resolve("root/passphrase")).readText().toCharArray();
    StatementSigner holder = RootHolder.open(folder.resolve("root"), secret).statements();
    assertThat(refused(over.signedBy(anna).signedBy(ben))).isEqualTo(Code.CONFLICT);
    assertThat(taken(over.signedBy(anna).signedBy(ben).signedBy(holder))).isTrue();
    Files.write(asked.resolve("ceremony-request.json"), registrar.request().bytes());
    assertThat(trial.delegate(bounds, asked)).isEqualTo(TrialRoot.Outcome.LED_OVER);
    KeyLogState state = registrar.state();
    assertThat(state.root().pin()).as("whoever pinned the trial root").isEqualTo(trial.pin());
    assertThat(state.root().current()).contains(own);
    assertThat(states(now)).isTrue();
  }

  @Test
  void theTrialRootKeepsWhatACeremonyByHandAllowed() throws Exception {
    keyLog.close();
    TrialRoot trial = TrialRoot.openOrMake(folder.resolve("root"), () -> now);
    start(Optional.of(trial.pin()));
    Path asked = Files.createDirectories(folder.resolve("asked"));
    assertThat(renewed(trial, asked)).isEqualTo(TrialRoot.Outcome.DELEGATED);
    assertThat(allowed()).doesNotContain("none");

    byHand(Set.of("position", "digest", "none"));
    assertThat(renewed(trial, asked)).isEqualTo(TrialRoot.Outcome.UNCHANGED);
    now = now.plus(Duration.ofDays(60));
    assertThat(renewed(trial, asked)).isEqualTo(TrialRoot.Outcome.DELEGATED);
    assertThat(allowed()).contains("none");

    byHand(Set.of("position", "digest"));
    now = now.plus(Duration.ofDays(60));
    assertThat(renewed(trial, asked)).isEqualTo(TrialRoot.Outcome.DELEGATED);
    assertThat(allowed()).doesNotContain("none");
  }

  /** Asks the trial root as an installation does at its start. */
  private TrialRoot.Outcome renewed(TrialRoot trial, Path asked) throws Exception {
    Files.write(asked.resolve(TrialRoot.REQUEST_FILE), registrar.request().bytes());
    TrialRoot.Outcome outcome = trial.delegate(TestDomain.bounds(), asked);
    if (outcome == TrialRoot.Outcome.DELEGATED) {
      assertThat(taken(Ceremony.parse(Files.readAllBytes(asked.resolve(TrialRoot.CEREMONY_FILE)))))
          .isTrue();
    }
    return outcome;
  }

  /** The record forms that the last ceremony allowed. */
  private Set<String> allowed() throws Exception {
    return registrar.request().windows().all().getLast().delegation().bounds().recordForms();
  }

  private void byHand(Set<String> forms) throws Exception {
    CeremonyRequest request = registrar.request();
    Delegation.Bounds like = TestDomain.bounds().within();
    CeremonyRequest wanted =
        request.within(
            new Delegation.Bounds(
                like.tenants(), like.audiences(), like.tokenTypes(), forms, like.lifeMax()));
    RootMetadata own = request.root().orElseThrow();
    Path holder = folder.resolve("root");
    char[] passphrase = Files.readString(holder.resolve("passphrase")).strip().toCharArray();
    assertThat(
            taken(
                new Ceremony(request.roots(), List.of())
                    .with(Ceremony.windows(wanted, own, now, now, 4))
                    .signedBy(RootHolder.open(holder, passphrase).statements())))
        .isTrue();
  }

  @Test
  void theTrialRootRenewsItsOwnMetadataLongBeforeItExpires() throws Exception {
    keyLog.close();
    TrialRoot trial = TrialRoot.openOrMake(folder.resolve("root"), () -> now);
    start(Optional.of(trial.pin()));
    Path asked = Files.createDirectories(folder.resolve("asked"));
    TrialRoot.Bounds bounds = TestDomain.bounds();
    for (int day = 0; day <= 13 * 365; day += 14) {
      now = T0.plus(Duration.ofDays(day));
      Files.write(asked.resolve("ceremony-request.json"), registrar.request().bytes());
      // Opened anew, as at every start of an installation.
      TrialRoot opened = TrialRoot.openOrMake(folder.resolve("root"), () -> now);
      if (opened.delegate(bounds, asked) == TrialRoot.Outcome.DELEGATED) {
        assertThat(
                registrar.takeCeremony(
                    Ceremony.parse(Files.readAllBytes(asked.resolve("ceremony.json")))))
            .isInstanceOf(Answer.Done.class);
      }
      assertThat(registrar.alarm()).as("day %d", day).isEqualTo(CeremonyAlarm.NONE);
    }
    RootMetadata last = registrar.state().root().current().orElseThrow();
    assertThat(last.version()).as("past the first version's ten years").isEqualTo(2);
    assertThat(last.keys()).containsExactly(trial.publicKey());
    assertThat(registrar.state().root().pin())
        .as("policies of the first day go on to work")
        .isEqualTo(trial.pin());
    assertThat(states(now)).isTrue();

    Path other = Files.createDirectories(folder.resolve("other"));
    Files.write(other.resolve("ceremony-request.json"), registrar.request().bytes());
    assertThat(TrialRoot.openOrMake(folder.resolve("root"), () -> now).delegate(bounds, other))
        .as("the next version is made once, for all registrars")
        .isEqualTo(TrialRoot.Outcome.UNCHANGED);
  }

  @Test
  void whoDiesBeforeTheFirstEntryIsDurableBeginsAgain() throws Exception {
    restart();
    Ceremony first = signed(1);
    journal.faults().broken = true;
    assertThatThrownBy(() -> registrar.takeCeremony(first)).isInstanceOf(LogFailedException.class);
    restart();
    assertThat(registrar.version()).isZero();
    assertThat(registrar.takeCeremony(first)).isInstanceOf(Answer.Done.class);
  }

  @Test
  void keysThatComeBackWithoutTheirJournalSignNoSecondHistory() throws Exception {
    restart();
    assertThat(registrar.version()).as("one that has not begun starts again").isZero();
    assertThat(registrar.takeCeremony(signed(1))).isInstanceOf(Answer.Done.class);
    long size = registrar.version();
    restart();
    assertThat(registrar.version()).isEqualTo(size);
    keyLog.close();
    Files.move(folder.resolve("log"), folder.resolve("held"));
    Files.move(folder.resolve("registrar/journal"), folder.resolve("lost"));

    assertThatThrownBy(() -> start(Optional.of(root.pin())))
        .isInstanceOf(KeyLogGuard.ConflictException.class)
        .hasMessageContaining("counterfoil keys restore-log");
    Path evidence = folder.resolve("registrar").resolve(KeyLogRestore.EVIDENCE_FILE);
    assertThat(evidence).as("for which whoever starts it again waits").isEmptyFile();
    NoteKey logKey =
        NoteKey.parse(Files.readString(folder.resolve("registrar/keys/key-log.vkey")).strip());
    keyLog.close();
    try (LogReader held = new LogReader(FileDisk.toRead(folder.resolve("held/keys")))) {
      KeyLogRestore.restore(
          folder.resolve("registrar"),
          new TrustPolicy("enterprise", TestDomain.ISSUER, root.pin(), List.of(logKey)),
          held,
          number -> {
            throw new IOException("no copy of revocation log " + number);
          },
          new SplittableRandom(1),
          () -> now);
    }
    assertThat(evidence).doesNotExist();
    start(Optional.of(root.pin()));
    assertThat(registrar.version()).isEqualTo(size);
    assertThat(evidence).as("one that goes on has none").doesNotExist();
  }

  @Test
  void aNoteThatTellsMoreOfTheLostJournalIsKept() throws Exception {
    restart();
    assertThat(registrar.takeCeremony(signed(1))).isInstanceOf(Answer.Done.class);
    keyLog.close();
    byte[] note = Files.readAllBytes(folder.resolve("log/keys/checkpoint"));
    Files.move(folder.resolve("log"), folder.resolve("held"));
    Files.move(folder.resolve("registrar/journal"), folder.resolve("lost"));
    Path evidence = folder.resolve("registrar").resolve(KeyLogRestore.EVIDENCE_FILE);
    Files.write(evidence, note);
    assertThatThrownBy(() -> start(Optional.of(root.pin())))
        .isInstanceOf(KeyLogGuard.ConflictException.class);
    assertThat(evidence).hasBinaryContent(note);
  }
}
