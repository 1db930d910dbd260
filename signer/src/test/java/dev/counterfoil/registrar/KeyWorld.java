package dev.counterfoil.registrar;

import dev.counterfoil.configuration.Configuration;
import dev.counterfoil.format.bytes.AllowList;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.ceremony.Ceremony;
import dev.counterfoil.format.keylog.KeySet;
import dev.counterfoil.format.note.NoteSigner;
import dev.counterfoil.format.policy.TrustPolicy;
import dev.counterfoil.format.root.Delegation;
import dev.counterfoil.keystore.Ed25519Key;
import dev.counterfoil.keystore.SealedKeys;
import dev.counterfoil.keystore.TestMaking;
import dev.counterfoil.keystore.pkcs11.FakePrivateKeys;
import dev.counterfoil.log.EntryLog;
import dev.counterfoil.log.disk.Disk;
import dev.counterfoil.log.journal.JournalOptions;
import dev.counterfoil.process.settings.Purposes;
import dev.counterfoil.registrar.keys.KeyLogKey;
import dev.counterfoil.registrar.keys.StatementKeys;
import dev.counterfoil.registrar.root.TrialRoot;
import dev.counterfoil.registrar.settings.RegistrarConfiguration;
import dev.counterfoil.registrar.signers.SignersOwn;
import dev.counterfoil.signer.MemoryDisk;
import dev.counterfoil.signer.TestDomain;
import dev.counterfoil.signer.folders.Generation;
import dev.counterfoil.signer.privatekeys.PrivateKeys;
import dev.counterfoil.signer.rotation.KeyKeeper;
import dev.counterfoil.signerprotocol.Answer;
import dev.counterfoil.signerprotocol.Request;
import dev.counterfoil.signerprotocol.SignerUnavailableException;
import java.io.IOException;
import java.lang.reflect.Proxy;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/**
 * One signer's keys and its registrar, in memory and under clocks of their own: the real keeper,
 * registrar and key log. The signer dies at whichever effect it is told to, before it or right
 * after it.
 */
public final class KeyWorld implements AutoCloseable {
  /** The signer died. */
  public static final class Died extends RuntimeException {
    private static final long serialVersionUID = 1L;

    Died() {
      super("the signer died", null, false, false);
    }
  }

  public static final String ISSUER = TestDomain.ISSUER;

  public FakePrivateKeys keys = new FakePrivateKeys();
  public MemoryDisk keyDisk = new MemoryDisk();
  private final SignersOwn own = new SignersOwn("s1", Set.of(), Set.of());
  private final Disk journal = new MemoryDisk();
  private final Disk publicDisk = new MemoryDisk();
  private final Path folder;
  private final TrialRoot root;
  private final SealedKeys sealed;
  private final StatementKeys statementKeys;
  private final Ed25519Key logKey;
  private KeySet.StatedLog log;

  /** With which the token log of the present generation is signed. */
  private Ed25519Key tokenLogKey;

  private int generation = 1;
  private EntryLog keyLog;
  private String purposes;
  public Registrar registrar;
  public KeyKeeper keeper;

  /** What the signer runs with. */
  public Purposes configured;

  /** What the registrar runs with. */
  private Purposes registrars;

  /** What the signer's and the registrar's clocks show. */
  public Instant signersNow;

  public Instant registrarsNow;
  public boolean registrarIsAway;

  /** Effects until the signer dies: odd before the effect, even after it; below zero never. */
  public int diesIn = -1;

  /** Effects so far. */
  public int effects;

  private @Nullable KeySet laidOut;
  private long laidOutAt = -1;

  public KeyWorld(Path folder, Instant start, String purposes) throws Exception {
    this.folder = folder;
    this.purposes = purposes;
    this.signersNow = start;
    this.registrarsNow = start;
    sealed = TestMaking.sealed(TrialRoot.openOrMakePassphrase(folder.resolve("passphrase")));
    root = TrialRoot.openOrMake(folder.resolve("root"), () -> registrarsNow);
    statementKeys = StatementKeys.openOrMake(sealed, new MemoryDisk(), "registrar");
    logKey =
        Ed25519Key.openOrMake(
            sealed, new MemoryDisk(), "key-log", ISSUER.substring(8) + "/logs/keys");
    tokenLogKey = newTokenLogKey();
    log = statedLog();
    startRegistrar();
    configured = registrars;
    delegate();
    startSigner();
  }

  private Ed25519Key newTokenLogKey() throws IOException, GeneralSecurityException {
    return Ed25519Key.openOrMake(
        sealed, new MemoryDisk(), "log", ISSUER.substring(8) + "/logs/s1g" + generation);
  }

  private KeySet.StatedLog statedLog() {
    String name = "s1g" + generation;
    return new KeySet.StatedLog(
        name, tokenLogKey.publicKey(), URI.create(ISSUER + "/logs/" + name));
  }

  /** What verifiers start from. */
  public TrustPolicy policy() {
    return new TrustPolicy("enterprise", ISSUER, root.pin(), List.of(logKey.publicKey()));
  }

  /** The public folder of the key log. */
  public Disk keyLogDisk() {
    return publicDisk;
  }

  /** Short name of the log of the present generation. */
  public String logName() {
    return log.name();
  }

  /** With which it is signed. */
  public NoteSigner logSigner() {
    return tokenLogKey.notes();
  }

  /** The signer begins anew, with other keys and another log, and is not started yet. */
  public void nextGeneration() throws IOException, GeneralSecurityException {
    generation++;
    keys = new FakePrivateKeys();
    keyDisk = new MemoryDisk();
    tokenLogKey = newTokenLogKey();
    log = statedLog();
  }

  private RegistrarConfiguration configuration() throws Exception {
    return Configuration.parse(
        folder.resolve("registrar.yaml"),
        """
        domain: enterprise
        issuer: %s
        folder: registrar
        passphrase-file: passphrase
        service-socket: s.sock
        admin-socket: a.sock
        signers: [{name: s1, socket: k.sock}]
        log-folder: log
        tenants: [acme, beta]
        audiences: [mail, files]
        root: "%s"
        %s
        """
            .formatted(ISSUER, root.pin(), purposes),
        RegistrarConfiguration.class);
  }

  private void startRegistrar() throws Exception {
    RegistrarConfiguration configuration = configuration();
    keyLog =
        EntryLog.open(
            journal,
            publicDisk,
            JournalOptions.STATEMENTS,
            logKey.notes(),
            KeyLogKey.headLine(logKey, () -> registrarsNow),
            new SplittableRandom(1));
    registrar = Registrar.open(configuration, keyLog, statementKeys, () -> registrarsNow);
    registrars = configuration.process().resolvedPurposes();
  }

  /** The operator writes another configuration and starts both anew. */
  public void reconfigure(String newPurposes) throws Exception {
    reconfigureRegistrar(newPurposes);
    signerFollows();
  }

  /** The operator starts the registrar with another configuration, and the signer some time. */
  public void reconfigureRegistrar(String newPurposes) throws Exception {
    purposes = newPurposes;
    keyLog.close();
    startRegistrar();
  }

  /** Whether signer and registrar run with two configurations. */
  public boolean isMixed() {
    return !registrars.equals(configured);
  }

  /** The signer starts with the registrar's configuration. */
  public void signerFollows() throws Exception {
    configured = registrars;
    startSigner();
  }

  /** Whether a configuration would be refused at the start. */
  public boolean isRefused(String otherPurposes) throws Exception {
    String before = purposes;
    try {
      purposes = otherPurposes;
      configuration();
      return false;
    } catch (dev.counterfoil.configuration.ConfigurationException e) {
      return true;
    } finally {
      purposes = before;
    }
  }

  /** The root's ceremony: the windows that a trial root signs ahead. */
  public void delegate() throws IOException, GeneralSecurityException, FormatException {
    Path asked = Files.createDirectories(folder.resolve("asked"));
    Files.write(asked.resolve(TrialRoot.REQUEST_FILE), registrar.request().bytes());
    Files.deleteIfExists(asked.resolve(TrialRoot.CEREMONY_FILE));
    TrialRoot.Bounds bounds =
        new TrialRoot.Bounds(
            "enterprise",
            ISSUER,
            new Delegation.Bounds(
                AllowList.all(), AllowList.all(), AllowList.all(), Duration.ofHours(1)));
    if (root.delegate(bounds, asked) != TrialRoot.Outcome.DELEGATED) {
      return;
    }
    Answer answer =
        registrar.takeCeremony(
            Ceremony.parse(Files.readAllBytes(asked.resolve(TrialRoot.CEREMONY_FILE))));
    if (!(answer instanceof Answer.Done)) {
      throw new IllegalStateException("ceremony was not taken: " + answer);
    }
  }

  /** Starts the signer, as after a crash: what it knew in memory is gone. */
  public void startSigner() throws IOException, GeneralSecurityException {
    keeper =
        new KeyKeeper(
            new KeyKeeper.Keeping(
                "enterprise",
                ISSUER,
                () -> configured.all(),
                new Generation("s1", generation, folder),
                log),
            custody(),
            this::ask,
            disk());
    keeper.load(signersNow);
  }

  /** A signer's command over its own socket. */
  public Answer ask(Request.Command command) throws SignerUnavailableException {
    if (registrarIsAway) {
      throw new SignerUnavailableException("the registrar is away");
    }
    before();
    try {
      // Nothing that a signer ever asks for is another's.
      Optional<Answer.Refused> objection = own.objection(command, registrar.state());
      if (objection.filter(o -> o.code() == Answer.Code.NOT_ITS_OWN).isPresent()) {
        throw new AssertionError(command + ": " + objection.get());
      }
    } catch (FormatException e) {
      throw new AssertionError(command.toString(), e);
    }
    Answer answer = answer(command);
    after();
    return answer;
  }

  /** The registrar's answer, for whoever asks. */
  public Answer answer(Request.Command command) {
    try {
      return registrar.carryOut(command);
    } catch (GeneralSecurityException | IOException e) {
      throw new IllegalStateException(e);
    }
  }

  private void before() {
    effects++;
    if (--diesIn == 0) {
      throw new Died();
    }
  }

  private void after() {
    if (--diesIn == 0) {
      throw new Died();
    }
  }

  private PrivateKeys custody() {
    return mortal(PrivateKeys.class, keys);
  }

  private Disk disk() {
    return mortal(Disk.class, keyDisk);
  }

  /** The same, but the signer may die at each call that changes something. */
  private <T> T mortal(Class<T> type, T target) {
    return type.cast(
        Proxy.newProxyInstance(
            type.getClassLoader(),
            new Class<?>[] {type},
            (proxy, method, arguments) -> {
              boolean changes =
                  List.of("makeAll", "destroy", "replace", "delete").contains(method.getName());
              if (changes) {
                before();
              }
              Object result;
              try {
                result = method.invoke(target, arguments);
              } catch (java.lang.reflect.InvocationTargetException e) {
                throw e.getCause();
              }
              if (changes) {
                after();
              }
              return result;
            }));
  }

  /** What the key log says, for everybody who mirrored it whole. */
  public KeySet keySet() throws FormatException {
    KeySet last = laidOut;
    if (last == null || laidOutAt != registrar.version()) {
      laidOutAt = registrar.version();
      registrar.state().forget(registrarsNow);
      last = registrar.state().keySet(laidOutAt, registrarsNow);
      laidOut = last;
    }
    return last;
  }

  @Override
  public void close() throws IOException {
    keyLog.close();
  }
}
