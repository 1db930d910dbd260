package dev.counterfoil.format.note;

import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.note.SignedNote.NoteSignature;
import java.nio.ByteBuffer;
import java.security.GeneralSecurityException;
import java.time.Instant;
import java.util.Base64;
import java.util.Optional;

/**
 * A cosignature (c2sp.org/tlog-cosignature): at this time the largest tree that the cosigner had
 * seen of the log had this size and root.
 *
 * @param key whose it is
 * @param timestamp seconds since 1970, above zero
 * @param line the line that stands under the checkpoint
 */
public record Cosignature(CosignerKey key, long timestamp, NoteSignature line) {
  /** The end of the year 9999: later ones are no times, and nothing can show them. */
  private static final long TIME_MAX = 253_402_300_799L;

  /**
   * When it was made, as the cosigner says.
   *
   * @throws FormatException when it is no time
   */
  public Instant at() throws FormatException {
    if (timestamp > TIME_MAX) {
      throw new FormatException("cosigner " + key.name() + " says it at no time there is");
    }
    return Instant.ofEpochSecond(timestamp);
  }

  /**
   * Cosigns a checkpoint.
   *
   * @param checkpointText text of the checkpoint's note
   * @param timestamp seconds since 1970, above zero
   */
  public static Cosignature make(String checkpointText, long timestamp, CosignatureSigner signer)
      throws GeneralSecurityException, FormatException {
    CosignerKey key = signer.key();
    byte[] signature = signer.sign(key.message(checkpointText, timestamp));
    if (signature.length != key.algorithm().signatureBytes()) {
      throw new GeneralSecurityException("the signer gave a signature of another length");
    }
    ByteBuffer body =
        ByteBuffer.allocate(4 + 8 + signature.length)
            .putInt(key.id())
            .putLong(timestamp)
            .put(signature);
    return new Cosignature(
        key,
        timestamp,
        new NoteSignature(key.name(), key.id(), Base64.getEncoder().encodeToString(body.array())));
  }

  /**
   * A cosigner's good line under a checkpoint; of several the newest. None when a line of this key
   * is bad: such a note is malformed (c2sp.org/signed-note), as far as this cosigner goes.
   */
  public static Optional<Cosignature> find(SignedNote checkpoint, CosignerKey key) {
    Optional<Cosignature> newest = Optional.empty();
    for (NoteSignature line : checkpoint.signatures()) {
      if (!line.name().equals(key.name()) || line.keyId() != key.id()) {
        continue;
      }
      Optional<Cosignature> good = verify(checkpoint.text(), line, key);
      if (good.isEmpty()) {
        return Optional.empty();
      }
      if (newest.isEmpty() || newest.get().timestamp < good.get().timestamp) {
        newest = good;
      }
    }
    return newest;
  }

  private static Optional<Cosignature> verify(String text, NoteSignature line, CosignerKey key) {
    byte[] body = line.signature();
    int length = key.algorithm().signatureBytes();
    if (body.length != 8 + length) {
      return Optional.empty();
    }
    ByteBuffer buffer = ByteBuffer.wrap(body);
    // Below zero it exceeds 2^63 - 1; zero is a subtree's, which says nothing about the newest
    // tree.
    long timestamp = buffer.getLong();
    byte[] signature = new byte[length];
    buffer.get(signature);
    return timestamp > 0 && key.verify(text, timestamp, signature)
        ? Optional.of(new Cosignature(key, timestamp, line))
        : Optional.empty();
  }
}
