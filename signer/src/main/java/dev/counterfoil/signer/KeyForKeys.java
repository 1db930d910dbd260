package dev.counterfoil.signer;

import dev.counterfoil.configuration.SecretFile;
import dev.counterfoil.format.FormatException;
import dev.counterfoil.format.JsonObject;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;

/**
 * Where the secret comes from that keys at rest are sealed with. It is read for each key that is
 * opened or sealed, and held nowhere in between.
 */
sealed interface KeyForKeys {
  /** Shortest secret accepted, in bytes: shorter ones can be guessed. */
  int SECRET_BYTES_MIN = 32;

  /** Longest secret accepted, in bytes. */
  int SECRET_BYTES_MAX = 1024;

  /** Reads the secret; the caller zeroes the array. */
  byte[] read() throws IOException;

  /** What it is called in messages. */
  String described();

  /** A reference to it, without the secret. */
  JsonObject toJson();

  static KeyForKeys parse(JsonObject json) throws FormatException, IOException {
    json.allowOnly("passphrase_file");
    return new PassphraseFile(SecretFile.at(Path.of(json.string("passphrase_file"))));
  }

  /**
   * A file that its owner alone can read.
   *
   * @param file with random bytes, such as 64 hexadecimal digits
   */
  record PassphraseFile(SecretFile file) implements KeyForKeys {
    @Override
    public byte[] read() throws IOException {
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
              + " bytes: it needs 32 to 1024, and random ones, such as 64 hexadecimal digits");
    }
    return secret;
  }
}
