package dev.counterfoil.format.keylog;

import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.format.keys.TokenId;
import dev.counterfoil.format.note.NoteKey;
import dev.counterfoil.format.note.NoteSigner;
import dev.counterfoil.format.note.SignedNote;
import dev.counterfoil.format.note.SignedNote.NoteSignature;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.time.Instant;
import java.util.Base64;
import java.util.Optional;

/**
 * How large the open revocation log is, in a line of its own under a head of the key log: so one
 * note, as fresh as its time, says all that was revoked, and nobody can hold a revocation back
 * while he shows new heads. The line is a signature of type 0xff of c2sp.org/signed-note; whoever
 * does not know it reads over it, also who cosigns the key log.
 *
 * @param number of the log
 * @param size how many entries it has
 * @param root of its tree
 * @param at when that was the newest, whole seconds
 */
public record RevocationTip(long number, long size, Hash root, Instant at) {
  private static final String TYPE = "counterfoil-revocations/v1";
  private static final int SIGNATURE_BYTES = 64;
  private static final int NUMBERS_BYTES = 3 * Long.BYTES;
  private static final int BYTES = NUMBERS_BYTES + Hash.BYTES + SIGNATURE_BYTES;

  /** Signs it under a checkpoint of the key log. */
  public NoteSignature sign(String checkpointText, NoteSigner keyLog)
      throws GeneralSecurityException {
    byte[] signature = keyLog.sign(message(checkpointText));
    int id = keyId(keyLog.key());
    byte[] line =
        ByteBuffer.allocate(Integer.BYTES + BYTES)
            .putInt(id)
            .putLong(at.getEpochSecond())
            .putLong(number)
            .putLong(size)
            .put(root.bytes())
            .put(signature)
            .array();
    return new NoteSignature(keyLog.key().name(), id, Base64.getEncoder().encodeToString(line));
  }

  /**
   * The tip under a head; empty where it has no such line.
   *
   * @throws FormatException when a line of this kind is no good, or there are several
   */
  public static Optional<RevocationTip> find(SignedNote head, NoteKey keyLog)
      throws FormatException {
    Optional<RevocationTip> found = Optional.empty();
    for (NoteSignature line : head.signatures()) {
      if (line.name().equals(keyLog.name()) && line.keyId() == keyId(keyLog)) {
        if (found.isPresent()) {
          throw new FormatException("head has two lines about revocations");
        }
        found = Optional.of(verify(line, head.text(), keyLog));
      }
    }
    return found;
  }

  /**
   * The size that a line of this kind gives, whoever signed it: for whoever wakes those that verify
   * it. 0 where there is none.
   */
  public static long unverifiedSize(SignedNote head) {
    for (NoteSignature line : head.signatures()) {
      byte[] bytes = line.signature();
      if (bytes.length == BYTES) {
        return Math.max(0, ByteBuffer.wrap(bytes).getLong(2 * Long.BYTES));
      }
    }
    return 0;
  }

  private static RevocationTip verify(NoteSignature line, String text, NoteKey keyLog)
      throws FormatException {
    byte[] bytes = line.signature();
    if (bytes.length != BYTES) {
      throw new FormatException("head's line about revocations has another length");
    }
    ByteBuffer buffer = ByteBuffer.wrap(bytes);
    long at = buffer.getLong();
    long number = buffer.getLong();
    long size = buffer.getLong();
    if (at < 0
        || at > 100_000_000_000L
        || number < 1
        || number >= TokenId.POSITION_LIMIT
        || size < 0
        || size >= TokenId.POSITION_LIMIT) {
      throw new FormatException("head's line about revocations is out of range");
    }
    RevocationTip tip =
        new RevocationTip(number, size, Hash.read(bytes, NUMBERS_BYTES), Instant.ofEpochSecond(at));
    byte[] signature = new byte[SIGNATURE_BYTES];
    buffer.position(NUMBERS_BYTES + Hash.BYTES).get(signature);
    if (!keyLog.verify(tip.message(text), signature)) {
      throw new FormatException("head's line about revocations is not signed by the log's key");
    }
    return tip;
  }

  private byte[] message(String checkpointText) {
    return (TYPE
            + "\ntime "
            + at.getEpochSecond()
            + "\nlog "
            + number
            + "\nsize "
            + size
            + "\nroot "
            + root.base64()
            + "\n"
            + checkpointText)
        .getBytes(StandardCharsets.UTF_8);
  }

  /** c2sp.org/signed-note: SHA-256(name ‖ 0x0A ‖ 0xff ‖ type ‖ key), the first four bytes. */
  private static int keyId(NoteKey key) {
    byte[] type = TYPE.getBytes(StandardCharsets.US_ASCII);
    byte[] typed =
        ByteBuffer.allocate(1 + type.length + Hash.BYTES)
            .put((byte) 0xff)
            .put(type)
            .put(key.publicKey().bytes())
            .array();
    return ByteBuffer.wrap(
            Hash.sha256((key.name() + "\n").getBytes(StandardCharsets.UTF_8), typed).bytes())
        .getInt();
  }
}
