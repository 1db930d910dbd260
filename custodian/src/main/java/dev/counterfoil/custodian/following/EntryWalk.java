package dev.counterfoil.custodian.following;

import dev.counterfoil.custodian.issuer.IssuerSource;
import dev.counterfoil.custodian.issuer.IssuerUnavailableException;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.format.keylog.KeySet.StatedLog;
import dev.counterfoil.format.note.Checkpoint;
import dev.counterfoil.format.note.Extension;
import dev.counterfoil.format.tree.Leaf;
import dev.counterfoil.format.tree.MerkleFrontier;
import dev.counterfoil.format.tree.Tile;
import dev.counterfoil.format.tree.TreeHasher;
import java.util.Arrays;

/**
 * All that a log gives out under a checkpoint, from its first entry on, a part at a time: tells a
 * log that signed another history from one whose entries were changed on their way.
 */
final class EntryWalk {
  private final IssuerSource source;
  private final StatedLog log;
  private final Checkpoint signed;
  private final Checkpoint held;
  private final TreeHasher hasher = new TreeHasher();
  private final MerkleFrontier theirs = new MerkleFrontier();
  private Hash theirsAtHeld = TreeHasher.EMPTY_ROOT;

  /**
   * Begins at the first entry.
   *
   * @param signed what the log signed, larger than what is held
   * @param held what is held of it, which it signed as well
   */
  EntryWalk(IssuerSource source, StatedLog log, Checkpoint signed, Checkpoint held) {
    this.source = source;
    this.log = log;
    this.signed = signed;
    this.held = held;
  }

  Checkpoint signed() {
    return signed;
  }

  Checkpoint held() {
    return held;
  }

  /** Takes in the next bundles, so many at most; whether that was all. */
  boolean go(int bundles) throws IssuerUnavailableException {
    for (int i = 0; i < bundles && theirs.size() < signed.size(); i++) {
      long bundle = theirs.size() / Tile.FULL_WIDTH;
      byte[] entries = source.entries(log, bundle, signed.size());
      long end = Math.min(signed.size(), (bundle + 1) * Tile.FULL_WIDTH);
      for (long at = theirs.size(); at < end; at++) {
        theirs.append(
            new Leaf(digest(entries, (int) (at - bundle * Tile.FULL_WIDTH))).hash(hasher));
        theirsAtHeld = theirs.size() == held.size() ? theirs.root() : theirsAtHeld;
      }
    }
    return theirs.size() == signed.size();
  }

  /** After the last bundle: whether the log signed this, and it is not what is held. */
  boolean isAnotherHistory() {
    Extension.Evidence entries = new Extension.Evidence.Roots(theirsAtHeld, theirs.root());
    return Extension.judge(held, signed, entries) == Extension.FORKED;
  }

  /** The digest at a place of a bundle. */
  static Hash digest(byte[] entries, int place) throws IssuerUnavailableException {
    int at = place * Leaf.ENTRY_BYTES;
    try {
      return Leaf.parse(Arrays.copyOfRange(entries, at, at + Leaf.ENTRY_BYTES)).digest();
    } catch (FormatException | ArrayIndexOutOfBoundsException e) {
      throw new IssuerUnavailableException("an entry bundle has too few good entries", e);
    }
  }
}
