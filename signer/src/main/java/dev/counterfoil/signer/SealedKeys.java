package dev.counterfoil.signer;

import dev.counterfoil.configuration.SecretFile;
import dev.counterfoil.log.Disk;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.NoSuchFileException;
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
 * <p>A file is {@code "CFK1" | salt 32 | nonce 12 | ciphertext and tag}; its purpose is the
 * additional data, so that a file cannot stand in another one's place.
 */
final class SealedKeys {
  private static final byte[] MAGIC = "CFK1".getBytes(StandardCharsets.US_ASCII);
  private static final int SALT_BYTES = 32;
  private static final int NONCE_BYTES = 12;
  private static final int TAG_BITS = 128;
  private static final int HEADER_BYTES = 4 + SALT_BYTES + NONCE_BYTES;
  private static final int FILE_BYTES_MAX = 4096;
  private static final String ADVICE =
      ": put the right passphrase file back, or move the folder away and start with new keys";

  private final KeyForKeys keyForKeys;
  private final KeyMaking making;

  /** Made and not asked for yet; sealed, and on no disk. */
  private final Map<KeyOrder, MadeKey> ahead = new ConcurrentHashMap<>();

  private SealedKeys(KeyForKeys keyForKeys, KeyMaking making) {
    this.keyForKeys = keyForKeys;
    this.making = making;
  }

  /** Checks that the secret can be read and is long enough. */
  static SealedKeys with(SecretFile passphraseFile) throws StartRefusedException {
    return with(new KeyForKeys.PassphraseFile(passphraseFile), KeyMakerProcess.likeThisProcess());
  }

  /**
   * Checks that the secret can be read and is long enough.
   *
   * @param making where keys are made
   */
  static SealedKeys with(KeyForKeys keyForKeys, KeyMaking making) throws StartRefusedException {
    try {
      Arrays.fill(keyForKeys.read(), (byte) 0);
      return new SealedKeys(keyForKeys, making);
    } catch (IOException e) {
      throw new StartRefusedException(ExitCode.KEY_UNUSABLE, String.valueOf(e.getMessage()), e);
    }
  }

  /** Has keys made in a process of their own, sealed as {@link #open} opens them. */
  List<MadeKey> make(List<KeyOrder> orders) throws IOException, GeneralSecurityException {
    List<MadeKey> made = new ArrayList<>();
    for (KeyOrder order : orders) {
      MadeKey ready = ahead.remove(order);
      if (ready == null) {
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
  void makeAhead(List<KeyOrder> orders) throws IOException, GeneralSecurityException {
    List<KeyOrder> lacking = orders.stream().filter(order -> !ahead.containsKey(order)).toList();
    if (!lacking.isEmpty()) {
      ready(lacking, making.make(List.of(new KeyBatch(keyForKeys, lacking))));
    }
  }

  /** Takes keys that somebody had made for these orders. */
  void ready(List<KeyOrder> orders, List<MadeKey> made) {
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
    try {
      byte[] sealed = new byte[HEADER_BYTES + pkcs8.length + TAG_BITS / 8];
      System.arraycopy(MAGIC, 0, sealed, 0, MAGIC.length);
      byte[] random = new byte[SALT_BYTES + NONCE_BYTES];
      AwsLc.random().nextBytes(random);
      System.arraycopy(random, 0, sealed, MAGIC.length, random.length);
      cipher(Cipher.ENCRYPT_MODE, keyForKeys, sealed, purpose)
          .doFinal(pkcs8, 0, pkcs8.length, sealed, HEADER_BYTES);
      return sealed;
    } finally {
      Arrays.fill(pkcs8, (byte) 0);
    }
  }

  /** Reads a key; the caller zeroes the array, which is the only one that held it here. */
  byte[] open(Disk disk, String file, String purpose) throws IOException, GeneralSecurityException {
    byte[] sealed;
    try {
      sealed = disk.read(file, FILE_BYTES_MAX);
    } catch (NoSuchFileException e) {
      throw new GeneralSecurityException("key " + file + " in " + disk + " is missing" + ADVICE, e);
    }
    if (sealed.length <= HEADER_BYTES + TAG_BITS / 8
        || !Arrays.equals(MAGIC, Arrays.copyOf(sealed, MAGIC.length))) {
      throw new GeneralSecurityException(
          "key " + file + " in " + disk + " is damaged: it is no sealed key" + ADVICE);
    }
    byte[] pkcs8 = new byte[sealed.length - HEADER_BYTES - TAG_BITS / 8];
    try {
      cipher(Cipher.DECRYPT_MODE, keyForKeys, sealed, purpose)
          .doFinal(sealed, HEADER_BYTES, sealed.length - HEADER_BYTES, pkcs8, 0);
      return pkcs8;
    } catch (AEADBadTagException e) {
      throw new GeneralSecurityException(
          "key "
              + file
              + " in "
              + disk
              + " cannot be decrypted: it is damaged, or "
              + keyForKeys.described()
              + " is not what it was sealed with"
              + ADVICE,
          e);
    }
  }

  private static Cipher cipher(int mode, KeyForKeys keyForKeys, byte[] sealed, String purpose)
      throws IOException, GeneralSecurityException {
    byte[] salt = Arrays.copyOfRange(sealed, MAGIC.length, MAGIC.length + SALT_BYTES);
    byte[] secret = keyForKeys.read();
    try {
      SecretKey key =
          KDF.getInstance("HKDF-SHA256")
              .deriveKey(
                  "AES",
                  HKDFParameterSpec.ofExtract()
                      .addIKM(secret)
                      .addSalt(salt)
                      .thenExpand(
                          "counterfoil key at rest".getBytes(StandardCharsets.US_ASCII), 32));
      Cipher cipher = Cipher.getInstance("AES/GCM/NoPadding", AwsLc.PROVIDER);
      cipher.init(
          mode,
          key,
          new GCMParameterSpec(TAG_BITS, sealed, MAGIC.length + SALT_BYTES, NONCE_BYTES));
      cipher.updateAAD(purpose.getBytes(StandardCharsets.UTF_8));
      return cipher;
    } finally {
      Arrays.fill(secret, (byte) 0);
    }
  }
}
