package dev.counterfoil.signer.privatekeys;

import dev.counterfoil.format.keys.KeyStatement;
import dev.counterfoil.format.keys.PublicJwk;
import dev.counterfoil.hardening.AwsLc;
import dev.counterfoil.keystore.pkcs11.Cryptoki;
import dev.counterfoil.keystore.pkcs11.CryptokiException;
import dev.counterfoil.keystore.pkcs11.Hsm;
import dev.counterfoil.keystore.pkcs11.HsmAlgorithm;
import dev.counterfoil.keystore.pkcs11.HsmAwayException;
import dev.counterfoil.keystore.pkcs11.HsmConnection;
import dev.counterfoil.keystore.pkcs11.HsmEntry;
import dev.counterfoil.keystore.pkcs11.HsmSigning;
import dev.counterfoil.log.disk.FileDisk;
import java.io.IOException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.HexFormat;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Token keys in an HSM (PKCS#11): made there, used there, destroyed there. {@link HsmFolder} has
 * which is which.
 *
 * <p>Objects are ours by their label, which is random and of this signer's folder alone: several
 * signers can share an HSM. One that no file names is an orphan, of a crash between making and
 * writing, or of a key that was destroyed while the HSM was away. It is destroyed once the log may
 * grow: until then the folder may be an older one, which does not name keys that sign.
 */
public final class HsmPrivateKeys implements PrivateKeys {
  private static final System.Logger LOG = System.getLogger(HsmPrivateKeys.class.getName());

  private static final int ID_BYTES = 16;

  /** Between two tries of what the HSM refuses: nobody's key store is to fill up or wear out. */
  public static final Duration MAKE_AGAIN = Duration.ofSeconds(5);

  static final Duration DESTROY_AGAIN = Duration.ofMinutes(1);

  private final HsmFolder folder;
  private final Set<HsmAlgorithm> algorithms;
  private final SoftwarePrivateKeys before;
  private final byte[] objectLabel;
  private final LongSupplier nanos;
  private final Hsm hsm;
  private final Map<HsmAlgorithm, Refusal> refusals = new EnumMap<>(HsmAlgorithm.class);
  private volatile boolean isHardware;
  private long destroyFromNanos;

  /** Why the HSM made no key of an algorithm, and from when on it is asked again. */
  private record Refusal(String why, long askFromNanos) {}

  /** What became of an object that was to be destroyed. */
  private enum End {
    DESTROYED,
    /** No object of ours is there. */
    NOT_THERE,
    /** The HSM has it still, and signs on. */
    KEPT,
    /** The HSM was lost; the object is an orphan when it is found. */
    LOST
  }

  private HsmPrivateKeys(
      Cryptoki library,
      Path folder,
      HsmEntry entry,
      Set<HsmAlgorithm> algorithms,
      SoftwarePrivateKeys before,
      LongSupplier nanos)
      throws IOException, GeneralSecurityException {
    this.folder = HsmFolder.open(folder);
    this.algorithms = Set.copyOf(algorithms);
    this.before = before;
    this.objectLabel = this.folder.objectLabel();
    this.nanos = nanos;
    this.destroyFromNanos = nanos.getAsLong();
    this.hsm = Hsm.start(library, entry, this::inspect);
  }

  /**
   * Looks for the HSM; one that is away is waited for.
   *
   * @param folder of the signer
   * @param algorithms what it has to be able to do
   * @param before holds keys that were made before the signer had an HSM, until they retire
   * @throws GeneralSecurityException when a person has to look at it
   */
  public static HsmPrivateKeys start(
      Path folder, HsmEntry entry, Set<HsmAlgorithm> algorithms, SoftwarePrivateKeys before)
      throws IOException, GeneralSecurityException {
    return start(
        Cryptoki.load(entry.library()), folder, entry, algorithms, before, System::nanoTime);
  }

  /**
   * The same with a library that is loaded.
   *
   * @param nanos a clock that never steps
   */
  static HsmPrivateKeys start(
      Cryptoki library,
      Path folder,
      HsmEntry entry,
      Set<HsmAlgorithm> algorithms,
      SoftwarePrivateKeys before,
      LongSupplier nanos)
      throws IOException, GeneralSecurityException {
    return new HsmPrivateKeys(library, folder, entry, algorithms, before, nanos);
  }

  @Override
  public String name() {
    return "pkcs11";
  }

  /** By the device's own word: of a software HSM root can copy the keys. */
  @Override
  public KeyStatement.Assurance assurance() {
    return isHardware
        ? KeyStatement.Assurance.NON_EXPORTABLE
        : KeyStatement.Assurance.COPYABLE_BY_ROOT;
  }

  @Override
  public Optional<String> obstacle() {
    return hsm.obstacle();
  }

  @Override
  public Key make(Path keys, String label, PublicJwk.Algorithm algorithm)
      throws IOException, GeneralSecurityException {
    HsmAlgorithm how = how(algorithm);
    byte[] random = new byte[ID_BYTES];
    AwsLc.random().nextBytes(random);
    String id = HexFormat.of().formatHex(random);
    synchronized (hsm) {
      HsmConnection connection = hsm.connected();
      Optional<String> replaced = HsmFolder.id(keys, label);
      if (replaced.isPresent()) {
        // Now, whatever the HSM answers: a label of which it makes no key may be passed over.
        folder.forget(keys, label);
        destroy(connection, replaced.get());
      }
      Refusal refusal = refusals.get(how);
      if (refusal != null && nanos.getAsLong() - refusal.askFromNanos < 0) {
        throw new HsmAwayException(refusal.why);
      }
      PublicJwk publicKey;
      try {
        publicKey = generate(connection, how, random);
      } catch (GeneralSecurityException e) {
        throw notMade(connection, how, e);
      }
      refusals.remove(how);
      folder.keep(keys, label, id, publicKey);
      return new Held(publicKey, how, id);
    }
  }

  /** The keys that are there sign on: an HSM that is full or too old is not away. */
  private HsmAwayException notMade(
      HsmConnection connection, HsmAlgorithm how, GeneralSecurityException by) {
    if (isAbsence(by)) {
      hsm.lost(connection, by);
      return hsm.away();
    }
    String why =
        "the PKCS#11 token makes no key of " + how.algorithm().jose() + ": " + by.getMessage();
    Refusal last = refusals.put(how, new Refusal(why, nanos.getAsLong() + MAKE_AGAIN.toNanos()));
    if (last == null || !last.why.equals(why)) {
      LOG.log(System.Logger.Level.WARNING, "{0}. It is asked again and again", why);
    }
    return new HsmAwayException(why);
  }

  private static boolean isAbsence(GeneralSecurityException e) {
    return e instanceof CryptokiException answer && answer.isAbsence();
  }

  private static HsmAlgorithm how(PublicJwk.Algorithm algorithm) throws GeneralSecurityException {
    return HsmAlgorithm.of(algorithm)
        .orElseThrow(
            () ->
                new GeneralSecurityException(
                    "custody cannot have a token hold keys of " + algorithm.jose()));
  }

  private PublicJwk generate(HsmConnection connection, HsmAlgorithm how, byte[] id)
      throws GeneralSecurityException {
    Cryptoki library = connection.library();
    Cryptoki.Pair pair =
        library.generateKeyPair(
            connection.session(),
            how.generation(),
            how.publicTemplate(objectLabel, id),
            how.privateTemplate(objectLabel, id));
    String name = HexFormat.of().formatHex(id);
    connection.keys().put(name, pair.privateKey());
    try {
      HsmAlgorithm.check(library, connection.session(), pair.privateKey());
      PublicJwk publicKey = how.publicKey(library, connection.session(), pair.publicKey());
      HsmSigning.prove(connection, how, pair.privateKey(), publicKey);
      return publicKey;
    } catch (GeneralSecurityException e) {
      destroy(connection, name);
      throw e;
    } finally {
      // It lives as long as the session in any case.
      End _ = destroyObject(connection, name, pair.publicKey());
    }
  }

  @Override
  public Key open(Path keys, String label) throws IOException, GeneralSecurityException {
    Optional<String> id = HsmFolder.id(keys, label);
    if (id.isEmpty()) {
      FileDisk disk = FileDisk.privateFolder(keys);
      if (disk.names().contains(label + ".sealed")) {
        LOG.log(
            System.Logger.Level.WARNING,
            "key {0} in {1} was created before this signer had a token. It stays in"
                + " software until it retires",
            label,
            keys);
        return before.open(keys, label);
      }
      throw new GeneralSecurityException(
          "no file in " + disk + " says where in the token key " + label + " is");
    }
    PublicJwk publicKey = HsmFolder.publicKey(keys, label);
    return new Held(publicKey, how(publicKey.algorithm()), id.get());
  }

  /** The file goes first: what happens to the HSM afterwards, the object is an orphan. */
  @Override
  public void destroy(Path keys, String label) throws IOException, GeneralSecurityException {
    before.destroy(keys, label);
    synchronized (hsm) {
      Optional<String> id = HsmFolder.id(keys, label);
      if (id.isEmpty()) {
        return;
      }
      folder.forget(keys, label);
      try {
        destroy(hsm.connected(), id.get());
      } catch (HsmAwayException e) {
        LOG.log(
            System.Logger.Level.WARNING,
            "key {0} in {1} will be destroyed in the token when the token is back",
            label,
            keys);
      }
    }
  }

  /** A key that no file names now; one that the HSM keeps all the same is an orphan. */
  private void destroy(HsmConnection connection, String id) {
    Long key = connection.keys().remove(id);
    if (key != null && destroyObject(connection, id, key) == End.KEPT) {
      connection.orphans().put(id, key);
    }
  }

  @Override
  public void destroyOrphans() {
    try {
      // Mostly there is nothing to do, and whoever has the lock may be in a call that hangs.
      if (hsm.connected().orphans().isEmpty()) {
        return;
      }
      synchronized (hsm) {
        // Again: of an HSM that was lost and found meanwhile, earlier handles can be anyone's.
        destroyOrphans(hsm.connected());
      }
    } catch (HsmAwayException e) {
      // They are found again when the HSM is.
    }
  }

  private void destroyOrphans(HsmConnection connection) {
    if (nanos.getAsLong() - destroyFromNanos < 0) {
      return;
    }
    for (Map.Entry<String, Long> orphan : connection.orphans().entrySet()) {
      switch (destroyObject(connection, orphan.getKey(), orphan.getValue())) {
        case DESTROYED -> {
          connection.orphans().remove(orphan.getKey());
          LOG.log(
              System.Logger.Level.WARNING,
              "the PKCS#11 token had a key {0} that no file names. It is destroyed",
              orphan.getKey());
        }
        case NOT_THERE -> connection.orphans().remove(orphan.getKey());
        case KEPT -> destroyFromNanos = nanos.getAsLong() + DESTROY_AGAIN.toNanos();
        case LOST -> {
          destroyFromNanos = nanos.getAsLong() + DESTROY_AGAIN.toNanos();
          return;
        }
      }
    }
  }

  /** Destroys an object if it is ours. What keeps it there is said, and keeps nothing else up. */
  private End destroyObject(HsmConnection connection, String id, long object) {
    try {
      // Whatever was searched for: whose it is, its own label says.
      if (!isOurs(connection, object)) {
        return End.NOT_THERE;
      }
      connection.library().destroy(connection.session(), object);
      return End.DESTROYED;
    } catch (CryptokiException e) {
      if (e.isNoObject()) {
        return End.NOT_THERE;
      }
      LOG.log(
          System.Logger.Level.WARNING,
          "the PKCS#11 token failed to destroy object {0}: {1}",
          id,
          e.getMessage());
      if (!e.isAbsence()) {
        return End.KEPT;
      }
      hsm.lost(connection, e);
      return End.LOST;
    }
  }

  private boolean isOurs(HsmConnection connection, long object) throws CryptokiException {
    return Arrays.equals(
        objectLabel, HsmAlgorithm.label(connection.library(), connection.session(), object));
  }

  /** An HSM that was found: all keys that files name work; what else is of ours is an orphan. */
  private void inspect(HsmConnection connection) throws IOException, GeneralSecurityException {
    Cryptoki library = connection.library();
    boolean device = true;
    for (HsmAlgorithm how : algorithms) {
      if (!library.offers(connection.slot(), how.generation())
          || !library.offers(connection.slot(), how.signing())) {
        throw new GeneralSecurityException(
            "it creates no keys of " + how.algorithm().jose() + ". Remove them from purposes");
      }
      device &= library.isHardware(connection.slot(), how.generation());
    }
    isHardware = device;
    Map<String, Long> objects = connection.orphans();
    for (long object : library.find(connection.session(), HsmAlgorithm.labelled(objectLabel))) {
      if (isOurs(connection, object)) {
        objects.put(
            HexFormat.of().formatHex(HsmAlgorithm.id(library, connection.session(), object)),
            object);
      }
    }
    for (HsmFolder.Named named : folder.named()) {
      PublicJwk publicKey = named.publicKey();
      Long key = objects.remove(named.id());
      if (key == null) {
        throw new GeneralSecurityException(
            "it does not have the key "
                + publicKey.thumbprint()
                + " ("
                + named.label()
                + "). If the key is gone for good, taint it: counterfoil keys taint "
                + publicKey.thumbprint());
      }
      HsmAlgorithm how = how(publicKey.algorithm());
      HsmAlgorithm.check(library, connection.session(), key);
      HsmSigning.prove(connection, how, key, publicKey);
      connection.keys().put(named.id(), key);
    }
  }

  @Override
  public void close() {
    hsm.close();
  }

  /** A key in the HSM. */
  private final class Held implements Key {
    private final PublicJwk publicKey;
    private final HsmAlgorithm how;
    private final String id;

    Held(PublicJwk publicKey, HsmAlgorithm how, String id) {
      this.publicKey = publicKey;
      this.how = how;
      this.id = id;
    }

    @Override
    public PublicJwk publicKey() {
      return publicKey;
    }

    @Override
    public Signing newSigning() {
      return new InSession(how, id);
    }

    /** This process never had it. */
    @Override
    public void forget() {}
  }

  /** Signs in a session of its own, a new one after each loss of the HSM. */
  private final class InSession implements Signing {
    private final HsmSigning signing;
    private final String id;
    private final Hsm.Use use = hsm.newUse();
    private @Nullable HsmConnection at;
    private long session;

    InSession(HsmAlgorithm how, String id) {
      this.signing = new HsmSigning(how);
      this.id = id;
    }

    @Override
    public byte[] sign(byte[] input) throws GeneralSecurityException {
      HsmConnection now = hsm.connected();
      hsm.enter(use, now);
      try {
        Long handle = now.keys().get(id);
        if (handle == null) {
          throw destroyed();
        }
        if (at != now) {
          session = now.library().openSession(now.slot(), false);
          at = now;
        }
        return signing.sign(now, session, handle, input);
      } catch (CryptokiException e) {
        // Who destroys a key takes it from the map first: then it is the key that is away.
        if (!now.keys().containsKey(id)) {
          throw destroyed();
        }
        hsm.lost(now, e);
        throw hsm.away();
      } finally {
        hsm.leave(use);
      }
    }

    private static HsmAwayException destroyed() {
      return new HsmAwayException("the token does not have this key any more");
    }

    @Override
    public void close() {
      HsmConnection was = at;
      at = null;
      try {
        if (was != null) {
          hsm.enter(use, was);
          was.library().closeSession(session);
        }
      } catch (HsmAwayException e) {
        // The HSM is away, and the session with it.
      } finally {
        hsm.leave(use);
        hsm.forget(use);
      }
    }
  }
}
