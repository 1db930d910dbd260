package dev.counterfoil.format.note;

import dev.counterfoil.format.bytes.AwsLcProvider;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.format.keys.RawKey;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.PublicKey;
import java.security.Signature;
import java.util.Arrays;
import java.util.Base64;
import java.util.HexFormat;

/**
 * A public Ed25519 key that signs notes (c2sp.org/signed-note), written as a vkey: {@code
 * name+hash+base64(type ‖ key)}.
 *
 * @param name of the signer; for a log key the log's origin
 * @param publicKey the 32 bytes of RFC 8032
 */
public record NoteKey(String name, Hash publicKey) implements LogKey {
  /** Signature type of a plain Ed25519 note signature. */
  public static final byte ED25519 = 0x01;

  private static final int NAME_MAX = 255;

  /**
   * Checks name and key.
   *
   * @throws IllegalArgumentException when the name is none, or anybody can sign under the key
   */
  public NoteKey {
    if (!isName(name)) {
      throw new IllegalArgumentException("not a name for a note's signer");
    }
    RawKey.ED25519.require(publicKey.bytes());
  }

  /**
   * Whether a text can name a signer: 1 to 255 characters, no white space, no plus sign, no control
   * character.
   */
  public static boolean isName(String name) {
    return !name.isEmpty()
        && name.length() <= NAME_MAX
        && name.codePoints()
            .noneMatch(
                c ->
                    c == '+'
                        || Character.isWhitespace(c)
                        || Character.isSpaceChar(c)
                        || Character.isISOControl(c)
                        || (c >= 0xd800 && c <= 0xdfff));
  }

  /** Takes the key out of a Java public key of algorithm Ed25519. */
  public static NoteKey of(String name, PublicKey key) {
    return new NoteKey(name, Hash.of(RawKey.ED25519.of(key)));
  }

  /** Parses a vkey and checks its hash. */
  public static NoteKey parse(String vkey) throws FormatException {
    String[] parts = vkey.split("\\+", 3);
    if (vkey.length() > NAME_MAX + 64 || parts.length != 3 || !isName(parts[0])) {
      throw new FormatException("vkey is not name+hash+key");
    }
    byte[] typed;
    try {
      typed = Base64.getDecoder().decode(parts[2]);
    } catch (IllegalArgumentException e) {
      throw new FormatException("vkey's key is not base64", e);
    }
    if (typed.length != 1 + Hash.BYTES || typed[0] != ED25519) {
      throw new FormatException("vkey's key is not Ed25519");
    }
    RawKey.ED25519.accept(Arrays.copyOfRange(typed, 1, typed.length));
    NoteKey key = new NoteKey(parts[0], Hash.read(typed, 1));
    if (!key.toString().equals(vkey)) {
      throw new FormatException("vkey's hash does not fit its name and key");
    }
    return key;
  }

  @Override
  public boolean signed(SignedNote note) {
    return note.isSignedBy(this);
  }

  /** The key ID: first four bytes of SHA-256(name ‖ 0x0A ‖ type ‖ key), as a big-endian number. */
  @Override
  public int id() {
    byte[] hash = Hash.sha256((name + "\n").getBytes(StandardCharsets.UTF_8), typedKey()).bytes();
    return (hash[0] & 0xff) << 24
        | (hash[1] & 0xff) << 16
        | (hash[2] & 0xff) << 8
        | (hash[3] & 0xff);
  }

  /** Whether a signature over a note's text is good. */
  public boolean verify(byte[] text, byte[] signature) {
    try {
      Signature verifier = AwsLcProvider.ed25519();
      verifier.initVerify(javaKey());
      verifier.update(text);
      return verifier.verify(signature);
    } catch (GeneralSecurityException e) {
      // A malformed signature or point is a signature that is not good.
      return false;
    }
  }

  /** The key for {@link Signature}. */
  public PublicKey javaKey() throws GeneralSecurityException {
    return RawKey.ED25519.javaKey(publicKey.bytes());
  }

  private byte[] typedKey() {
    byte[] typed = new byte[1 + Hash.BYTES];
    typed[0] = ED25519;
    publicKey.write(typed, 1);
    return typed;
  }

  /** The vkey. */
  @Override
  public String toString() {
    return name
        + "+"
        + HexFormat.of().toHexDigits(id())
        + "+"
        + Base64.getEncoder().encodeToString(typedKey());
  }
}
