package dev.counterfoil.registrar.root;

import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.keys.PublicJwk;
import dev.counterfoil.format.keys.StatementSigner;
import dev.counterfoil.format.note.NoteKey;
import dev.counterfoil.hardening.AwsLc;
import dev.counterfoil.log.disk.Disk;
import dev.counterfoil.log.disk.FileDisk;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.AlgorithmParameters;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.Signature;
import java.security.spec.InvalidKeySpecException;
import java.util.Arrays;
import java.util.Base64;
import javax.crypto.BadPaddingException;
import javax.crypto.Cipher;
import javax.crypto.EncryptedPrivateKeyInfo;
import javax.crypto.SecretKey;
import javax.crypto.SecretKeyFactory;
import javax.crypto.spec.PBEKeySpec;
import javax.crypto.spec.PBEParameterSpec;

/**
 * The key of one holder of a root, in a folder of his own. The private half lies there as an
 * encrypted PKCS#8 key in PEM (RFC 5958, RFC 8018: PBES2 with PBKDF2 by HMAC-SHA-256, AES-256-CBC),
 * which other tools read, too; it is opened for one ceremony and forgotten.
 *
 * <p>A key signs statements of the root and nothing else: each of them names its type in what is
 * signed.
 */
public final class RootHolder {
  /** The private half, encrypted. */
  public static final String PRIVATE_FILE = "root-key.pem";

  /** The public half, a vkey whose name is the holder's: what he hands to the others. */
  public static final String PUBLIC_FILE = "root-key.pub";

  /**
   * Rounds of PBKDF2 for a passphrase that a person remembers (OWASP 2023: 600,000): half a second
   * for each guess.
   */
  public static final int ROUNDS = 600_000;

  /** Rounds for a secret of 256 random bits, which nobody guesses. */
  static final int ROUNDS_RANDOM = 10_000;

  /** Shortest passphrase accepted, in characters. */
  public static final int PASSPHRASE_LENGTH_MIN = 12;

  private static final String CIPHER = "PBEWithHmacSHA256AndAES_256";
  private static final int SALT_BYTES = 16;
  private static final int FILE_BYTES_MAX = 16 * 1024;
  private static final String BEGIN = "-----BEGIN ENCRYPTED PRIVATE KEY-----\n";
  private static final String END = "-----END ENCRYPTED PRIVATE KEY-----\n";

  private final NoteKey publicKey;
  private final PrivateKey privateKey;

  private RootHolder(NoteKey publicKey, PrivateKey privateKey) {
    this.publicKey = publicKey;
    this.privateKey = privateKey;
  }

  /** Thrown when a passphrase does not open a key. */
  public static final class WrongPassphraseException extends GeneralSecurityException {
    private static final long serialVersionUID = 1L;

    WrongPassphraseException(String message, Throwable cause) {
      super(message, cause);
    }
  }

  /**
   * Makes a holder's key.
   *
   * @param folder his own, empty or not there yet
   * @param holder his name
   * @param passphrase zeroed when this returns
   * @param rounds of PBKDF2
   * @throws IOException also when the folder has a key already: it is never replaced
   */
  public static NoteKey make(Path folder, String holder, char[] passphrase, int rounds)
      throws IOException, GeneralSecurityException {
    try {
      if (passphrase.length < PASSPHRASE_LENGTH_MIN) {
        throw new IOException(
            "the passphrase is shorter than " + PASSPHRASE_LENGTH_MIN + " characters");
      }
      FileDisk disk = FileDisk.privateFolder(folder);
      if (disk.names().contains(PRIVATE_FILE)) {
        throw new IOException(
            folder + " contains a key already. Choose another folder, or use that key");
      }
      KeyPair pair = KeyPairGenerator.getInstance("Ed25519", AwsLc.PROVIDER).generateKeyPair();
      NoteKey publicKey = NoteKey.of(holder, pair.getPublic());
      byte[] pkcs8 = pair.getPrivate().getEncoded();
      byte[] pem = encrypted(pkcs8, passphrase, rounds);
      // The private half first: a public key whose private half was never there would be worse.
      disk.replace(PRIVATE_FILE, pem);
      disk.replace(PUBLIC_FILE, (publicKey + "\n").getBytes(StandardCharsets.UTF_8));
      return publicKey;
    } finally {
      Arrays.fill(passphrase, '\0');
    }
  }

  private static byte[] encrypted(byte[] pkcs8, char[] passphrase, int rounds)
      throws GeneralSecurityException, IOException {
    try {
      byte[] random = new byte[SALT_BYTES];
      AwsLc.random().nextBytes(random);
      Cipher cipher = Cipher.getInstance(CIPHER);
      cipher.init(Cipher.ENCRYPT_MODE, key(passphrase), new PBEParameterSpec(random, rounds));
      // The cipher's parameters are those of PBES2, under a name that has no object identifier.
      AlgorithmParameters pbes2 = AlgorithmParameters.getInstance("PBES2");
      pbes2.init(cipher.getParameters().getEncoded());
      byte[] der = new EncryptedPrivateKeyInfo(pbes2, cipher.doFinal(pkcs8)).getEncoded();
      return (BEGIN + Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(der) + "\n" + END)
          .getBytes(StandardCharsets.US_ASCII);
    } finally {
      Arrays.fill(pkcs8, (byte) 0);
    }
  }

  private static SecretKey key(char[] passphrase) throws GeneralSecurityException {
    PBEKeySpec spec = new PBEKeySpec(passphrase);
    try {
      return SecretKeyFactory.getInstance(CIPHER).generateSecret(spec);
    } finally {
      spec.clearPassword();
    }
  }

  /** The public half that lies in a holder's folder. */
  public static NoteKey publicKey(Path folder) throws IOException {
    try {
      return NoteKey.parse(
          new String(
                  FileDisk.toRead(folder).read(PUBLIC_FILE, FILE_BYTES_MAX), StandardCharsets.UTF_8)
              .strip());
    } catch (NoSuchFileException e) {
      throw new IOException(folder + " contains no root key. counterfoil root key creates one", e);
    } catch (FormatException e) {
      throw new IOException(folder.resolve(PUBLIC_FILE) + " is damaged: " + e.getMessage(), e);
    }
  }

  /**
   * Opens a holder's key.
   *
   * @param passphrase zeroed when this returns
   */
  public static RootHolder open(Path folder, char[] passphrase)
      throws IOException, GeneralSecurityException {
    try {
      NoteKey publicKey = publicKey(folder);
      return new RootHolder(publicKey, decrypted(FileDisk.toRead(folder), folder, passphrase));
    } finally {
      Arrays.fill(passphrase, '\0');
    }
  }

  private static PrivateKey decrypted(Disk disk, Path folder, char[] passphrase)
      throws IOException, GeneralSecurityException {
    String pem = new String(disk.read(PRIVATE_FILE, FILE_BYTES_MAX), StandardCharsets.US_ASCII);
    int begin = pem.indexOf(BEGIN);
    int end = pem.indexOf(END);
    if (begin < 0 || end < begin) {
      throw new IOException(
          folder.resolve(PRIVATE_FILE) + " is not an encrypted private key in PEM");
    }
    try {
      EncryptedPrivateKeyInfo info =
          new EncryptedPrivateKeyInfo(
              Base64.getMimeDecoder().decode(pem.substring(begin + BEGIN.length(), end)));
      AlgorithmParameters parameters = info.getAlgParameters();
      Cipher cipher = Cipher.getInstance(CIPHER);
      cipher.init(Cipher.DECRYPT_MODE, key(passphrase), parameters);
      return AwsLc.load("Ed25519", cipher.doFinal(info.getEncryptedData()));
    } catch (BadPaddingException | InvalidKeySpecException e) {
      // One wrong passphrase in 256 ends in good padding, and in what is no key.
      throw new WrongPassphraseException(
          "the passphrase is not the one of " + folder.resolve(PRIVATE_FILE), e);
    }
  }

  /** The public half. */
  public NoteKey publicKey() {
    return publicKey;
  }

  /** Signs what the root says. */
  public StatementSigner statements() {
    PublicJwk jwk = PublicJwk.ed25519(publicKey.publicKey());
    return new StatementSigner() {
      @Override
      public PublicJwk key() {
        return jwk;
      }

      @Override
      public byte[] sign(byte[] input) throws GeneralSecurityException {
        Signature signature = Signature.getInstance("Ed25519", AwsLc.PROVIDER);
        signature.initSign(privateKey);
        signature.update(input);
        return signature.sign();
      }
    };
  }
}
