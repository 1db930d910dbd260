package dev.counterfoil.keystore;

import dev.counterfoil.configuration.SecretFile;
import dev.counterfoil.hardening.AwsLc;
import dev.counterfoil.hardening.ProcessExitCode;
import dev.counterfoil.hardening.StartRefusedException;
import dev.counterfoil.keystore.pkcs11.CryptokiException;
import dev.counterfoil.keystore.pkcs11.HsmAwayException;
import dev.counterfoil.log.disk.Disk;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import javax.crypto.AEADBadTagException;
import javax.crypto.Cipher;
import javax.crypto.KDF;
import javax.crypto.SecretKey;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.HKDFParameterSpec;

/**
 * Private keys at rest: PKCS#8 under AES-256-GCM, the key derived from the secret by HKDF-SHA-256
 * (RFC 5869) with a salt for each file. The secret is random, so no slow hash is needed or useful.
 *
 * <p>A file is {@code "CFK1" | salt 32 | nonce 12 | ciphertext and tag} where the secret is in a
 * passphrase file, and {@code "CFK2" | wrapped secret 60 | salt 32 | nonce 12 | ciphertext and tag}
 * where an HSM encrypts one for each file. Its purpose is the additional data, of the wrapped
 * secret too, so that a file cannot stand in another one's place.
 */
public final class SealedKeys {
  private static final int MAGIC_BYTES = 4;
  private static final int SALT_BYTES = 32;
  private static final int NONCE_BYTES = 12;
  private static final int TAG_BITS = 128;
  private static final int FILE_BYTES_MAX = 4096;
  private static final String ADVICE =
      ". Put back what it was sealed with, or move the folder away and start with new keys";

  private final KeyForKeys keyForKeys;
  private final KeyMaking making;

  /** Made and not asked for yet; sealed, and on no disk. */
  private final Map<KeyOrder, MadeKey> ahead = new ConcurrentHashMap<>();

  private SealedKeys(KeyForKeys keyForKeys, KeyMaking making) {
    this.keyForKeys = keyForKeys;
    this.making = making;
  }

  /** Checks that the secret can be read and is long enough. */
  public static SealedKeys with(SecretFile passphraseFile) throws StartRefusedException {
    return with(new KeyForKeys.PassphraseFile(passphraseFile), KeyMakerProcess.likeThisProcess());
  }

  /**
   * Checks that the secret can be read and is long enough.
   *
   * @param making where keys are made
   */
  public static SealedKeys with(KeyForKeys keyForKeys, KeyMaking making)
      throws StartRefusedException {
    try {
      keyForKeys.check();
      return new SealedKeys(keyForKeys, making);
    } catch (HsmAwayException e) {
      throw new StartRefusedException(
          ProcessExitCode.UNAVAILABLE, String.valueOf(e.getMessage()), e);
    } catch (IOException | GeneralSecurityException e) {
      throw new StartRefusedException(
          ProcessExitCode.KEY_UNUSABLE, String.valueOf(e.getMessage()), e);
    }
  }

  /** The same without a look whether keys can be sealed and opened now. */
  static SealedKeys unchecked(KeyForKeys keyForKeys) {
    return new SealedKeys(keyForKeys, KeyMakerProcess.likeThisProcess());
  }

  /** With which four characters the files begin that it opens. */
  String magic() {
    return keyForKeys.magic();
  }

  /** Refuses a wrapping key alone where keys are sealed with a passphrase: nobody opens them. */
  static void refuseOthers(Path folder) throws IOException, StartRefusedException {
    List<Path> others = KeysMove.underPassphrase(folder);
    if (!others.isEmpty()) {
      throw new StartRefusedException(
          ProcessExitCode.CONFIGURATION,
          "keys in "
              + folder
              + " are sealed with a passphrase file ("
              + others.getFirst()
              + "), but its configuration has only wrapping-key. Put passphrase-file"
              + " back beside it; a start then seals the keys with the token's key"
              + " (docs/operate/hsm.md)");
    }
  }

  /** Has keys made in a process of their own, sealed as {@link #open} opens them. */
  public List<MadeKey> make(List<KeyOrder> orders) throws IOException, GeneralSecurityException {
    List<MadeKey> made = new ArrayList<>();
    for (KeyOrder order : orders) {
      MadeKey ready = ahead.remove(order);
      if (ready == null) {
        // Whoever makes them would try a wrong PIN anew each time.
        keyForKeys.check();
        return making.make(List.of(new KeyBatch(keyForKeys, orders)));
      }
      made.add(ready);
    }
    return made;
  }

  /**
   * Has keys made in one run that will be asked for one by one, where they do not lie ready: a
   * first start would otherwise wait for a process for each. One that nobody asks for ends with
   * this process.
   */
  public void makeAhead(List<KeyOrder> orders) throws IOException, GeneralSecurityException {
    List<KeyOrder> lacking = orders.stream().filter(order -> !ahead.containsKey(order)).toList();
    if (!lacking.isEmpty()) {
      ready(lacking, making.make(List.of(new KeyBatch(keyForKeys, lacking))));
    }
  }

  /** Takes keys that somebody had made for these orders. */
  public void ready(List<KeyOrder> orders, List<MadeKey> made) {
    for (int i = 0; i < orders.size(); i++) {
      ahead.put(orders.get(i), made.get(i));
    }
  }

  /**
   * Seals a private key.
   *
   * @param pkcs8 zeroed when this returns
   * @return the sealed file
   */
  static byte[] seal(KeyForKeys keyForKeys, String purpose, byte[] pkcs8)
      throws IOException, GeneralSecurityException {
    KeyForKeys.FileSecret file = null;
    try {
      file = keyForKeys.secretFor(purpose);
      byte[] random = new byte[SALT_BYTES + NONCE_BYTES];
      AwsLc.random().nextBytes(random);
      byte[] sealed =
          ByteBuffer.allocate(headerBytes(keyForKeys) + pkcs8.length + TAG_BITS / 8)
              .put(magic(keyForKeys))
              .put(file.wrapped())
              .put(random)
              .array();
      cipher(Cipher.ENCRYPT_MODE, file.secret(), random, purpose)
          .doFinal(pkcs8, 0, pkcs8.length, sealed, headerBytes(keyForKeys));
      return sealed;
    } finally {
      Arrays.fill(pkcs8, (byte) 0);
      if (file != null) {
        Arrays.fill(file.secret(), (byte) 0);
      }
    }
  }

  private static byte[] magic(KeyForKeys keyForKeys) {
    return keyForKeys.magic().getBytes(StandardCharsets.US_ASCII);
  }

  private static int headerBytes(KeyForKeys keyForKeys) {
    return MAGIC_BYTES + keyForKeys.wrappedBytes() + SALT_BYTES + NONCE_BYTES;
  }

  /** Reads a key; the caller zeroes the array, which is the only one that held it here. */
  public byte[] open(Disk disk, String file, String purpose)
      throws IOException, GeneralSecurityException {
    byte[] sealed;
    try {
      sealed = disk.read(file, FILE_BYTES_MAX);
    } catch (NoSuchFileException e) {
      throw new GeneralSecurityException("key " + file + " in " + disk + " is missing" + ADVICE, e);
    }
    return opened(disk, file, sealed, purpose);
  }

  /**
   * Whether it opens a key, and not another one of its kind does.
   *
   * @throws HsmAwayException when nobody can say now
   */
  boolean opens(Disk disk, String file, String purpose)
      throws IOException, GeneralSecurityException {
    try {
      Arrays.fill(open(disk, file, purpose), (byte) 0);
      return true;
    } catch (HsmAwayException e) {
      throw e;
    } catch (GeneralSecurityException e) {
      return false;
    }
  }

  /** Opens a file's bytes, which may not be written yet. */
  byte[] opened(Disk disk, String file, byte[] sealed, String purpose)
      throws IOException, GeneralSecurityException {
    int header = headerBytes(keyForKeys);
    if (sealed.length <= header + TAG_BITS / 8
        || !Arrays.equals(magic(keyForKeys), Arrays.copyOf(sealed, MAGIC_BYTES))) {
      throw new GeneralSecurityException(
          "key "
              + file
              + " in "
              + disk
              + " is not sealed with "
              + keyForKeys.described()
              + ", or is damaged"
              + ADVICE);
    }
    byte[] random = Arrays.copyOfRange(sealed, header - SALT_BYTES - NONCE_BYTES, header);
    byte[] secret = new byte[0];
    byte[] pkcs8 = new byte[sealed.length - header - TAG_BITS / 8];
    try {
      secret =
          keyForKeys.secretOf(
              Arrays.copyOfRange(sealed, MAGIC_BYTES, MAGIC_BYTES + keyForKeys.wrappedBytes()),
              purpose);
      cipher(Cipher.DECRYPT_MODE, secret, random, purpose)
          .doFinal(sealed, header, sealed.length - header, pkcs8, 0);
      return pkcs8;
    } catch (AEADBadTagException | CryptokiException e) {
      throw new GeneralSecurityException(
          "key "
              + file
              + " in "
              + disk
              + " cannot be decrypted. It is damaged, or "
              + keyForKeys.described()
              + " is not what it was sealed with ("
              + e.getMessage()
              + ")"
              + ADVICE,
          e);
    } finally {
      Arrays.fill(secret, (byte) 0);
    }
  }

  /**
   * The cipher of a file.
   *
   * @param random its salt and nonce
   */
  private static Cipher cipher(int mode, byte[] secret, byte[] random, String purpose)
      throws GeneralSecurityException {
    SecretKey key =
        KDF.getInstance("HKDF-SHA256")
            .deriveKey(
                "AES",
                HKDFParameterSpec.ofExtract()
                    .addIKM(secret)
                    .addSalt(Arrays.copyOf(random, SALT_BYTES))
                    .thenExpand("counterfoil key at rest".getBytes(StandardCharsets.US_ASCII), 32));
    Cipher cipher = Cipher.getInstance("AES/GCM/NoPadding", AwsLc.PROVIDER);
    cipher.init(mode, key, new GCMParameterSpec(TAG_BITS, random, SALT_BYTES, NONCE_BYTES));
    cipher.updateAAD(purpose.getBytes(StandardCharsets.UTF_8));
    return cipher;
  }
}
