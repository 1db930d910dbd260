package dev.counterfoil.keystore;

import dev.counterfoil.configuration.SecretFile;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.hardening.AwsLc;
import dev.counterfoil.keystore.pkcs11.Cryptoki;
import dev.counterfoil.keystore.pkcs11.CryptokiException;
import dev.counterfoil.keystore.pkcs11.CryptokiTemplate;
import dev.counterfoil.keystore.pkcs11.HsmAlgorithm;
import dev.counterfoil.keystore.pkcs11.HsmAwayException;
import dev.counterfoil.keystore.pkcs11.HsmEntry;
import dev.counterfoil.keystore.pkcs11.HsmPin;
import dev.counterfoil.log.disk.Disk;
import dev.counterfoil.log.disk.FileDisk;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * An AES key that a PKCS#11 token made and does not give out, under which the secrets of sealed
 * keys are encrypted: AES-256-GCM, in the HSM. Each secret is bound to what its file is for.
 *
 * <p>The HSM is logged in to for one operation at a time, and out of afterwards: keys are sealed
 * and opened at starts and when they change. An HSM that is away, or whose PIN is wrong, is said;
 * nothing takes its place.
 */
final class WrappingKey {
  /** Of a sealed file's own secret. */
  static final int SECRET_BYTES = 32;

  private static final int NONCE_BYTES = 12;
  private static final int TAG_BYTES = 16;

  /** {@code nonce 12 | ciphertext 32 | tag 16}. */
  static final int WRAPPED_BYTES = NONCE_BYTES + SECRET_BYTES + TAG_BYTES;

  /** Says in a folder which key of the HSM it is. */
  static final String FILE = "wrapping-key";

  /** The same of the HSM that keys are being moved to. */
  static final String NEXT_FILE = "wrapping-key-next";

  private static final String LABEL = "counterfoil wrapping key";
  private static final int ID_BYTES = 16;
  private static final int FILE_BYTES_MAX = 256;

  /** Longest wait for another user of the same library. */
  private static final Duration TURN_MAX = Duration.ofSeconds(20);

  private static final long KEY_GENERATION = 0x1080;
  private static final long AES_GCM = 0x1087;
  private static final long SECRET_KEY_OBJECT = 4;
  private static final long AES = 0x1F;
  private static final long AES_BYTES = 32;

  private final Loading loading;
  private final Path library;
  private final String hsm;
  private final HsmPin pin;
  private final byte[] id;

  private WrappingKey(Loading loading, Path library, String hsm, SecretFile pin, byte[] id) {
    this.loading = loading;
    this.library = library;
    this.hsm = hsm;
    this.pin = new HsmPin(pin);
    this.id = id.clone();
  }

  /** Gives the HSM's library. */
  @FunctionalInterface
  interface Loading {
    Cryptoki load() throws GeneralSecurityException;
  }

  /** What is done with the key in a session. */
  @FunctionalInterface
  private interface Work<T> {
    T carryOut(Cryptoki library, long session) throws IOException, GeneralSecurityException;
  }

  /** The same when the key was found. */
  @FunctionalInterface
  private interface KeyWork<T> {
    T carryOut(Cryptoki library, long session, long key)
        throws IOException, GeneralSecurityException;
  }

  /**
   * The key of a folder. The HSM makes it at the first start, when nothing is sealed there; a
   * folder that has one never gets another.
   *
   * @param folder of a signer or registrar, which nobody else has open
   * @throws HsmAwayException when the HSM is away
   * @throws GeneralSecurityException when a person has to look at it
   */
  static WrappingKey openOrMake(Path folder, HsmEntry entry)
      throws IOException, GeneralSecurityException {
    return openOrMake(FileDisk.privateFolder(folder), entry);
  }

  /** The same of a folder that is open. */
  static WrappingKey openOrMake(Disk disk, HsmEntry entry)
      throws IOException, GeneralSecurityException {
    return openOrMake(() -> Cryptoki.load(entry.library()), disk, entry);
  }

  /** The same with a library that is given. */
  static WrappingKey openOrMake(Loading loading, Disk disk, HsmEntry entry)
      throws IOException, GeneralSecurityException {
    if (disk.names().contains(FILE)) {
      WrappingKey key = at(loading, entry, read(disk, FILE));
      key.check();
      return key;
    }
    return made(loading, disk, FILE, entry);
  }

  private static WrappingKey made(Loading loading, Disk disk, String file, HsmEntry entry)
      throws IOException, GeneralSecurityException {
    byte[] random = new byte[ID_BYTES];
    AwsLc.random().nextBytes(random);
    WrappingKey key = at(loading, entry, random);
    // A crash before the file is written leaves a key in the HSM that nothing is sealed with.
    key.make();
    key.check();
    key.write(disk, file);
    return key;
  }

  private void write(Disk disk, String file) throws IOException {
    disk.replace(file, (HexFormat.of().formatHex(id) + "\n").getBytes(StandardCharsets.US_ASCII));
  }

  /**
   * A change of HSMs.
   *
   * @param from of the HSM before; empty when nothing is sealed with it any more
   * @param to of the HSM from now on, which has it
   */
  record Change(Optional<WrappingKey> from, WrappingKey to) {
    /** Nothing is sealed with the key before any more. */
    void finish(Disk disk) throws IOException {
      to.write(disk, FILE);
      disk.delete(NEXT_FILE);
    }
  }

  /**
   * A change that begins, goes on where a crash broke it off, or is over. The folder names the keys
   * of both HSMs meanwhile, and each HSM is asked which is its own: so a change that was begun can
   * also be taken back.
   */
  static Change change(Disk disk, HsmEntry before, HsmEntry now)
      throws IOException, GeneralSecurityException {
    if (!disk.names().contains(FILE)) {
      return new Change(Optional.empty(), openOrMake(disk, now));
    }
    Loading old = () -> Cryptoki.load(before.library());
    Loading present = () -> Cryptoki.load(now.library());
    byte[] first = read(disk, FILE);
    WrappingKey ownFirst = at(present, now, first);
    if (disk.names().contains(NEXT_FILE)) {
      byte[] next = read(disk, NEXT_FILE);
      if (Arrays.equals(first, next)) {
        // A crash at the very end: nothing is sealed with the one before.
        ownFirst.check();
        Change done = new Change(Optional.empty(), ownFirst);
        done.finish(disk);
        return done;
      }
      WrappingKey ownNext = at(present, now, next);
      boolean isForward = ownNext.isThere();
      WrappingKey to = isForward ? ownNext : ownFirst;
      to.check();
      return new Change(Optional.of(at(old, before, isForward ? first : next)), to);
    }
    if (ownFirst.isThere()) {
      ownFirst.check();
      return new Change(Optional.empty(), ownFirst);
    }
    WrappingKey from = at(old, before, first);
    from.check();
    return new Change(Optional.of(from), made(present, disk, NEXT_FILE, now));
  }

  /** Whether keys of a folder are on their way from one HSM to another. */
  static boolean isChangingIn(Path folder) throws IOException {
    return FileDisk.privateFolder(folder).names().contains(NEXT_FILE);
  }

  /** Whether the keys of a folder are sealed with one. */
  static boolean isUsedIn(Path folder) throws IOException {
    return FileDisk.privateFolder(folder).names().contains(FILE);
  }

  private static WrappingKey at(Loading loading, HsmEntry entry, byte[] id) {
    return new WrappingKey(loading, entry.library(), entry.token(), entry.pinFile(), id);
  }

  private static byte[] read(Disk disk, String file) throws IOException, GeneralSecurityException {
    String text =
        new String(disk.read(file, FILE_BYTES_MAX), StandardCharsets.US_ASCII).stripTrailing();
    return id(text)
        .orElseThrow(
            () ->
                new GeneralSecurityException(
                    file
                        + " in "
                        + disk
                        + " is damaged: it has the CKA_ID of the wrapping key in the token, in 32 hexadecimal digits"));
  }

  private static Optional<byte[]> id(String text) {
    return text.matches("[0-9a-f]{" + 2 * ID_BYTES + "}")
        ? Optional.of(HexFormat.of().parseHex(text))
        : Optional.empty();
  }

  static WrappingKey parse(JsonObject json) throws FormatException, IOException {
    json.allowOnly("library", "token", "pin_file", "id");
    Path library = Path.of(json.string("library"));
    return new WrappingKey(
        () -> Cryptoki.load(library),
        library,
        json.string("token"),
        SecretFile.at(Path.of(json.string("pin_file"))),
        id(json.string("id")).orElseThrow(() -> new FormatException("id is none of a key")));
  }

  /** A reference to it; nothing of it is secret. */
  JsonObject toJson() {
    return JsonObject.builder()
        .put("library", library.toString())
        .put("token", hsm)
        .put("pin_file", pin.file().path().toString())
        .put("id", HexFormat.of().formatHex(id))
        .build();
  }

  String described() {
    return "the wrapping key " + HexFormat.of().formatHex(id) + " in PKCS#11 token " + hsm;
  }

  /** Encrypts the secret of a file that is for a purpose. */
  byte[] wrap(byte[] secret, String purpose) throws IOException, GeneralSecurityException {
    byte[] nonce = new byte[NONCE_BYTES];
    AwsLc.random().nextBytes(nonce);
    byte[] encrypted =
        withKey(
            (cryptoki, session, key) ->
                cryptoki.encrypt(session, AES_GCM, key, nonce, bound(purpose), secret));
    if (encrypted.length != SECRET_BYTES + TAG_BYTES) {
      throw new GeneralSecurityException(described() + " answered with another length");
    }
    byte[] wrapped = Arrays.copyOf(nonce, WRAPPED_BYTES);
    System.arraycopy(encrypted, 0, wrapped, NONCE_BYTES, encrypted.length);
    return wrapped;
  }

  /** Decrypts what {@link #wrap} gave, for the same purpose; the caller zeroes the array. */
  byte[] unwrap(byte[] wrapped, String purpose) throws IOException, GeneralSecurityException {
    byte[] nonce = Arrays.copyOf(wrapped, NONCE_BYTES);
    byte[] encrypted = Arrays.copyOfRange(wrapped, NONCE_BYTES, wrapped.length);
    byte[] secret =
        withKey(
            (cryptoki, session, key) ->
                cryptoki.decrypt(session, AES_GCM, key, nonce, bound(purpose), encrypted));
    if (secret.length != SECRET_BYTES) {
      Arrays.fill(secret, (byte) 0);
      throw new GeneralSecurityException(described() + " answered with another length");
    }
    return secret;
  }

  private static byte[] bound(String purpose) {
    return ("counterfoil secret of a key at rest\n" + purpose).getBytes(StandardCharsets.UTF_8);
  }

  /** Looks whether the HSM has the key, as it has to be, and does with it what it should. */
  void check() throws IOException, GeneralSecurityException {
    byte[] probe = new byte[SECRET_BYTES];
    AwsLc.random().nextBytes(probe);
    byte[] wrapped = wrap(probe, "a probe");
    if (!Arrays.equals(probe, unwrap(wrapped, "a probe"))) {
      throw new GeneralSecurityException(described() + " does not decrypt what it encrypted");
    }
    if (isTaken(wrapped, "another probe")) {
      throw new GeneralSecurityException(
          described() + " does not look at what its secrets are bound to");
    }
    wrapped[WRAPPED_BYTES - 1] ^= 1;
    if (isTaken(wrapped, "a probe")) {
      throw new GeneralSecurityException(described() + " takes what was changed");
    }
  }

  private boolean isTaken(byte[] wrapped, String purpose)
      throws IOException, GeneralSecurityException {
    try {
      byte[] _ = unwrap(wrapped, purpose);
      return true;
    } catch (HsmAwayException e) {
      throw e;
    } catch (CryptokiException e) {
      return false;
    }
  }

  private void make() throws IOException, GeneralSecurityException {
    Object _ =
        inSession(
            (cryptoki, session) -> {
              long key = cryptoki.generateKey(session, KEY_GENERATION, template());
              try {
                checkAttributes(cryptoki, session, key);
              } catch (GeneralSecurityException e) {
                cryptoki.destroy(session, key);
                throw e;
              }
              return key;
            });
  }

  /** It encrypts and decrypts, and nothing else, and cannot be changed or taken out. */
  private CryptokiTemplate template() {
    return new CryptokiTemplate()
        .with(HsmAlgorithm.CLASS, SECRET_KEY_OBJECT)
        .with(HsmAlgorithm.KEY_TYPE, AES)
        .with(HsmAlgorithm.VALUE_LEN, AES_BYTES)
        .with(HsmAlgorithm.TOKEN, true)
        .with(HsmAlgorithm.PRIVATE, true)
        .with(HsmAlgorithm.SENSITIVE, true)
        .with(HsmAlgorithm.EXTRACTABLE, false)
        .with(HsmAlgorithm.ENCRYPT, true)
        .with(HsmAlgorithm.DECRYPT, true)
        .with(HsmAlgorithm.WRAP, false)
        .with(HsmAlgorithm.UNWRAP, false)
        .with(HsmAlgorithm.SIGN, false)
        .with(HsmAlgorithm.VERIFY, false)
        .with(HsmAlgorithm.DERIVE, false)
        .with(HsmAlgorithm.MODIFIABLE, false)
        .with(HsmAlgorithm.LABEL, LABEL.getBytes(StandardCharsets.US_ASCII))
        .with(HsmAlgorithm.ID, id);
  }

  private static void checkAttributes(Cryptoki library, long session, long key)
      throws GeneralSecurityException {
    HsmAlgorithm.checkKept(library, session, key);
    HsmAlgorithm.want(library, session, key, "CKA_ENCRYPT", HsmAlgorithm.ENCRYPT, true);
    HsmAlgorithm.want(library, session, key, "CKA_DECRYPT", HsmAlgorithm.DECRYPT, true);
    HsmAlgorithm.want(library, session, key, "CKA_WRAP", HsmAlgorithm.WRAP, false);
    HsmAlgorithm.want(library, session, key, "CKA_UNWRAP", HsmAlgorithm.UNWRAP, false);
    HsmAlgorithm.want(library, session, key, "CKA_DERIVE", HsmAlgorithm.DERIVE, false);
  }

  private boolean isThere() throws IOException, GeneralSecurityException {
    return inSession((cryptoki, session) -> !found(cryptoki, session).isEmpty());
  }

  private List<Long> found(Cryptoki cryptoki, long session) throws GeneralSecurityException {
    return cryptoki.find(
        session,
        new CryptokiTemplate()
            .with(HsmAlgorithm.CLASS, SECRET_KEY_OBJECT)
            .with(HsmAlgorithm.ID, id));
  }

  private <T> T withKey(KeyWork<T> work) throws IOException, GeneralSecurityException {
    return inSession(
        (cryptoki, session) -> {
          List<Long> keys = found(cryptoki, session);
          if (keys.size() != 1) {
            throw new GeneralSecurityException(
                "PKCS#11 token "
                    + hsm
                    + " has "
                    + (keys.isEmpty() ? "not" : keys.size() + " times")
                    + " the wrapping key "
                    + HexFormat.of().formatHex(id)
                    + ", which seals the keys of this folder. Put back the token that"
                    + " has it, or name that token as wrapping-key-before to move the"
                    + " keys from it. If it is gone for good, so are the keys: move the"
                    + " folder away and start with new ones (docs/operate/hsm.md)");
          }
          checkAttributes(cryptoki, session, keys.getFirst());
          return work.carryOut(cryptoki, session, keys.getFirst());
        });
  }

  private <T> T inSession(Work<T> work) throws IOException, GeneralSecurityException {
    Cryptoki cryptoki = loading.load();
    if (!turn(cryptoki)) {
      throw away("a call of its library does not return");
    }
    try {
      if (pin.isRefused()) {
        throw pin.refusal("CKR_PIN_INCORRECT");
      }
      boolean begun = cryptoki.initialize();
      try {
        return loggedIn(cryptoki, work);
      } finally {
        // Where token keys are in the same library it was begun for them, and goes on.
        if (begun) {
          cryptoki.end();
        }
      }
    } catch (CryptokiException e) {
      if (e.isAbsence()) {
        throw away(e.getMessage());
      }
      throw e;
    } finally {
      cryptoki.alone().unlock();
    }
  }

  private <T> T loggedIn(Cryptoki cryptoki, Work<T> work)
      throws IOException, GeneralSecurityException {
    List<Long> slots = cryptoki.slotsOf(hsm);
    if (slots.size() != 1) {
      throw away(
          slots.isEmpty()
              ? "no token of that label is there"
              : slots.size() + " tokens have that label, which has to be of one");
    }
    for (long mechanism : List.of(KEY_GENERATION, AES_GCM)) {
      if (!cryptoki.offers(slots.getFirst(), mechanism)) {
        throw new GeneralSecurityException(
            "PKCS#11 token "
                + hsm
                + " cannot hold a wrapping key, because it lacks mechanism "
                + (mechanism == AES_GCM ? "CKM_AES_GCM" : "CKM_AES_KEY_GEN"));
      }
    }
    long session = cryptoki.openSession(slots.getFirst(), true);
    try {
      pin.login(cryptoki, session);
      return work.carryOut(cryptoki, session);
    } finally {
      cryptoki.closeSession(session);
    }
  }

  private static boolean turn(Cryptoki cryptoki) throws IOException {
    try {
      return cryptoki.alone().tryLock(TURN_MAX.toNanos(), TimeUnit.NANOSECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted while waiting for the token", e);
    }
  }

  private HsmAwayException away(@Nullable String why) {
    return new HsmAwayException(
        "PKCS#11 token "
            + hsm
            + ", which has the wrapping key of the keys at rest, is away: "
            + why
            + ". Put it back. Loaded keys stay usable meanwhile");
  }

  /** Without the PIN's file, whose name says nothing here. */
  @Override
  public String toString() {
    return described();
  }
}
