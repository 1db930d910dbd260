package dev.counterfoil.format.tree;

import dev.counterfoil.format.bytes.Hash;

/** Where stored subtree hashes are read from: tiles on a disk, tiles over HTTP, an array. */
@FunctionalInterface
public interface HashSource {
  /**
   * The hash of the perfect subtree over leaves {@code [index << level, (index + 1) << level)}.
   *
   * @throws UnavailableException when the source cannot give it now
   */
  Hash hash(int level, long index) throws UnavailableException;

  /**
   * A hash that could not be read: the tree is shorter, the disk or the network failed, the tile
   * was malformed.
   */
  final class UnavailableException extends Exception {
    private static final long serialVersionUID = 1L;

    public UnavailableException(String message) {
      super(message);
    }

    public UnavailableException(String message, Throwable cause) {
      super(message, cause);
    }
  }
}
