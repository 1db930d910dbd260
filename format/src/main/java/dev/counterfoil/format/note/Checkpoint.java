package dev.counterfoil.format.note;

import dev.counterfoil.format.bytes.Decimal;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.format.keys.TokenId;
import dev.counterfoil.format.tree.HashSource;
import dev.counterfoil.format.tree.MerkleTree;
import dev.counterfoil.format.tree.TreeHasher;
import java.security.GeneralSecurityException;

/**
 * A log's state (c2sp.org/tlog-checkpoint), the text of a signed note: origin, size, root.
 *
 * @param origin the log's unique name: a URL without its scheme, as the specification wants it of
 *     new logs, or any other line
 * @param size number of leaves
 * @param root Merkle root over them
 */
public record Checkpoint(String origin, long size, Hash root) {
  private static final int ORIGIN_MAX = 255;

  /**
   * Checks origin and size.
   *
   * @throws IllegalArgumentException when they are none
   */
  public Checkpoint {
    if (!isOrigin(origin) || size < 0) {
      throw new IllegalArgumentException("not an origin and a size");
    }
  }

  /** Whether a text can be an origin: 1 to 255 characters, none of them a control character. */
  public static boolean isOrigin(String text) {
    return !text.isEmpty()
        && text.length() <= ORIGIN_MAX
        && text.codePoints()
            .noneMatch(c -> Character.isISOControl(c) || (c >= 0xd800 && c <= 0xdfff));
  }

  /** A log before its first entry. */
  public static Checkpoint empty(String origin) {
    return new Checkpoint(origin, 0, TreeHasher.EMPTY_ROOT);
  }

  /** What a log's stored hashes make of its first entries. */
  public static Checkpoint of(String origin, long size, HashSource hashes)
      throws HashSource.UnavailableException {
    return new Checkpoint(origin, size, MerkleTree.root(new TreeHasher(), hashes, 0, size));
  }

  /** The note's text. */
  public String text() {
    return origin + "\n" + size + "\n" + root.base64() + "\n";
  }

  /** Signs it. */
  public SignedNote sign(NoteSigner signer) throws GeneralSecurityException {
    return SignedNote.sign(text(), signer);
  }

  /** Parses a note's text; extension lines are read over, as the specification wants. */
  public static Checkpoint parse(String text) throws FormatException {
    String[] lines = text.split("\n", -1);
    if (lines.length < 4 || !lines[lines.length - 1].isEmpty() || !isOrigin(lines[0])) {
      throw new FormatException("checkpoint is not origin, size and root");
    }
    for (int i = 3; i < lines.length - 1; i++) {
      if (lines[i].isEmpty()) {
        throw new FormatException("checkpoint has an empty extension line");
      }
    }
    long size = Decimal.parse(lines[1], TokenId.POSITION_LIMIT);
    return new Checkpoint(lines[0], size, Hash.parseBase64(lines[2]));
  }

  /** Parses a signed checkpoint of one log and checks that the log's key signed it. */
  public static Checkpoint verify(byte[] note, NoteKey logKey) throws FormatException {
    return verify(SignedNote.parse(note), logKey);
  }

  /** The same of a note that was parsed. */
  public static Checkpoint verify(SignedNote signed, NoteKey logKey) throws FormatException {
    Checkpoint checkpoint = parse(signed.text());
    if (!checkpoint.origin().equals(logKey.name())) {
      throw new FormatException("checkpoint is of another log");
    }
    if (!signed.isSignedBy(logKey)) {
      throw new FormatException("checkpoint is not signed by the log's key");
    }
    return checkpoint;
  }
}
