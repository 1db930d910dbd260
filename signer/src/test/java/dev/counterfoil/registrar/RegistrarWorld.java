package dev.counterfoil.registrar;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterfoil.configuration.SecretFile;
import dev.counterfoil.configuration.UnixSocketPath;
import dev.counterfoil.format.ceremony.Ceremony;
import dev.counterfoil.format.keylog.KeySet;
import dev.counterfoil.format.keylog.KeySet.StatedLog;
import dev.counterfoil.format.keys.KeyStatement;
import dev.counterfoil.format.keys.KeyStatementBuilder;
import dev.counterfoil.format.keys.PublicJwk;
import dev.counterfoil.keystore.Ed25519Key;
import dev.counterfoil.keystore.KeysAtRest;
import dev.counterfoil.keystore.TestMaking;
import dev.counterfoil.keystore.pkcs11.FakePrivateKeys;
import dev.counterfoil.log.EntryLog;
import dev.counterfoil.log.disk.Disk;
import dev.counterfoil.log.disk.FailingDisk;
import dev.counterfoil.log.disk.FileDisk;
import dev.counterfoil.log.journal.JournalOptions;
import dev.counterfoil.process.SimulatedKeys;
import dev.counterfoil.process.settings.KeyDefaults;
import dev.counterfoil.process.settings.ProcessSettings;
import dev.counterfoil.registrar.keys.KeyLogKey;
import dev.counterfoil.registrar.keys.StatementKeys;
import dev.counterfoil.registrar.root.TrialRoot;
import dev.counterfoil.registrar.settings.RegistrarConfiguration;
import dev.counterfoil.registrar.settings.SecondPerson;
import dev.counterfoil.registrar.settings.SignerEntry;
import dev.counterfoil.registrar.signers.SignerAlarm;
import dev.counterfoil.signer.TestDomain;
import dev.counterfoil.signer.TestLog;
import dev.counterfoil.signer.rotation.TestKeys;
import dev.counterfoil.signerprotocol.Answer;
import dev.counterfoil.signerprotocol.Answer.Code;
import dev.counterfoil.signerprotocol.Commands;
import dev.counterfoil.signerprotocol.Request;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.interfaces.ECPublicKey;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** A registrar without its process, on a clock that the test sets and disks that can be full. */
@ExtendWith(SimulatedKeys.class)
public abstract class RegistrarWorld {
  public static final Instant T0 = TestKeys.T0;
  public static final Duration DAY = Duration.ofDays(1);

  @TempDir public Path folder;
  public Instant now = T0;
  public List<SignerEntry> signers = List.of(signer("s1", List.of("d1")));
  public TrialRoot root;
  public RegistrarConfiguration configuration;
  SecretFile passphrase;
  public StatementKeys statementKeys;
  public FailingDisk disk;
  public FailingDisk publicDisk;
  public Ed25519Key logKey;

  @SuppressWarnings("NullAway.Init")
  public // by start, which a test may override
  EntryLog keyLog;

  @SuppressWarnings("NullAway.Init")
  public // likewise
  Registrar registrar;

  public KeyStatement key;
  public StatedLog log;

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
            TestMaking.sealed(passphrase),
            folder.resolve("registrar"),
            configuration.process().issuer());
    disk = new FailingDisk(FileDisk.privateFolder(folder.resolve("registrar/journal")));
    publicDisk = new FailingDisk(FileDisk.publicFolder(folder.resolve("log/keys")));
    start(disk);
    key =
        TestKeys.statement(
            PublicJwk.es256((ECPublicKey) FakePrivateKeys.newPair().getPublic()), T0, T0.plus(DAY));
    log = log("s1g1");
  }

  public final RegistrarConfiguration withRoot(TrialRoot of) {
    return configuration(folder, passphrase, Optional.of(of.pin().toString()), signers);
  }

  public static SignerEntry signer(String name, List<String> recordLogs) {
    return new SignerEntry(
        name, new UnixSocketPath(Path.of("/tmp/" + name)), List.of(), recordLogs);
  }

  public static RegistrarConfiguration configuration(
      Path folder, SecretFile passphrase, Optional<String> root) {
    return configuration(folder, passphrase, root, List.of(signer("s1", List.of("d1"))));
  }

  private static RegistrarConfiguration configuration(
      Path folder, SecretFile passphrase, Optional<String> root, List<SignerEntry> signers) {
    return new RegistrarConfiguration(
        new ProcessSettings(
            "enterprise",
            URI.create(TestDomain.ISSUER),
            new KeysAtRest(
                folder.resolve("registrar"),
                Optional.of(passphrase),
                Optional.empty(),
                Optional.empty()),
            new UnixSocketPath(Path.of("/tmp/s")),
            List.of(),
            new UnixSocketPath(Path.of("/tmp/a")),
            List.of(),
            List.of(),
            new KeyDefaults(
                List.of(),
                List.of("acme", "beta"),
                List.of("mail", "files"),
                TestKeys.LIFE_MAX,
                DAY,
                Optional.empty(),
                Optional.empty(),
                false),
            List.of(),
            folder.resolve("log"),
            List.of(),
            0,
            List.of()),
        signers,
        root,
        SecondPerson.NOBODY,
        false,
        true);
  }

  public void start(Disk on) throws Exception {
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

  public void restart() throws Exception {
    keyLog.close();
    start(disk);
  }

  public static StatedLog log(String name) throws Exception {
    return TestLog.make(name).stated();
  }

  /** With a checkpoint of the log that just covers the token. */
  public final Request.Command revokeToken(String name, long position, Instant until)
      throws Exception {
    StatedLog of = registrar.state().log(name).orElse(log);
    return Commands.revokeToken(name, position, until, TestLog.of(of).checkpoint(position + 1));
  }

  Ceremony ceremony() throws Exception {
    return ceremony(root, TestDomain.bounds());
  }

  public Ceremony ceremony(TrialRoot by, TrialRoot.Bounds bounds) throws Exception {
    Path asked = Files.createDirectories(folder.resolve("asked"));
    Files.write(asked.resolve("ceremony-request.json"), registrar.request().bytes());
    Files.deleteIfExists(asked.resolve("ceremony.json"));
    by.delegate(bounds, asked);
    return Ceremony.parse(Files.readAllBytes(asked.resolve("ceremony.json")));
  }

  public void delegate() throws Exception {
    assertThat(registrar.takeCeremony(ceremony())).isInstanceOf(Answer.Done.class);
  }

  public void delegate(Duration lifeMax) throws Exception {
    assertThat(registrar.takeCeremony(ceremony(root, TestDomain.bounds(lifeMax))))
        .isInstanceOf(Answer.Done.class);
  }

  public boolean changed(Request.Command command) throws Exception {
    Answer answer = registrar.carryOut(command);
    assertThat(answer).isInstanceOf(Answer.Done.class);
    return ((Answer.Done) answer).result().truth("changed");
  }

  public Code refused(Request.Command command) throws Exception {
    long before = registrar.version();
    Answer answer = registrar.carryOut(command);
    assertThat(answer).isInstanceOf(Answer.Refused.class);
    assertThat(registrar.version()).isEqualTo(before);
    return ((Answer.Refused) answer).code();
  }

  public KeySet keySet() throws Exception {
    registrar.state().forget(now);
    return registrar.state().keySet(registrar.version(), now);
  }

  public KeyStatement with(UnaryOperator<KeyStatementBuilder> change) {
    return change.apply(key.toBuilder()).build();
  }

  public static PublicJwk jwk() throws Exception {
    return PublicJwk.es256((ECPublicKey) FakePrivateKeys.newPair().getPublic());
  }

  public static KeyStatement newKey(Instant from) throws Exception {
    return TestKeys.statement(jwk(), from, from.plus(DAY));
  }

  public static String texts(List<SignerAlarm> alarms) {
    return String.join("; ", alarms.stream().map(SignerAlarm::text).toList());
  }
}
