package dev.counterfoil.keystore;

import dev.counterfoil.configuration.SecretFile;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.hardening.AwsLc;
import dev.counterfoil.keystore.pkcs11.HsmAwayException;
import java.io.IOException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.util.Arrays;

/**
 * Where the secret comes from that keys at rest are sealed with. It is read for each key that is
 * opened or sealed, and held nowhere in between.
 */
public sealed interface KeyForKeys {
  /** Shortest secret accepted, in bytes: shorter ones can be guessed. */
  int SECRET_BYTES_MIN = 32;

  /** Longest secret accepted, in bytes. */
  int SECRET_BYTES_MAX = 1024;

  /** With which four characters the files begin that are sealed so. */
  String magic();

  /** How many bytes behind them say how the secret of this one file is found. */
  int wrappedBytes();

  /**
   * A secret for a file that is to be sealed.
   *
   * @param purpose what the file is for
   */
  FileSecret secretFor(String purpose) throws IOException, GeneralSecurityException;

  /**
   * The secret of a file that was sealed; the caller zeroes the array.
   *
   * @param wrapped what the file says, {@link #wrappedBytes} long
   * @throws HsmAwayException when who knows the secret is away
   */
  byte[] secretOf(byte[] wrapped, String purpose) throws IOException, GeneralSecurityException;

  /** Looks whether keys can be sealed and opened now. */
  void check() throws IOException, GeneralSecurityException;

  /** What it is called in messages. */
  String described();

  /** A reference to it, without the secret. */
  JsonObject toJson();

  static KeyForKeys parse(JsonObject json) throws FormatException, IOException {
    json.allowOnly("passphrase_file", "wrapping_key");
    return json.has("wrapping_key")
        ? new InHsm(WrappingKey.parse(json.object("wrapping_key")))
        : new PassphraseFile(SecretFile.at(Path.of(json.string("passphrase_file"))));
  }

  /** The secret of one file. No record: those ask what they hold for its text. */
  final class FileSecret {
    private final byte[] secret;
    private final byte[] wrapped;

    FileSecret(byte[] secret, byte[] wrapped) {
      this.secret = secret;
      this.wrapped = wrapped;
    }

    /** The array itself; whoever asked for the secret zeroes it. */
    byte[] secret() {
      return secret;
    }

    /** How it is found again, for the file. */
    byte[] wrapped() {
      return wrapped;
    }
  }

  /**
   * A file that its owner alone can read: one secret for all files.
   *
   * @param file with random bytes, such as 64 hexadecimal digits
   */
  record PassphraseFile(SecretFile file) implements KeyForKeys {
    static final String MAGIC = "CFK1";

    @Override
    public String magic() {
      return MAGIC;
    }

    @Override
    public int wrappedBytes() {
      return 0;
    }

    @Override
    public FileSecret secretFor(String purpose) throws IOException {
      return new FileSecret(read(), new byte[0]);
    }

    @Override
    public byte[] secretOf(byte[] wrapped, String purpose) throws IOException {
      return read();
    }

    @Override
    public void check() throws IOException {
      Arrays.fill(read(), (byte) 0);
    }

    private byte[] read() throws IOException {
      return secret(file.read(), described());
    }

    @Override
    public String described() {
      return "passphrase file " + file.path();
    }

    @Override
    public JsonObject toJson() {
      return JsonObject.builder().put("passphrase_file", file.path().toString()).build();
    }
  }

  /** A key in a PKCS#11 token, which encrypts a secret of its own for each file. */
  record InHsm(WrappingKey key) implements KeyForKeys {
    @Override
    public String magic() {
      return "CFK2";
    }

    @Override
    public int wrappedBytes() {
      return WrappingKey.WRAPPED_BYTES;
    }

    @Override
    public FileSecret secretFor(String purpose) throws IOException, GeneralSecurityException {
      byte[] secret = new byte[WrappingKey.SECRET_BYTES];
      AwsLc.random().nextBytes(secret);
      return new FileSecret(secret, key.wrap(secret, purpose));
    }

    @Override
    public byte[] secretOf(byte[] wrapped, String purpose)
        throws IOException, GeneralSecurityException {
      return key.unwrap(wrapped, purpose);
    }

    @Override
    public void check() throws IOException, GeneralSecurityException {
      key.check();
    }

    @Override
    public String described() {
      return key.described();
    }

    @Override
    public JsonObject toJson() {
      return JsonObject.builder().put("wrapping_key", key.toJson()).build();
    }
  }

  /** Takes off a line's end and checks the length; zeroes the array that it is given. */
  private static byte[] secret(byte[] bytes, String described) throws IOException {
    int length = bytes.length;
    while (length > 0 && (bytes[length - 1] == '\n' || bytes[length - 1] == '\r')) {
      length--;
    }
    byte[] secret = Arrays.copyOf(bytes, length);
    Arrays.fill(bytes, (byte) 0);
    if (length < SECRET_BYTES_MIN || length > SECRET_BYTES_MAX) {
      Arrays.fill(secret, (byte) 0);
      throw new IOException(
          described
              + " has "
              + length
              + " bytes. It needs 32 to 1024 random ones, such as 64 hexadecimal digits");
    }
    return secret;
  }
}
