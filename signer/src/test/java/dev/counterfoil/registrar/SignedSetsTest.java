package dev.counterfoil.registrar;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterfoil.configuration.SecretFile;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.ceremony.Ceremony;
import dev.counterfoil.format.keylog.IssuerJwks;
import dev.counterfoil.format.keylog.KeySet.StatedLog;
import dev.counterfoil.format.keys.KeyStatement;
import dev.counterfoil.format.keys.PublicJwk;
import dev.counterfoil.format.note.NoteKey;
import dev.counterfoil.format.note.SignedStatement;
import dev.counterfoil.keystore.Ed25519Key;
import dev.counterfoil.keystore.TestMaking;
import dev.counterfoil.keystore.pkcs11.FakePrivateKeys;
import dev.counterfoil.log.EntryLog;
import dev.counterfoil.log.disk.FailingDisk;
import dev.counterfoil.log.disk.FileDisk;
import dev.counterfoil.log.journal.JournalOptions;
import dev.counterfoil.registrar.keys.KeyLogKey;
import dev.counterfoil.registrar.keys.StatementKeys;
import dev.counterfoil.registrar.root.TrialRoot;
import dev.counterfoil.registrar.settings.RegistrarConfiguration;
import dev.counterfoil.signer.TestDomain;
import dev.counterfoil.signer.rotation.TestKeys;
import dev.counterfoil.signerprotocol.Answer;
import dev.counterfoil.signerprotocol.Commands;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPairGenerator;
import java.security.interfaces.ECPublicKey;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the registrar signs for those who do not read its key log, and when. */
class SignedSetsTest {
  @TempDir Path folder;
  private Instant now = TestKeys.T0;
  private TrialRoot root;
  private RegistrarConfiguration configuration;
  private StatementKeys statementKeys;
  private Ed25519Key logKey;
  private EntryLog keyLog;
  private Registrar registrar;
  private FailingDisk published;
  private SignedSets sets;
  private KeyStatement key;
  private StatedLog log;

  @BeforeEach
  void open() throws Exception {
    root = TrialRoot.openOrMake(folder.resolve("root"), () -> now);
    SecretFile passphrase = TrialRoot.openOrMakePassphrase(folder.resolve("registrar/passphrase"));
    configuration =
        RegistrarWorld.configuration(folder, passphrase, Optional.of(root.pin().toString()));
    statementKeys =
        StatementKeys.openOrMake(
            TestMaking.sealed(passphrase),
            FileDisk.privateFolder(folder.resolve("registrar/keys")),
            "login.example/registrar");
    logKey =
        KeyLogKey.open(
            TestMaking.sealed(passphrase),
            folder.resolve("registrar"),
            configuration.process().issuer());
    published = new FailingDisk(FileDisk.publicFolder(folder.resolve("log/keys")));
    key =
        TestKeys.statement(
            PublicJwk.es256((ECPublicKey) FakePrivateKeys.newPair().getPublic()),
            now,
            now.plus(Duration.ofDays(1)));
    log =
        new StatedLog(
            "s1g1",
            NoteKey.of(
                "login.example/logs/s1g1",
                KeyPairGenerator.getInstance("Ed25519").generateKeyPair().getPublic()),
            URI.create(TestDomain.ISSUER + "/logs/s1g1"));
    start();
  }

  private void start() throws Exception {
    keyLog =
        EntryLog.open(
            FileDisk.privateFolder(folder.resolve("registrar/journal")),
            published,
            JournalOptions.STATEMENTS,
            logKey.notes(),
            KeyLogKey.headLine(logKey, () -> now),
            new SplittableRandom(1));
    registrar = Registrar.open(configuration, keyLog, statementKeys, () -> now);
    sets = new SignedSets(published, TestDomain.ISSUER);
  }

  @AfterEach
  void close() throws Exception {
    keyLog.close();
  }

  private void delegate() throws Exception {
    Path asked = Files.createDirectories(folder.resolve("asked"));
    Files.write(asked.resolve("ceremony-request.json"), registrar.request().bytes());
    root.delegate(TestDomain.bounds(), asked);
    assertThat(
            registrar.takeCeremony(
                Ceremony.parse(Files.readAllBytes(asked.resolve("ceremony.json")))))
        .isInstanceOf(Answer.Done.class);
  }

  private void state() throws Exception {
    assertThat(registrar.carryOut(Commands.stateKey(key, log))).isInstanceOf(Answer.Done.class);
  }

  private void write() throws Exception {
    registrar.write(sets, registrar.version());
  }

  private JsonObject read(String name) throws Exception {
    String jws =
        new String(published.read(name, SignedStatement.LENGTH_MAX), StandardCharsets.US_ASCII);
    return SignedStatement.verify(IssuerJwks.TYPE, jws, statementKeys.newest());
  }

  private List<String> kids(String name) throws Exception {
    List<String> kids = new ArrayList<>();
    for (JsonObject one : read(name).objects("keys")) {
      kids.add(one.string("kid"));
    }
    return kids;
  }

  @Test
  void nothingIsSignedWithoutADelegation() throws Exception {
    write();
    assertThat(published.names()).doesNotContain(SignedSets.ORDINARY);
    delegate();
    write();
    assertThat(published.names())
        .contains(SignedSets.ORDINARY, SignedSets.SIGNATURE_ONLY, SignedSets.HISTORY);
  }

  @Test
  void aKeyStandsInItsSetAndAfterwardsInTheHistoryAlsoAfterARestart() throws Exception {
    delegate();
    state();
    write();
    assertThat(kids(SignedSets.ORDINARY)).containsExactly(key.kid());
    assertThat(kids(SignedSets.SIGNATURE_ONLY)).isEmpty();
    assertThat(kids(SignedSets.HISTORY)).isEmpty();
    registrar.carryOut(Commands.withdrawKey(key.kid()));
    write();
    assertThat(kids(SignedSets.ORDINARY)).isEmpty();
    assertThat(kids(SignedSets.HISTORY)).containsExactly(key.kid());
    now = now.plus(Duration.ofDays(60));
    keyLog.close();
    start();
    write();
    assertThat(kids(SignedSets.HISTORY))
        .as("long after verifiers have forgotten it")
        .containsExactly(key.kid());
  }

  @Test
  void aKeyThatIsNotCosignedYetIsNoKey() throws Exception {
    delegate();
    long before = registrar.version();
    state();
    registrar.write(sets, before);
    assertThat(kids(SignedSets.ORDINARY)).isEmpty();
    write();
    assertThat(kids(SignedSets.ORDINARY)).containsExactly(key.kid());
  }

  @Test
  void theyAreSignedAnewWhenSomethingHasChangedAndBeforeTheyEnd() throws Exception {
    delegate();
    write();
    long signed = read(SignedSets.ORDINARY).number("iat");
    now = now.plus(IssuerJwks.SIGNED_LIFE.dividedBy(2)).minusSeconds(1);
    write();
    assertThat(read(SignedSets.ORDINARY).number("iat")).isEqualTo(signed);
    now = now.plusSeconds(1);
    write();
    assertThat(read(SignedSets.ORDINARY).number("iat")).isEqualTo(now.getEpochSecond());
    now = now.plusSeconds(1);
    state();
    write();
    assertThat(read(SignedSets.ORDINARY).number("iat")).isEqualTo(now.getEpochSecond());
  }

  @Test
  void aFullDiskKeepsTheLastOnesAndIsTriedAgain() throws Exception {
    delegate();
    write();
    state();
    published.faults().unwritable = true;
    write();
    assertThat(kids(SignedSets.ORDINARY)).isEmpty();
    published.faults().unwritable = false;
    write();
    assertThat(kids(SignedSets.ORDINARY)).containsExactly(key.kid());
  }
}
