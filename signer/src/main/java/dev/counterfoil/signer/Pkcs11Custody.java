package dev.counterfoil.signer;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import dev.counterfoil.format.FormatException;
import dev.counterfoil.format.Hash;
import dev.counterfoil.format.JsonObject;
import dev.counterfoil.format.KeyStatement;
import dev.counterfoil.format.PublicJwk;
import dev.counterfoil.format.StrictJson;
import dev.counterfoil.log.FileDisk;
import dev.counterfoil.signerprotocol.SignerName;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.Signature;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Token keys in a token of PKCS#11, an HSM: made there, used there, destroyed there. The
 * generation's folder has {@code k1.pkcs11}, the identifier of the key's object, and {@code
 * k1.jwk}, its public half.
 *
 * <p>Objects are ours by their label, which is random and of this signer's folder alone: several
 * signers can share a token. One that no file names is an orphan, of a crash between making and
 * writing, or of a key that was destroyed while the token was away; it is destroyed whenever the
 * token is found.
 */
final class Pkcs11Custody implements Custody {
  private static final System.Logger LOG = System.getLogger(Pkcs11Custody.class.getName());

  private static final int FILE_BYTES_MAX = 4 * 1024;
  private static final int LABEL_RANDOM_BYTES = 8;
  private static final int ID_BYTES = 16;
  private static final String LABEL_FILE = "pkcs11-label";
  private static final String SUFFIX = ".pkcs11";
  private static final int SIGNATURE_BYTES_MAX = 1024;

  private final Path folder;
  private final Set<TokenAlgorithm> algorithms;
  private final SoftwareCustody before;
  private final byte[] objectLabel;
  private final Pkcs11Token token;
  private volatile boolean isHardware;

  private Pkcs11Custody(
      Path folder, Pkcs11Entry entry, Set<TokenAlgorithm> algorithms, SoftwareCustody before)
      throws IOException, GeneralSecurityException {
    this.folder = folder;
    this.algorithms = Set.copyOf(algorithms);
    this.before = before;
    this.objectLabel = objectLabel(FileDisk.privateFolder(folder));
    this.token = Pkcs11Token.start(entry, this::inspect);
  }

  /**
   * Looks for the token; one that is away is waited for.
   *
   * @param folder of the signer
   * @param algorithms what it has to be able to do
   * @param before holds keys that were made before the signer had a token, until they retire
   * @throws GeneralSecurityException when a person has to look at it
   */
  static Pkcs11Custody start(
      Path folder, Pkcs11Entry entry, Set<TokenAlgorithm> algorithms, SoftwareCustody before)
      throws IOException, GeneralSecurityException {
    return new Pkcs11Custody(folder, entry, algorithms, before);
  }

  private static byte[] objectLabel(FileDisk disk) throws IOException {
    try {
      return disk.read(LABEL_FILE, FILE_BYTES_MAX);
    } catch (NoSuchFileException e) {
      byte[] random = new byte[LABEL_RANDOM_BYTES];
      AwsLc.random().nextBytes(random);
      byte[] label =
          ("counterfoil " + HexFormat.of().formatHex(random)).getBytes(StandardCharsets.US_ASCII);
      disk.replace(LABEL_FILE, label);
      return label;
    }
  }

  @Override
  public String name() {
    return "pkcs11";
  }

  /** By the device's own word: of a token of software root can copy the keys. */
  @Override
  public KeyStatement.Assurance assurance() {
    return isHardware
        ? KeyStatement.Assurance.NON_EXPORTABLE
        : KeyStatement.Assurance.COPYABLE_BY_ROOT;
  }

  @Override
  public Optional<String> obstacle() {
    return token.obstacle();
  }

  @Override
  public Key make(Path keys, String label, PublicJwk.Algorithm algorithm)
      throws IOException, GeneralSecurityException {
    TokenAlgorithm how = how(algorithm);
    FileDisk disk = FileDisk.privateFolder(keys);
    byte[] random = new byte[ID_BYTES];
    AwsLc.random().nextBytes(random);
    String id = HexFormat.of().formatHex(random);
    synchronized (token) {
      TokenConnection connection = token.connected();
      Optional<String> replaced = id(disk, label);
      PublicJwk publicKey;
      try {
        publicKey = generate(connection, how, random);
        isHardware = connection.library().isHardware(connection.slot(), how.generation());
      } catch (GeneralSecurityException e) {
        // Either the token is lost, or what it made is not to be used: it is looked at anew.
        token.lost(connection, e);
        throw token.away();
      }
      // The public half first: a key that is known has one.
      disk.replace(label + ".jwk", publicKey.toJson().canonicalBytes());
      disk.replace(
          label + SUFFIX,
          JsonObject.builder().put("id", id).put("label", text()).build().canonicalBytes());
      if (replaced.isPresent()) {
        destroy(connection, replaced.get());
      }
      return new Held(publicKey, how, id);
    }
  }

  private static TokenAlgorithm how(PublicJwk.Algorithm algorithm) throws GeneralSecurityException {
    return TokenAlgorithm.of(algorithm)
        .orElseThrow(
            () ->
                new GeneralSecurityException(
                    "custody cannot have a token hold keys of " + algorithm.jose()));
  }

  private PublicJwk generate(TokenConnection connection, TokenAlgorithm how, byte[] id)
      throws GeneralSecurityException {
    Cryptoki library = connection.library();
    Cryptoki.Pair pair =
        library.generateKeyPair(
            connection.session(),
            how.generation(),
            how.publicTemplate(objectLabel, id),
            how.privateTemplate(objectLabel, id));
    try {
      TokenAlgorithm.check(library, connection.session(), pair.privateKey());
      PublicJwk publicKey = how.publicKey(library, connection.session(), pair.publicKey());
      prove(connection, how, pair.privateKey(), publicKey);
      connection.keys().put(HexFormat.of().formatHex(id), pair.privateKey());
      library.destroy(connection.session(), pair.publicKey());
      return publicKey;
    } catch (GeneralSecurityException e) {
      library.destroy(connection.session(), pair.privateKey());
      throw e;
    }
  }

  /** Signs and verifies: a key of which that fails is not used. */
  private static void prove(
      TokenConnection connection, TokenAlgorithm how, long key, PublicJwk publicKey)
      throws GeneralSecurityException {
    byte[] probe = new byte[64];
    AwsLc.random().nextBytes(probe);
    byte[] signature = new TokenSigning(how).sign(connection, connection.session(), key, probe);
    Signature verifier = Signature.getInstance(how.algorithm().javaSignature());
    verifier.initVerify(publicKey.javaKey());
    verifier.update(probe);
    if (!verifier.verify(signature)) {
      throw new GeneralSecurityException("the token's key does not fit its public half");
    }
  }

  @Override
  public Key open(Path keys, String label) throws IOException, GeneralSecurityException {
    FileDisk disk = FileDisk.privateFolder(keys);
    Optional<String> id = id(disk, label);
    if (id.isEmpty()) {
      if (disk.names().contains(label + ".sealed")) {
        LOG.log(
            System.Logger.Level.WARNING,
            "key {0} in {1} was made before this signer had a token: it stays in software until it retires",
            label,
            keys);
        return before.open(keys, label);
      }
      throw new GeneralSecurityException(
          "key " + label + " in " + disk + " has no file " + label + SUFFIX);
    }
    PublicJwk publicKey = publicKey(disk, label);
    return new Held(publicKey, how(publicKey.algorithm()), id.get());
  }

  private static PublicJwk publicKey(FileDisk disk, String label)
      throws IOException, GeneralSecurityException {
    try {
      return PublicJwk.parse(
          StrictJson.object(disk.read(label + ".jwk", FILE_BYTES_MAX), FILE_BYTES_MAX));
    } catch (FormatException e) {
      throw new GeneralSecurityException(
          "public key " + label + ".jwk in " + disk + " is damaged: " + e.getMessage(), e);
    }
  }

  private static Optional<String> id(FileDisk disk, String label)
      throws IOException, GeneralSecurityException {
    try {
      JsonObject json =
          StrictJson.object(disk.read(label + SUFFIX, FILE_BYTES_MAX), FILE_BYTES_MAX);
      json.allowOnly("id", "label");
      return Optional.of(json.string("id"));
    } catch (NoSuchFileException e) {
      return Optional.empty();
    } catch (FormatException e) {
      throw new GeneralSecurityException(
          "file " + label + SUFFIX + " in " + disk + " is damaged: " + e.getMessage(), e);
    }
  }

  /** The file goes first: what happens to the token afterwards, the object is an orphan. */
  @Override
  public void destroy(Path keys, String label) throws IOException, GeneralSecurityException {
    FileDisk disk = FileDisk.privateFolder(keys);
    before.destroy(keys, label);
    synchronized (token) {
      Optional<String> id = id(disk, label);
      if (id.isEmpty()) {
        return;
      }
      disk.delete(label + SUFFIX);
      try {
        destroy(token.connected(), id.get());
      } catch (CustodyUnavailableException e) {
        LOG.log(
            System.Logger.Level.WARNING,
            "key {0} in {1} will be destroyed in the token when it is back",
            label,
            keys);
      }
    }
  }

  private void destroy(TokenConnection connection, String id) throws CustodyUnavailableException {
    Long key = connection.keys().remove(id);
    if (key == null) {
      return;
    }
    try {
      connection.library().destroy(connection.session(), key);
    } catch (CryptokiException e) {
      token.lost(connection, e);
      throw token.away();
    }
  }

  /** A token that was found: all keys that files name work, and there are no others of ours. */
  private void inspect(TokenConnection connection) throws IOException, GeneralSecurityException {
    Cryptoki library = connection.library();
    for (TokenAlgorithm how : algorithms) {
      if (!library.offers(connection.slot(), how.generation())
          || !library.offers(connection.slot(), how.signing())) {
        throw new GeneralSecurityException(
            "it makes no keys of " + how.algorithm().jose() + ": take them out of purposes");
      }
    }
    Map<String, Long> objects = new HashMap<>();
    for (long object : library.find(connection.session(), TokenAlgorithm.labelled(objectLabel))) {
      objects.put(
          HexFormat.of().formatHex(TokenAlgorithm.id(library, connection.session(), object)),
          object);
    }
    // What the logs are called does not matter here.
    for (Generation generation : Generation.all(SignerName.FIRST, folder)) {
      FileDisk disk = FileDisk.privateFolder(generation.keys());
      for (String label : labels(disk)) {
        String id = id(disk, label).orElseThrow();
        Long key = objects.remove(id);
        PublicJwk publicKey = publicKey(disk, label);
        if (key == null) {
          throw new GeneralSecurityException(
              "it has not the key "
                  + publicKey.thumbprint()
                  + " ("
                  + label
                  + "). If it is gone for good, take it back with: counterfoil keys taint "
                  + publicKey.thumbprint());
        }
        TokenAlgorithm how = how(publicKey.algorithm());
        TokenAlgorithm.check(library, connection.session(), key);
        prove(connection, how, key, publicKey);
        isHardware = library.isHardware(connection.slot(), how.generation());
        connection.keys().put(id, key);
      }
    }
    for (Map.Entry<String, Long> orphan : objects.entrySet()) {
      library.destroy(connection.session(), orphan.getValue());
      LOG.log(
          System.Logger.Level.WARNING,
          "the PKCS#11 token had a key {0} that no statement can name; it is destroyed",
          orphan.getKey());
    }
  }

  private static List<String> labels(FileDisk disk) throws IOException {
    return disk.names().stream()
        .filter(name -> name.endsWith(SUFFIX))
        .map(name -> name.substring(0, name.length() - SUFFIX.length()))
        .toList();
  }

  private String text() {
    return new String(objectLabel, StandardCharsets.US_ASCII);
  }

  @Override
  public void close() {
    token.close();
  }

  /** A key in the token. */
  private final class Held implements Key {
    private final PublicJwk publicKey;
    private final TokenAlgorithm how;
    private final String id;

    Held(PublicJwk publicKey, TokenAlgorithm how, String id) {
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

  /** Signs in a session of its own, a new one after each loss of the token. */
  private final class InSession implements Signing {
    private final TokenSigning signing;
    private final String id;
    private final Pkcs11Token.Use use = token.newUse();
    private @Nullable TokenConnection at;
    private long session;
    private long key;

    InSession(TokenAlgorithm how, String id) {
      this.signing = new TokenSigning(how);
      this.id = id;
    }

    @Override
    public byte[] sign(byte[] input) throws GeneralSecurityException {
      TokenConnection now = token.connected();
      token.enter(use, now);
      try {
        if (!now.keys().containsKey(id)) {
          throw new CustodyUnavailableException("the token has this key no more");
        }
        if (at != now) {
          begin(now);
        }
        return signing.sign(now, session, key, input);
      } catch (CryptokiException e) {
        token.lost(now, e);
        throw token.away();
      } finally {
        token.leave(use);
      }
    }

    private void begin(TokenConnection now) throws CryptokiException {
      session = now.library().openSession(now.slot(), false);
      key = Objects.requireNonNull(now.keys().get(id));
      at = now;
    }

    @Override
    public void close() {
      TokenConnection was = at;
      at = null;
      try {
        if (was != null) {
          token.enter(use, was);
          was.library().closeSession(session);
        }
      } catch (CustodyUnavailableException e) {
        // The token is away, and the session with it.
      } finally {
        token.leave(use);
        token.forget(use);
      }
    }
  }

  /** One algorithm's signatures on one thread; its memory is used again and again. */
  private static final class TokenSigning {
    private final Arena arena = Arena.ofAuto();
    private final MemorySegment mechanism;
    private final MemorySegment signature = arena.allocate(SIGNATURE_BYTES_MAX);
    private final MemorySegment length = arena.allocate(JAVA_LONG);
    private final @Nullable MessageDigest sha256;
    private MemorySegment input = arena.allocate(Hash.BYTES);

    TokenSigning(TokenAlgorithm how) {
      this.mechanism = Cryptoki.mechanism(arena, how.signing());
      this.sha256 = how.signsHash() ? Hash.newSha256() : null;
    }

    byte[] sign(TokenConnection connection, long session, long key, byte[] text)
        throws CryptokiException {
      byte[] signed = sha256 == null ? text : sha256.digest(text);
      if (input.byteSize() < signed.length) {
        input = arena.allocate(2L * signed.length);
      }
      MemorySegment.copy(signed, 0, input, JAVA_BYTE, 0, signed.length);
      length.set(JAVA_LONG, 0, SIGNATURE_BYTES_MAX);
      connection.library().sign(session, mechanism, key, input, signed.length, signature, length);
      return signature.asSlice(0, length.get(JAVA_LONG, 0)).toArray(JAVA_BYTE);
    }
  }
}
