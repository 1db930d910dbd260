package dev.counterfoil.signer;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterfoil.configuration.SecretFile;
import dev.counterfoil.configuration.UnixSocketPath;
import dev.counterfoil.format.Ceremony;
import dev.counterfoil.format.KeySet;
import dev.counterfoil.format.KeySet.StatedLog;
import dev.counterfoil.format.KeyStatement;
import dev.counterfoil.format.KeyStatementBuilder;
import dev.counterfoil.format.PublicJwk;
import dev.counterfoil.log.Disk;
import dev.counterfoil.log.EntryLog;
import dev.counterfoil.log.FailingDisk;
import dev.counterfoil.log.FileDisk;
import dev.counterfoil.log.JournalOptions;
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
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** A registrar without its process, on a clock that the test sets and disks that can be full. */
@ExtendWith(SimulatedKeys.class)
abstract class RegistrarWorld {
  static final Instant T0 = TestKeys.T0;
  static final Duration DAY = Duration.ofDays(1);

  @TempDir Path folder;
  Instant now = T0;
  List<SignerEntry> signers = List.of(signer("s1", List.of("d1")));
  TrialRoot root;
  SignerConfiguration configuration;
  SecretFile passphrase;
  StatementKeys statementKeys;
  FailingDisk disk;
  FailingDisk publicDisk;
  Ed25519Key logKey;

  @SuppressWarnings("NullAway.Init") // by start, which a test may override
  EntryLog keyLog;

  @SuppressWarnings("NullAway.Init") // likewise
  Registrar registrar;

  KeyStatement key;
  StatedLog log;

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
    disk = new FailingDisk(FileDisk.privateFolder(folder.resolve("registrar/journal")));
    publicDisk = new FailingDisk(FileDisk.publicFolder(folder.resolve("log/keys")));
    start(disk);
    key =
        TestKeys.statement(
            PublicJwk.es256((ECPublicKey) FakeCustody.newPair().getPublic()), T0, T0.plus(DAY));
    log = log("s1g1");
  }

  final SignerConfiguration withRoot(TrialRoot of) {
    return configuration(folder, passphrase, Optional.of(of.pin().toString()), signers);
  }

  static SignerEntry signer(String name, List<String> recordLogs) {
    return new SignerEntry(
        name, new UnixSocketPath(Path.of("/tmp/" + name)), List.of(), recordLogs);
  }

  static SignerConfiguration configuration(
      Path folder, SecretFile passphrase, Optional<String> root) {
    return configuration(folder, passphrase, root, List.of(signer("s1", List.of("d1"))));
  }

  private static SignerConfiguration configuration(
      Path folder, SecretFile passphrase, Optional<String> root, List<SignerEntry> signers) {
    return new SignerConfiguration(
        Role.REGISTRAR,
        "s1",
        "enterprise",
        URI.create(TestDomain.ISSUER),
        folder.resolve("registrar"),
        Optional.of(passphrase),
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
        false,
        List.of(),
        signers,
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
        false,
        Optional.empty(),
        Optional.empty(),
        Optional.empty());
  }

  void start(Disk on) throws Exception {
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

  void restart() throws Exception {
    keyLog.close();
    start(disk);
  }

  static StatedLog log(String name) throws Exception {
    return TestLog.make(name).stated();
  }

  /** With a checkpoint of the log that just covers the token. */
  final Request.Command revokeToken(String name, long position, Instant until) throws Exception {
    StatedLog of = registrar.state().log(name).orElse(log);
    return Commands.revokeToken(name, position, until, TestLog.of(of).checkpoint(position + 1));
  }

  Ceremony ceremony() throws Exception {
    return ceremony(root, TestDomain.bounds());
  }

  Ceremony ceremony(TrialRoot by, TrialRoot.Bounds bounds) throws Exception {
    Path asked = Files.createDirectories(folder.resolve("asked"));
    Files.write(asked.resolve("ceremony-request.json"), registrar.request().bytes());
    Files.deleteIfExists(asked.resolve("ceremony.json"));
    by.delegate(bounds, asked);
    return Ceremony.parse(Files.readAllBytes(asked.resolve("ceremony.json")));
  }

  void delegate() throws Exception {
    assertThat(registrar.takeCeremony(ceremony())).isInstanceOf(Answer.Done.class);
  }

  void delegate(Duration lifeMax) throws Exception {
    assertThat(registrar.takeCeremony(ceremony(root, TestDomain.bounds(lifeMax))))
        .isInstanceOf(Answer.Done.class);
  }

  boolean changed(Request.Command command) throws Exception {
    Answer answer = registrar.carryOut(command);
    assertThat(answer).isInstanceOf(Answer.Done.class);
    return ((Answer.Done) answer).result().truth("changed");
  }

  Code refused(Request.Command command) throws Exception {
    long before = registrar.version();
    Answer answer = registrar.carryOut(command);
    assertThat(answer).isInstanceOf(Answer.Refused.class);
    assertThat(registrar.version()).isEqualTo(before);
    return ((Answer.Refused) answer).code();
  }

  KeySet keySet() throws Exception {
    registrar.state().forget(now);
    return registrar.state().keySet(registrar.version(), now);
  }

  KeyStatement with(UnaryOperator<KeyStatementBuilder> change) {
    return change.apply(key.toBuilder()).build();
  }

  static PublicJwk jwk() throws Exception {
    return PublicJwk.es256((ECPublicKey) FakeCustody.newPair().getPublic());
  }

  static KeyStatement newKey(Instant from) throws Exception {
    return TestKeys.statement(jwk(), from, from.plus(DAY));
  }

  static String texts(List<SignerAlarm> alarms) {
    return String.join("; ", alarms.stream().map(SignerAlarm::text).toList());
  }
}
