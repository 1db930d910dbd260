package dev.counterfoil.format.leaf;

import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.format.keys.TokenId;
import dev.counterfoil.format.note.Checkpoint;
import dev.counterfoil.format.note.NoteKey;
import dev.counterfoil.format.note.SignedNote;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Leaf hashes of a log that follow one another, with a checkpoint that covers them
 * (spec/leaves.md): what a verifier that receives every leaf is sent. The log's key has signed the
 * checkpoint; the hashes are nobody's word until they lead to its root.
 */
public final class LeafBatch implements Leaves {
  /** Most leaf hashes in one batch. */
  public static final int LEAVES_MAX = 65_536;

  private static final byte[] MAGIC = "cfleaf/1".getBytes(StandardCharsets.US_ASCII);
  private static final int FIRST_AT = 8;
  private static final int COUNT_AT = 16;
  private static final int NOTE_LENGTH_AT = 20;
  private static final int NOTE_AT = 24;

  /** Longest batch, in bytes. */
  public static final int BYTES_MAX = NOTE_AT + SignedNote.BYTES_MAX + LEAVES_MAX * Hash.BYTES;

  private final long first;
  private final byte[] note;
  private final Checkpoint checkpoint;
  private final byte[] leaves;

  private LeafBatch(long first, byte[] note, Checkpoint checkpoint, byte[] leaves) {
    this.first = first;
    this.note = note;
    this.checkpoint = checkpoint;
    this.leaves = leaves;
  }

  /**
   * A batch of leaf hashes that were read one way or another.
   *
   * @param note the signed checkpoint
   * @param leaves 32 bytes for each; the caller gives the arrays away
   * @param logKey must have signed the checkpoint
   * @throws FormatException when the checkpoint does not cover them, or they are too many
   */
  public static LeafBatch of(long first, byte[] note, byte[] leaves, NoteKey logKey)
      throws FormatException {
    Checkpoint checkpoint = Checkpoint.verify(note, logKey);
    if (leaves.length % Hash.BYTES != 0 || leaves.length > LEAVES_MAX * Hash.BYTES || first < 0) {
      throw new FormatException("leaves are not up to " + LEAVES_MAX + " hashes");
    }
    int count = leaves.length / Hash.BYTES;
    if (count > 0 && first > checkpoint.size() - count) {
      throw new FormatException("leaves go past their checkpoint");
    }
    if (count == 0 && first < checkpoint.size()) {
      throw new FormatException("leaves are held back that the checkpoint covers");
    }
    return new LeafBatch(first, note, checkpoint, leaves);
  }

  /** Writes a batch around a checkpoint's signed note. */
  public static byte[] write(long first, byte[] note, byte[] leaves) {
    return ByteBuffer.allocate(NOTE_AT + note.length + leaves.length)
        .put(MAGIC)
        .putLong(first)
        .putInt(leaves.length / Hash.BYTES)
        .putInt(note.length)
        .put(note)
        .put(leaves)
        .array();
  }

  /**
   * Reads a batch.
   *
   * @param logKey must have signed the checkpoint
   * @throws FormatException for anything but the one form, to the byte
   */
  public static LeafBatch parse(byte[] bytes, NoteKey logKey) throws FormatException {
    if (bytes.length < NOTE_AT
        || bytes.length > BYTES_MAX
        || !Arrays.equals(bytes, 0, MAGIC.length, MAGIC, 0, MAGIC.length)) {
      throw new FormatException("not a batch of leaves of version 1");
    }
    ByteBuffer header = ByteBuffer.wrap(bytes);
    long first = header.getLong(FIRST_AT);
    int count = header.getInt(COUNT_AT);
    int noteLength = header.getInt(NOTE_LENGTH_AT);
    if (first < 0 || first >= TokenId.POSITION_LIMIT || count < 0 || count > LEAVES_MAX) {
      throw new FormatException("batch of leaves begins or ends out of range");
    }
    if (noteLength < 1
        || noteLength > SignedNote.BYTES_MAX
        || bytes.length != NOTE_AT + noteLength + count * Hash.BYTES) {
      throw new FormatException("batch of leaves has a wrong length");
    }
    int leavesAt = NOTE_AT + noteLength;
    return of(
        first,
        Arrays.copyOfRange(bytes, NOTE_AT, leavesAt),
        Arrays.copyOfRange(bytes, leavesAt, bytes.length),
        logKey);
  }

  @Override
  public long first() {
    return first;
  }

  /** Number of leaves; 0 when the log has not grown. */
  public int count() {
    return leaves.length / Hash.BYTES;
  }

  @Override
  public long end() {
    return first + count();
  }

  /** A leaf's hash. */
  public Hash leaf(long position) {
    return Hash.read(leaves, Math.toIntExact(position - first) * Hash.BYTES);
  }

  @Override
  public byte[] note() {
    return note.clone();
  }

  @Override
  public Checkpoint checkpoint() {
    return checkpoint;
  }
}
