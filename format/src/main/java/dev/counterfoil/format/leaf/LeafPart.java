package dev.counterfoil.format.leaf;

import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.format.keys.TokenId;
import dev.counterfoil.format.note.Checkpoint;
import dev.counterfoil.format.note.NoteKey;
import dev.counterfoil.format.note.SignedNote;
import dev.counterfoil.format.tree.TreeHasher;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.function.LongPredicate;

/**
 * The leaf hashes of one audience's tokens in a stretch of a log, with the roots of the perfect
 * subtrees that are left out between them, and a checkpoint that covers all (spec/leaves.md): what
 * a verifier is sent that receives its own audience's leaves only.
 *
 * <p>Which leaves are the audience's is the sender's word. Where he leaves one out that is, its
 * token is looked for in tiles; he cannot put one in that is not in the log, since hashes, levels
 * and positions together lead to the signed root or to none.
 */
public final class LeafPart implements Leaves {
  /** Most positions of one part. */
  public static final int POSITIONS_MAX = LeafBatch.LEAVES_MAX;

  /** Subtrees of more leaves are not left out as one: 65,536. */
  static final int LEVEL_MAX = 16;

  private static final byte[] MAGIC = "cfpart/1".getBytes(StandardCharsets.US_ASCII);
  private static final int FIRST_AT = 8;
  private static final int POSITIONS_AT = 16;
  private static final int COUNT_AT = 20;
  private static final int NOTE_LENGTH_AT = 24;
  private static final int NOTE_AT = 28;

  /** What stands before the hash of a leaf of the audience; before others, their level. */
  private static final byte LEAF = (byte) 0xff;

  private static final int ENTRY_BYTES = 1 + Hash.BYTES;

  /** Longest part, in bytes. */
  public static final int BYTES_MAX = NOTE_AT + SignedNote.BYTES_MAX + POSITIONS_MAX * ENTRY_BYTES;

  private final long first;
  private final int positions;
  private final byte[] note;
  private final Checkpoint checkpoint;
  private final byte[] entries;

  private LeafPart(long first, int positions, byte[] note, Checkpoint checkpoint, byte[] entries) {
    this.first = first;
    this.positions = positions;
    this.note = note;
    this.checkpoint = checkpoint;
    this.entries = entries;
  }

  /**
   * Writes a part: subtrees without a leaf of the audience are left out as one.
   *
   * @param note the signed checkpoint
   * @param leaves all leaf hashes from the first position on
   * @param isIts whether the leaf at a position is the audience's, or may be
   */
  public static byte[] write(long first, byte[] note, byte[] leaves, LongPredicate isIts) {
    int positions = leaves.length / Hash.BYTES;
    byte[] entries = new byte[positions * ENTRY_BYTES];
    TreeHasher hasher = new TreeHasher();
    int count = 0;
    for (int i = 0; i < positions; i++) {
      long end = first + i + 1;
      boolean isLeaf = isIts.test(first + i);
      entries[count * ENTRY_BYTES] = isLeaf ? LEAF : 0;
      System.arraycopy(leaves, i * Hash.BYTES, entries, count * ENTRY_BYTES + 1, Hash.BYTES);
      count++;
      while (!isLeaf && isPair(entries, count, end)) {
        count--;
        Hash left = Hash.read(entries, (count - 1) * ENTRY_BYTES + 1);
        Hash right = Hash.read(entries, count * ENTRY_BYTES + 1);
        hasher.node(left, right).write(entries, (count - 1) * ENTRY_BYTES + 1);
        entries[(count - 1) * ENTRY_BYTES]++;
      }
    }
    return ByteBuffer.allocate(NOTE_AT + note.length + count * ENTRY_BYTES)
        .put(MAGIC)
        .putLong(first)
        .putInt(positions)
        .putInt(count)
        .putInt(note.length)
        .put(note)
        .put(entries, 0, count * ENTRY_BYTES)
        .array();
  }

  /** Whether the last two entries are left out, and are the halves of one subtree. */
  private static boolean isPair(byte[] entries, int count, long end) {
    if (count < 2) {
      return false;
    }
    byte level = entries[(count - 1) * ENTRY_BYTES];
    return level < LEVEL_MAX
        && level == entries[(count - 2) * ENTRY_BYTES]
        && end % (2L << level) == 0;
  }

  /**
   * Reads a part.
   *
   * @param logKey must have signed the checkpoint
   * @throws FormatException for anything but the form, to the byte
   */
  public static LeafPart parse(byte[] bytes, NoteKey logKey) throws FormatException {
    if (bytes.length < NOTE_AT
        || bytes.length > BYTES_MAX
        || !Arrays.equals(bytes, 0, MAGIC.length, MAGIC, 0, MAGIC.length)) {
      throw new FormatException("not a part of the leaves of version 1");
    }
    ByteBuffer header = ByteBuffer.wrap(bytes);
    long first = header.getLong(FIRST_AT);
    int positions = header.getInt(POSITIONS_AT);
    int count = header.getInt(COUNT_AT);
    int noteLength = header.getInt(NOTE_LENGTH_AT);
    if (first < 0
        || first >= TokenId.POSITION_LIMIT
        || positions < 0
        || positions > POSITIONS_MAX
        || count < 0
        || count > positions) {
      throw new FormatException("part of the leaves begins or ends out of range");
    }
    if (noteLength < 1
        || noteLength > SignedNote.BYTES_MAX
        || bytes.length != NOTE_AT + noteLength + count * ENTRY_BYTES) {
      throw new FormatException("part of the leaves has a wrong length");
    }
    int entriesAt = NOTE_AT + noteLength;
    byte[] note = Arrays.copyOfRange(bytes, NOTE_AT, entriesAt);
    byte[] entries = Arrays.copyOfRange(bytes, entriesAt, bytes.length);
    if (end(first, entries) != first + positions) {
      throw new FormatException("part of the leaves is of other positions than it says");
    }
    Checkpoint checkpoint = Checkpoint.verify(note, logKey);
    if (positions > 0 && first > checkpoint.size() - positions) {
      throw new FormatException("leaves go past their checkpoint");
    }
    if (positions == 0 && first < checkpoint.size()) {
      throw new FormatException("leaves are held back that the checkpoint covers");
    }
    return new LeafPart(first, positions, note, checkpoint, entries);
  }

  /** Where entries end that begin at a position. */
  private static long end(long first, byte[] entries) throws FormatException {
    long end = first;
    for (int at = 0; at < entries.length; at += ENTRY_BYTES) {
      byte kind = entries[at];
      if (kind != LEAF && (kind < 0 || kind > LEVEL_MAX || end % (1L << kind) != 0)) {
        throw new FormatException("part of the leaves leaves out what is no subtree");
      }
      end += kind == LEAF ? 1 : 1L << kind;
    }
    return end;
  }

  @Override
  public long first() {
    return first;
  }

  @Override
  public long end() {
    return first + positions;
  }

  @Override
  public byte[] note() {
    return note.clone();
  }

  @Override
  public Checkpoint checkpoint() {
    return checkpoint;
  }

  /** Number of hashes: those of leaves, and of what is left out. */
  public int count() {
    return entries.length / ENTRY_BYTES;
  }

  /** Whether a hash is that of a leaf of the audience. */
  boolean isLeaf(int index) {
    return entries[index * ENTRY_BYTES] == LEAF;
  }

  /** Two to the power of this is how many leaves are left out under a hash. */
  int level(int index) {
    return entries[index * ENTRY_BYTES];
  }

  /** A hash. */
  Hash hash(int index) {
    return Hash.read(entries, index * ENTRY_BYTES + 1);
  }

  /** The part as it was read. */
  byte[] bytes() {
    return ByteBuffer.allocate(NOTE_AT + note.length + entries.length)
        .put(MAGIC)
        .putLong(first)
        .putInt(positions)
        .putInt(count())
        .putInt(note.length)
        .put(note)
        .put(entries)
        .array();
  }
}
